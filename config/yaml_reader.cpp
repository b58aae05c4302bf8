#include "config/yaml_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <set>
#include <system_error>
#include <tuple>

#include "config/yaml_document.hpp"

namespace parley::config {

namespace {

struct SectionState {
  std::string prefix;  // "media."
  std::size_t line;
  std::vector<std::pair<std::string, YAML::Node>> entries;
  std::vector<std::size_t> key_lines;  // of entries
  std::set<std::string, std::less<>> known;
};

SectionState make_section(std::string prefix, const YAML::Node& map, std::size_t line) {
  SectionState section{
      .prefix = std::move(prefix), .line = line, .entries = {}, .key_lines = {}, .known = {}};
  for (const auto& entry : map) {
    const YAML::Node& key = entry.first;
    section.entries.emplace_back(key.IsScalar() ? key.Scalar() : "?", entry.second);
    section.key_lines.push_back(line_of(key.Mark()));
  }
  return section;
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 60;
  const bool is_cut = text.size() > kShown;
  return "'" + std::string(text.substr(0, kShown)) + (is_cut ? "...'" : "'");
}

struct YamlReader::State {
  std::filesystem::path file;
  FileCheck check;
  bool is_broken = false;  // not YAML at all: nothing else is worth saying
  std::vector<SectionState> sections;
  std::vector<std::string> absent;
  Problems problems;

  // The node of `key`, which is a known key from now on; null when it is absent.
  const YAML::Node* find(std::size_t index, std::string_view key) {
    SectionState& section = sections[index];
    section.known.emplace(key);
    for (const auto& [name, node] : section.entries) {
      if (name == key) return &node;
    }
    absent.push_back(section.prefix + std::string(key));
    return nullptr;
  }
  [[nodiscard]] std::size_t line_of_key(std::size_t index, std::string_view key) const {
    const SectionState& section = sections[index];
    for (std::size_t i = 0; i < section.entries.size(); ++i) {
      if (section.entries[i].first == key) return section.key_lines[i];
    }
    return section.line;
  }
  // A message may quote the file, and yaml-cpp's own quote single characters: none reaches a
  // terminal that could mean something to it.
  void add_problem(std::size_t line, std::string message) {
    std::ranges::replace_if(
        message, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    problems.push_back({.file = file.string(), .line = line, .message = std::move(message)});
  }
  void report_unknown_keys(const SectionState& section) {
    std::set<std::string, std::less<>> seen;
    for (std::size_t i = 0; i < section.entries.size(); ++i) {
      const std::string& key = section.entries[i].first;
      if (!section.known.contains(key)) {
        add_problem(section.key_lines[i], shown(section.prefix + key) + " is not a known key");
      } else if (!seen.insert(key).second) {
        add_problem(section.key_lines[i], section.prefix + key + ": stands here twice");
      }
    }
  }
};

std::expected<std::string, Problems> read_config_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return std::unexpected(Problems{{file.string(), 0, "is a directory, not a file"}});
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    const std::string reason = std::system_category().message(errno);
    return std::unexpected(Problems{{file.string(), 0, "cannot be read: " + reason}});
  }
  std::string text(kMaxConfigBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxConfigBytes) {
    return std::unexpected(Problems{
        {file.string(), 0, "is larger than " + std::to_string(kMaxConfigBytes) + " bytes"}});
  }
  return text;
}

YamlReader::YamlReader(std::string_view text, std::filesystem::path file, FileCheck check)
    : state_(std::make_unique<State>()) {
  state_->file = std::move(file);
  state_->check = check;
  auto root = parse_yaml(text);
  if (!root) {
    state_->is_broken = true;
    state_->add_problem(root.error().line, root.error().message);
    root = YAML::Node();
  }
  state_->sections.push_back(make_section("", *root, 0));
}

YamlReader::~YamlReader() = default;

YamlReader::Section YamlReader::root() { return {*this, 0}; }

Problems YamlReader::finish() {
  if (!state_->is_broken) {
    for (const SectionState& section : state_->sections) state_->report_unknown_keys(section);
  }
  std::ranges::sort(state_->problems, [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.message) < std::tie(b.line, b.message);
  });
  return std::move(state_->problems);
}

const std::vector<std::string>& YamlReader::absent_keys() const { return state_->absent; }

YamlReader::Section YamlReader::Section::section(std::string_view key) {
  State& state = *reader_->state_;
  const YAML::Node* node = state.find(index_, key);
  const std::size_t line = state.line_of_key(index_, key);
  const std::string prefix = state.sections[index_].prefix + std::string(key) + ".";
  YAML::Node map;
  if (node != nullptr && node->IsMap()) {
    map = *node;
  } else if (node != nullptr && !node->IsNull()) {
    problem(key, "expected 'key: value' lines under it");
  }
  // The keys of a section that is not there are absent one by one.
  state.sections.push_back(make_section(prefix, map, line));
  return {*reader_, state.sections.size() - 1};
}

void YamlReader::Section::problem_at(std::size_t line, std::string_view key, std::string message) {
  State& state = *reader_->state_;
  if (state.is_broken) return;
  state.add_problem(line,
                    state.sections[index_].prefix + std::string(key) + ": " + std::move(message));
}

void YamlReader::Section::problem(std::string_view key, std::string message) {
  problem_at(reader_->state_->line_of_key(index_, key), key, std::move(message));
}

