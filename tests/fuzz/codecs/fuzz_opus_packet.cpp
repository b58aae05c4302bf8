// Opus packets: inspection and decoding agree, and neither minds what a talker sends.
#include <array>

#include "base/check.hpp"
#include "codecs/opus.hpp"

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes packet(data, size);
  const auto info = codecs::inspect_opus(packet);
  auto decoder = codecs::OpusDecoderHandle::create();
  PARLEY_CHECK(decoder.has_value());
  std::array<std::int16_t, codecs::kMaxOpusSamples> samples{};
  const std::span<std::int16_t> lost = std::span(samples).first(codecs::kFrameSamples);
  const auto restored = decoder->decode_lost_from(packet, lost);
  PARLEY_CHECK(!restored || *restored == codecs::kFrameSamples);
  const auto decoded = decoder->decode(packet, samples);
  PARLEY_CHECK(!decoded || (info && *decoded == info->samples));
  PARLEY_CHECK(decoder->conceal(lost).has_value());
  return 0;
}
