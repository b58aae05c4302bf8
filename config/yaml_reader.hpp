// Reads one YAML file into fields that already hold their defaults. The adapter around yaml-cpp:
// its exceptions and types stay inside. Every problem is collected, none ends the reading, so a
// person sees all of them at once. Used while a program starts; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/endpoint.hpp"
#include "config/problem.hpp"

namespace parley::config {

inline constexpr std::size_t kMaxConfigBytes = 64 * 1024;
inline constexpr std::size_t kMaxConfigDepth = 8;   // nested maps and lists
inline constexpr std::size_t kMaxListItems = 64;    // of any list
inline constexpr std::size_t kMaxTextBytes = 1024;  // of any text

// The bytes of `file`, at most kMaxConfigBytes.
[[nodiscard]] std::expected<std::string, Problems> read_config_file(
    const std::filesystem::path& file);

// A value of the file as it may stand in a message: quoted and bounded.
[[nodiscard]] std::string shown(std::string_view text);

// What a configured path has to be for FileCheck::must_be_readable.
enum class FileUse : std::uint8_t {
  readable_file,
  readable_directory,
  created,  // made by the program when it is missing
};

template <class Enum>
using Choices = std::span<const std::pair<std::string_view, Enum>>;

class YamlReader {
 public:
  // `file` names the text in problems; its directory is what relative paths are relative to.
  YamlReader(std::string_view text, std::filesystem::path file, FileCheck check);
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;
  ~YamlReader();

  // One map of the file. Each getter overwrites its field when the key is there and good; a field
  // without a key keeps its default. A view: lives no longer than its reader.
  class Section {
   public:
    [[nodiscard]] Section section(std::string_view key);
    void text(std::string_view key, std::string& value, std::size_t max_bytes = kMaxTextBytes);
    // The same, but may be written as ''.
    void optional_text(std::string_view key, std::string& value,
                       std::size_t max_bytes = kMaxTextBytes);
    void texts(std::string_view key, std::vector<std::string>& values);
    void boolean(std::string_view key, bool& value);
    // Unsigned integers of min..max.
    template <class Number>
    void number(std::string_view key, Number& value, std::uint64_t min, std::uint64_t max);
    // The key ends with the unit: _ms or _s.
    template <class Time>
    void time(std::string_view key, Time& value, Time min, Time max);
    template <class Enum>
    void choice(std::string_view key, Enum& value, Choices<Enum> choices);
    // At least one, none twice.
    template <class Enum>
    void choices(std::string_view key, std::vector<Enum>& values, Choices<Enum> choices);
    void address(std::string_view key, IpAddress& value);
    // At least one, none twice. A list of one may be written as a single value.
    void addresses(std::string_view key, std::vector<IpAddress>& values);
    // A relative path, the default as well, becomes relative to the file's directory.
    void path(std::string_view key, std::filesystem::path& value, FileUse use);

    // For checks that need more than one field: a problem at the line of `key`.
    void problem(std::string_view key, std::string message);

   private:
    friend class YamlReader;
    struct Item {
      std::string text;
      std::size_t line;
    };
    Section(YamlReader& reader, std::size_t index) : reader_(&reader), index_(index) {}
    std::optional<Item> scalar(std::string_view key);
    void read_text(std::string_view key, std::string& value, std::size_t min_bytes,
                   std::size_t max_bytes);
    std::optional<std::vector<Item>> items(std::string_view key);
    std::optional<std::uint64_t> unsigned_number(std::string_view key, std::uint64_t min,
                                                 std::uint64_t max);
    void problem_at(std::size_t line, std::string_view key, std::string message);
    template <class Enum>
    std::optional<Enum> find(std::string_view key, const Item& item, Choices<Enum> choices);

    YamlReader* reader_;
    std::size_t index_;
  };

  [[nodiscard]] Section root();
  // After everything was read: adds a problem for each key nobody asked for, and hands out all
  // problems in the order of the file.
  [[nodiscard]] Problems finish();
  // The keys that were asked for and are not in the file ("media.slots").
  [[nodiscard]] const std::vector<std::string>& absent_keys() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class Number>
void YamlReader::Section::number(std::string_view key, Number& value, std::uint64_t min,
                                 std::uint64_t max) {
  static_assert(std::is_unsigned_v<Number>);
  PARLEY_CHECK(max <= std::numeric_limits<Number>::max());
  if (const auto parsed = unsigned_number(key, min, max)) value = static_cast<Number>(*parsed);
}

template <class Time>
void YamlReader::Section::time(std::string_view key, Time& value, Time min, Time max) {
  constexpr bool is_ms = std::is_same_v<Time, std::chrono::milliseconds>;
  static_assert(is_ms || std::is_same_v<Time, std::chrono::seconds>);
  PARLEY_CHECK(key.ends_with(is_ms ? "_ms" : "_s"));
  if (const auto parsed = unsigned_number(key, static_cast<std::uint64_t>(min.count()),
                                          static_cast<std::uint64_t>(max.count()))) {
    value = Time(static_cast<typename Time::rep>(*parsed));
  }
}

template <class Enum>
std::optional<Enum> YamlReader::Section::find(std::string_view key, const Item& item,
                                              Choices<Enum> choices) {
  std::string allowed;
  for (const auto& [name, value] : choices) {
    if (name == item.text) return value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  }
  problem_at(item.line, key, shown(item.text) + " is not one of " + allowed);
  return std::nullopt;
}

template <class Enum>
void YamlReader::Section::choice(std::string_view key, Enum& value, Choices<Enum> choices) {
  const auto item = scalar(key);
  if (!item) return;
  if (const auto found = find<Enum>(key, *item, choices)) value = *found;
}

template <class Enum>
void YamlReader::Section::choices(std::string_view key, std::vector<Enum>& values,
                                  Choices<Enum> choices) {
  const auto list = items(key);
  if (!list) return;
  std::vector<Enum> found_values;
  for (const Item& item : *list) {
    const auto found = find<Enum>(key, item, choices);
    if (!found) continue;
    bool is_new = true;
    for (const Enum other : found_values) is_new = is_new && other != *found;
    if (is_new) {
      found_values.push_back(*found);
    } else {
      problem_at(item.line, key, shown(item.text) + " stands here twice");
    }
  }
  if (list->empty()) problem(key, "the list needs at least one entry");
  values = std::move(found_values);
}

}  // namespace parley::config
