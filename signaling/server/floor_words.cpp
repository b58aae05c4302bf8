#include "signaling/server/floor_words.hpp"

#include <google/protobuf/descriptor.h>

#include <cctype>

namespace parley::signaling {
namespace {

using google::protobuf::EnumDescriptor;

std::string to_word(const std::string& name) {
  std::string word;
  for (const char c : name) {
    word += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

std::vector<std::string> words(const EnumDescriptor& type) {
  std::vector<std::string> all;
  for (int i = 0; i < type.value_count(); ++i) all.push_back(to_word(type.value(i)->name()));
  return all;
}

template <class Enum>
std::optional<Enum> read(const EnumDescriptor& type, std::string_view word) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (to_word(type.value(i)->name()) == word) return static_cast<Enum>(type.value(i)->number());
  }
  return std::nullopt;
}

}  // namespace

std::string word_of(floor::Mode mode) { return to_word(floor::Mode_Name(mode)); }

std::optional<floor::Mode> read_mode(std::string_view word) {
  return read<floor::Mode>(*floor::Mode_descriptor(), word);
}
std::optional<floor::Tier> read_tier(std::string_view word) {
  return read<floor::Tier>(*floor::Tier_descriptor(), word);
}
std::optional<floor::Role> read_role(std::string_view word) {
  return read<floor::Role>(*floor::Role_descriptor(), word);
}

std::vector<std::string> mode_words() { return words(*floor::Mode_descriptor()); }
std::vector<std::string> tier_words() { return words(*floor::Tier_descriptor()); }
std::vector<std::string> role_words() { return words(*floor::Role_descriptor()); }

}  // namespace parley::signaling
