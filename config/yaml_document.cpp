#include "config/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>

#include <exception>
#include <sstream>
#include <utility>

#include "config/yaml_reader.hpp"

namespace parley::config {

namespace {

// Walks the events of a text before a tree is built, because an alias can make a tree that contains
// itself and a deep text can exhaust the stack of whoever walks it.
class PlainYaml : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { check(mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases are not supported");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string&) override {
    check(mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    enter(mark, anchor);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    enter(mark, anchor);
  }
  void OnMapEnd() override { --depth_; }

 private:
  static void check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw YAML::ParserException(mark, "anchors are not supported");
  }
  void enter(const YAML::Mark& mark, YAML::anchor_t anchor) {
    check(mark, anchor);
    if (++depth_ > kMaxConfigDepth) throw YAML::ParserException(mark, "nested too deeply");
  }

  std::size_t depth_ = 0;
};

std::expected<YAML::Node, YamlDefect> parse_throwing(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  PlainYaml plain;
  bool has_document = parser.HandleNextDocument(plain);
  if (!has_document) return YAML::Node();
  if (parser.HandleNextDocument(plain)) {
    return std::unexpected(YamlDefect{1, "the file holds more than one document"});
  }
  YAML::Node root = YAML::Load(text);
  if (!root.IsMap() && !root.IsNull()) {
    return std::unexpected(YamlDefect{line_of(root.Mark()), "expected 'key: value' lines"});
  }
  return root;
}

}  // namespace

std::size_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1;
}

std::expected<YAML::Node, YamlDefect> parse_yaml(std::string_view text) {
  if (text.size() > kMaxConfigBytes) {
    return std::unexpected(
        YamlDefect{0, "the file is larger than " + std::to_string(kMaxConfigBytes) + " bytes"});
  }
  try {
    return parse_throwing(std::string(text));
  } catch (const YAML::Exception& error) {
    return std::unexpected(YamlDefect{line_of(error.mark), "not valid YAML: " + error.msg});
  } catch (const std::exception& error) {
    return std::unexpected(YamlDefect{0, std::string("not valid YAML: ") + error.what()});
  }
}

}  // namespace parley::config
