// WAV: what is read is finite, within full scale and survives being written.
#include <cmath>

#include "base/check.hpp"
#include "codecs/wav.hpp"

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto samples = codecs::read_wav(Bytes(data, size));
  if (!samples) return 0;
  // A resampled peak may pass full scale a little.
  for (const float sample : *samples) PARLEY_CHECK(std::isfinite(sample));
  const auto pcm = codecs::to_pcm16(*samples);
  const auto again = codecs::read_wav(codecs::write_wav(pcm));
  PARLEY_CHECK(again && codecs::to_pcm16(*again) == pcm);
  return 0;
}
