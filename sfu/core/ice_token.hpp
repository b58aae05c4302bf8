// Random names and passwords in the alphabet of ICE (RFC 8445 5.3: ALPHA / DIGIT / "+" / "/").
#pragma once

#include <cstddef>
#include <string>

#include "base/random.hpp"

namespace parley::sfu {

inline constexpr std::size_t kUfragCharacters = 22;  // 132 bits (security.md S1)
inline constexpr std::size_t kPasswordCharacters = 32;
inline constexpr std::size_t kCnameCharacters = 16;  // RFC 7022 4.2

// `count` characters of 6 random bits each.
[[nodiscard]] std::string make_ice_token(std::size_t count, RandomSource& random);

}  // namespace parley::sfu
