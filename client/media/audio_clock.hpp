// Counts 20 ms frames against a monotonic clock without drifting: a late wake-up makes several
// frames due, never fewer. Pure.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace parley::client {

class AudioClock {
 public:
  static constexpr Duration kFrame = std::chrono::milliseconds(20);

  explicit AudioClock(Timestamp start) : start_(start) {}
  // True while a frame is due; each true takes one frame, whose time is frame_time() before the
  // call.
  [[nodiscard]] bool take_frame(Timestamp now) {
    if (now < frame_time()) return false;
    ++taken_;
    return true;
  }
  // When the next frame is due.
  [[nodiscard]] Timestamp frame_time() const {
    return start_ + kFrame * static_cast<std::int64_t>(taken_);
  }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  Timestamp start_;
  std::uint64_t taken_ = 0;
};

}  // namespace parley::client
