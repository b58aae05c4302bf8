// Ogg/Opus recordings (RFC 7845) cut into Opus packets, as bytes; the shells read the files. Pure.
// Library parley_codecs_audio.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::codecs {

inline constexpr std::size_t kMaxOggFile = 64U << 20;     // bytes; more is refused
inline constexpr std::size_t kMaxOggPackets = 65536;      // about 20 minutes of 20 ms
inline constexpr std::size_t kMaxOggPacketBytes = 61440;  // RFC 7845 6

struct OggOpus {
  std::uint8_t channels = 1;                       // 1 or 2 (mapping family 0)
  std::uint16_t pre_skip = 0;                      // samples at 48 kHz to throw away after decoding
  std::vector<std::vector<std::uint8_t>> packets;  // each a valid Opus packet, in order
};

// Reads the first logical stream, which must be Opus; pages of other streams are passed over.
// invalid_argument: not Ogg/Opus, damaged or cut off (a checksum, a hole, a half page), or beyond a
// limit.
[[nodiscard]] Result<OggOpus> read_ogg_opus(Bytes file);

}  // namespace parley::codecs
