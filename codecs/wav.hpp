// WAV recordings (RIFF) in and out, as bytes; the shells read and write the files. Pure.
// Library parley_codecs_audio.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::codecs {

inline constexpr std::uint32_t kMinWavRate = 8000;
inline constexpr std::uint32_t kMaxWavRate = 192000;
inline constexpr std::size_t kMaxWavSeconds =
    600;  // more is refused: recordings are held in memory

// Reads 16-bit PCM or 32-bit float, mono or stereo (mixed down), any rate in the limits, into mono
// at 48 kHz, -1 to 1. invalid_argument: not such a recording, cut off, or longer than
// kMaxWavSeconds.
[[nodiscard]] Result<std::vector<float>> read_wav(Bytes file);

// Samples of -1 to 1 as 16 bits, rounded; louder ones are clipped, and what is no number is
// silence.
[[nodiscard]] std::vector<std::int16_t> to_pcm16(std::span<const float> samples);

// A 16-bit mono recording at 48 kHz. At most kMaxWavSeconds are written; the rest is left out.
[[nodiscard]] std::vector<std::uint8_t> write_wav(std::span<const std::int16_t> samples);

}  // namespace parley::codecs
