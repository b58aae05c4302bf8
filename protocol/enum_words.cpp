#include "protocol/enum_words.hpp"

#include <google/protobuf/descriptor.h>

#include <cctype>

namespace parley::protocol {
namespace {

using google::protobuf::EnumDescriptor;

std::string to_word(const std::string& name) {
  std::string word;
  for (const char c : name) {
    word += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

}  // namespace

std::string enum_word(const EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  return value != nullptr ? to_word(value->name()) : "?";
}

std::optional<int> read_enum_word(const EnumDescriptor& type, std::string_view word) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (to_word(type.value(i)->name()) == word) return type.value(i)->number();
  }
  return std::nullopt;
}

std::vector<std::string> enum_words(const EnumDescriptor& type) {
  std::vector<std::string> all;
  for (int i = 0; i < type.value_count(); ++i) all.push_back(to_word(type.value(i)->name()));
  return all;
}

}  // namespace parley::protocol
