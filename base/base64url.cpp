#include "base/base64url.hpp"

namespace parley {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::unexpected<Error> not_base64url() {
  return fail(ErrorCode::invalid_argument, "This is not base64url text.");
}

}  // namespace

std::string to_base64url(Bytes bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int pending = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8) | byte;
    pending += 8;
    while (pending >= 6) {
      pending -= 6;
      text += kAlphabet[(bits >> pending) & 63];
    }
  }
  if (pending > 0) text += kAlphabet[(bits << (6 - pending)) & 63];
  return text;
}

Result<std::vector<std::uint8_t>> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return not_base64url();
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int pending = 0;
  for (const char character : text) {
    const std::size_t value = kAlphabet.find(character);
    if (value == std::string_view::npos) return not_base64url();
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    pending += 6;
    if (pending < 8) continue;
    pending -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> pending));
  }
  const std::uint32_t unused = bits & ((1U << pending) - 1U);
  if (unused != 0) return not_base64url();
  return bytes;
}

}  // namespace parley
