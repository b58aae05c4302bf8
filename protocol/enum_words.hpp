// The values of the schema's enums as people write and read them: "cut-in" for CUT_IN.
#pragma once

#include <google/protobuf/generated_enum_reflection.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::protocol {

// "?" for a number that has no name.
[[nodiscard]] std::string enum_word(const google::protobuf::EnumDescriptor& type, int number);
[[nodiscard]] std::optional<int> read_enum_word(const google::protobuf::EnumDescriptor& type,
                                                std::string_view word);
// In the order of the schema.
[[nodiscard]] std::vector<std::string> enum_words(const google::protobuf::EnumDescriptor& type);

template <class Enum>
[[nodiscard]] std::string word_of(Enum value) {
  return enum_word(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

template <class Enum>
[[nodiscard]] std::optional<Enum> read_word(std::string_view word) {
  const auto number = read_enum_word(*google::protobuf::GetEnumDescriptor<Enum>(), word);
  if (!number) return std::nullopt;
  return static_cast<Enum>(*number);
}

template <class Enum>
[[nodiscard]] std::vector<std::string> words_of() {
  return enum_words(*google::protobuf::GetEnumDescriptor<Enum>());
}

}  // namespace parley::protocol
