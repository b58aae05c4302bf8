// CRC-32 of ISO 3309 (polynomial 0x04c11db7, reflected), as STUN's FINGERPRINT uses it. Pure.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace parley::codecs {

[[nodiscard]] std::uint32_t crc32(Bytes bytes);

}  // namespace parley::codecs
