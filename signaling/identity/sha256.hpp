// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace parley::signaling {

using Sha256Hash = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256Hash sha256(Bytes bytes);

}  // namespace parley::signaling
