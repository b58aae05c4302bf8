// The text form of binary values in links and files: base64url without padding (RFC 4648 5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley {

[[nodiscard]] std::string to_base64url(Bytes bytes);
// invalid_argument for foreign characters, padding, an impossible length or unused bits that are
// not zero: every byte string has exactly one text.
[[nodiscard]] Result<std::vector<std::uint8_t>> from_base64url(std::string_view text);

}  // namespace parley
