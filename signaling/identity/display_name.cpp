#include "signaling/identity/display_name.hpp"

#include <optional>

#include "base/bytes.hpp"

namespace parley::signaling {
namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;

bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

// Control characters, and the marks that let a name rearrange the text around it (UAX 9).
bool is_forbidden(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
  const bool direction = c == 0x061C || c == 0x200E || c == 0x200F ||
                         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return control || direction;
}

struct Lead {
  int continuations;
  char32_t bits;
  char32_t smallest;  // a smaller code point in this length is an overlong form (RFC 3629 3)
};

std::optional<Lead> read_lead(std::uint8_t byte) {
  if (byte < 0x80) return Lead{.continuations = 0, .bits = byte, .smallest = 0};
  if ((byte & 0xE0) == 0xC0) {
    return Lead{.continuations = 1, .bits = static_cast<char32_t>(byte & 0x1F), .smallest = 0x80};
  }
  if ((byte & 0xF0) == 0xE0) {
    return Lead{.continuations = 2, .bits = static_cast<char32_t>(byte & 0x0F), .smallest = 0x800};
  }
  if ((byte & 0xF8) == 0xF0) {
    return Lead{
        .continuations = 3, .bits = static_cast<char32_t>(byte & 0x07), .smallest = 0x10000};
  }
  return std::nullopt;
}

}  // namespace

bool is_display_name(std::string_view name) {
  if (name.size() > kMaxDisplayName) return false;
  ByteReader reader(as_bytes(name));
  while (reader.remaining() > 0) {
    const std::optional<Lead> lead = read_lead(reader.u8());
    if (!lead) return false;
    char32_t point = lead->bits;
    for (int i = 0; i < lead->continuations; ++i) {
      const std::uint8_t byte = reader.u8();
      if ((byte & 0xC0) != 0x80) return false;
      point = (point << 6) | static_cast<char32_t>(byte & 0x3F);
    }
    if (point < lead->smallest || point > kLastCodePoint || is_surrogate(point)) return false;
    if (is_forbidden(point)) return false;
  }
  return reader.ok();
}

}  // namespace parley::signaling
