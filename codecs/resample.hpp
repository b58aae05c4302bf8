// Change of the sample rate by a windowed sinc. For whole recordings, not for live streams. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace parley::codecs {

// `from_hz` and `to_hz` are not 0. The result lasts as long as the input, to the sample.
[[nodiscard]] std::vector<float> resample(std::span<const float> input, std::uint32_t from_hz,
                                          std::uint32_t to_hz);

}  // namespace parley::codecs
