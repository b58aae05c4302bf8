// What was heard, frame by frame from a known moment on, up to ten minutes. Pure; the owner writes
// the file.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "codecs/opus.hpp"
#include "codecs/wav.hpp"

namespace parley::client {

class Recorder {
 public:
  static constexpr std::size_t kMaxSamples = codecs::kMaxWavSeconds * codecs::kAudioRate;

  // `wall` is when the first sample of `frame` sounded. False when the recording is full.
  bool add(codecs::AudioFrame frame, WallTime wall) {
    if (!started_) started_ = wall;
    if (samples_.size() + frame.size() > kMaxSamples) return false;
    samples_.insert(samples_.end(), frame.begin(), frame.end());
    return true;
  }
  [[nodiscard]] std::optional<WallTime> started() const { return started_; }
  [[nodiscard]] const std::vector<std::int16_t>& samples() const { return samples_; }
  [[nodiscard]] std::vector<std::uint8_t> to_wav() const { return codecs::write_wav(samples_); }

 private:
  std::optional<WallTime> started_;
  std::vector<std::int16_t> samples_;
};

}  // namespace parley::client
