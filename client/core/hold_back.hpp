// Voice that may not be sent yet: its newest 300 ms, what a media node keeps before a grant as
// well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace parley::client {

// One Opus packet of the microphone on its way to the node.
struct VoiceFrame {
  std::vector<std::uint8_t> opus;
  std::uint32_t rtp_timestamp;
  std::uint8_t level;  // -dBov (RFC 6464)
};

class HoldBack {
 public:
  static constexpr std::uint32_t kTicks = 14'400;  // 300 ms of 48 kHz
  static constexpr std::size_t kMaxFrames = 120;   // of 2.5 ms

  void push(VoiceFrame frame) {
    frames_.push_back(std::move(frame));
    while (frames_.size() > kMaxFrames ||
           frames_.back().rtp_timestamp - frames_.front().rtp_timestamp >= kTicks) {
      frames_.pop_front();
    }
  }
  // Oldest first.
  [[nodiscard]] std::deque<VoiceFrame> take() { return std::exchange(frames_, {}); }
  void clear() { frames_.clear(); }
  [[nodiscard]] std::size_t size() const { return frames_.size(); }

 private:
  std::deque<VoiceFrame> frames_;
};

}  // namespace parley::client
