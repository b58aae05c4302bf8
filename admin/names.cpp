#include "admin/names.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/bytes.hpp"

namespace parley::admin_cli {
namespace {

constexpr std::size_t kHexDigits = 16;
constexpr std::string_view kIdPrefix = "id:";

bool is_table_id(std::string_view text) {
  return text.size() == 2 + kHexDigits && text.starts_with("0x") &&
         text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

Result<std::uint64_t> read_number(std::string_view digits, int base, std::string_view whole) {
  std::uint64_t id = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, id, base);
  if (error == std::errc() && stop == end && id != 0) return id;
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(whole) + "' is no id: write it as a list shows it");
}

}  // namespace

std::string id_text(std::uint64_t id) {
  if (id == 0) return "-";
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(id));
  return text.data();
}

Result<std::uint64_t> parse_id(std::string_view text) {
  if (is_table_id(text)) return read_number(text.substr(2), 16, text);
  return read_number(text.starts_with(kIdPrefix) ? text.substr(kIdPrefix.size()) : text, 10, text);
}

Result<admin::Ref> parse_ref(std::string_view text) {
  admin::Ref ref;
  if (text.empty()) return fail(ErrorCode::invalid_argument, "a name is empty");
  if (is_table_id(text) || text.starts_with(kIdPrefix)) {
    const auto id = parse_id(text);
    if (!id) return std::unexpected(id.error());
    ref.set_id(*id);
  } else {
    ref.set_name(std::string(text));
  }
  return ref;
}

std::string digits_text(std::string_view key_fingerprint) {
  constexpr std::uint32_t kDigits = 100'000'000;
  std::array<char, 16> text{};
  const std::uint32_t number = ByteReader(as_bytes(key_fingerprint)).u32() % kDigits;
  std::snprintf(text.data(), text.size(), "%04u %04u", number / 10'000, number % 10'000);
  return text.data();
}

std::string hex_text(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : as_bytes(bytes)) {
    text += kHex[byte >> 4U];
    text += kHex[byte & 15U];
  }
  return text;
}

}  // namespace parley::admin_cli