std::optional<YamlReader::Section::Item> YamlReader::Section::scalar(std::string_view key) {
  const YAML::Node* node = reader_->state_->find(index_, key);
  if (node == nullptr) return std::nullopt;
  if (!node->IsScalar()) {
    problem(key, node->IsNull() ? "has no value" : "expected a single value");
    return std::nullopt;
  }
  const std::size_t line = line_of(node->Mark());
  if (node->Scalar().size() > kMaxTextBytes) {
    problem_at(line, key, "is longer than " + std::to_string(kMaxTextBytes) + " bytes");
    return std::nullopt;
  }
  return Item{.text = node->Scalar(), .line = line};
}

std::optional<std::vector<YamlReader::Section::Item>> YamlReader::Section::items(
    std::string_view key) {
  const YAML::Node* node = reader_->state_->find(index_, key);
  if (node == nullptr) return std::nullopt;
  if (node->IsScalar()) {
    auto item = scalar(key);
    return item ? std::optional(std::vector<Item>{*std::move(item)}) : std::nullopt;
  }
  if (!node->IsSequence()) {
    problem(key, "expected a list: [a, b]");
    return std::nullopt;
  }
  if (node->size() > kMaxListItems) {
    problem(key, "holds more than " + std::to_string(kMaxListItems) + " entries");
    return std::nullopt;
  }
  std::vector<Item> list;
  for (const YAML::Node& item : *node) {
    if (!item.IsScalar() || item.Scalar().size() > kMaxTextBytes) {
      problem_at(line_of(item.Mark()), key, "each entry has to be a single short value");
      return std::nullopt;
    }
    list.push_back({.text = item.Scalar(), .line = line_of(item.Mark())});
  }
  return list;
}

std::optional<std::uint64_t> YamlReader::Section::unsigned_number(std::string_view key,
                                                                  std::uint64_t min,
                                                                  std::uint64_t max) {
  const auto item = scalar(key);
  if (!item) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = item->text.data() + item->text.size();
  const auto [rest, error] = std::from_chars(item->text.data(), end, number);
  const bool is_number = error == std::errc() && rest == end;
  if (!is_number || number < min || number > max) {
    const std::string range = std::to_string(min) + ".." + std::to_string(max);
    problem_at(item->line, key, shown(item->text) + " is not a whole number of " + range);
    return std::nullopt;
  }
  return number;
}

void YamlReader::Section::text(std::string_view key, std::string& value, std::size_t max_bytes) {
  read_text(key, value, 1, max_bytes);
}

void YamlReader::Section::optional_text(std::string_view key, std::string& value,
                                        std::size_t max_bytes) {
  read_text(key, value, 0, max_bytes);
}

void YamlReader::Section::read_text(std::string_view key, std::string& value, std::size_t min_bytes,
                                    std::size_t max_bytes) {
  auto item = scalar(key);
  if (!item) return;
  const std::size_t size = item->text.size();
  const bool is_printable = std::ranges::none_of(
      item->text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (size < min_bytes || size > max_bytes || !is_printable) {
    const std::string range = std::to_string(min_bytes) + ".." + std::to_string(max_bytes);
    problem_at(item->line, key, "has to be " + range + " printable bytes");
    return;
  }
  value = std::move(item->text);
}

void YamlReader::Section::texts(std::string_view key, std::vector<std::string>& values) {
  auto list = items(key);
  if (!list) return;
  values.clear();
  for (Item& item : *list) values.push_back(std::move(item.text));
}

void YamlReader::Section::boolean(std::string_view key, bool& value) {
  const auto item = scalar(key);
  if (!item) return;
  if (item->text == "true" || item->text == "false") {
    value = item->text == "true";
  } else {
    problem_at(item->line, key, shown(item->text) + " is neither true nor false");
  }
}

void YamlReader::Section::address(std::string_view key, IpAddress& value) {
  const auto item = scalar(key);
  if (!item) return;
  if (const auto parsed = IpAddress::parse(item->text)) {
    value = *parsed;
  } else {
    problem_at(item->line, key, shown(item->text) + " is not an IP address");
  }
}

void YamlReader::Section::addresses(std::string_view key, std::vector<IpAddress>& values) {
  const auto list = items(key);
  if (!list) return;
  if (list->empty()) problem(key, "the list needs at least one address");
  std::vector<IpAddress> parsed;
  for (const Item& item : *list) {
    const auto address = IpAddress::parse(item.text);
    if (!address) {
      problem_at(item.line, key, shown(item.text) + " is not an IP address");
    } else if (std::ranges::find(parsed, *address) != parsed.end()) {
      problem_at(item.line, key, shown(item.text) + " stands here twice");
    } else {
      parsed.push_back(*address);
    }
  }
  if (!parsed.empty()) values = std::move(parsed);
}

void YamlReader::Section::path(std::string_view key, std::filesystem::path& value, FileUse use) {
  std::string text = value.string();
  this->text(key, text);
  value = (reader_->state_->file.parent_path() / text).lexically_normal();
  if (reader_->state_->check == FileCheck::skip || use == FileUse::created) return;
  std::error_code error;
  const bool is_directory = std::filesystem::is_directory(value, error);
  if (::access(value.c_str(), R_OK) != 0) {
    problem(key,
            shown(value.string()) + " cannot be read: " + std::system_category().message(errno));
  } else if (is_directory != (use == FileUse::readable_directory)) {
    problem(key,
            shown(value.string()) + (is_directory ? " is a directory" : " is not a directory"));
  }
}

}  // namespace parley::config
