// When talkers speak: absolute times, spread evenly over the interval, so that a late packet does
// not delay the ones behind it. A paced schedule moves instead: what a standstill of the machine
// held up is then spoken later, never two packets at once, as a microphone would. Pure.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace parley::client {

class Schedule {
 public:
  // A send this late has missed its time: the machine stood still, or the sender has too much to
  // do. More: a burst counts as speech at the asked rate. Less: an ordinary interrupt counts.
  static constexpr Duration kLateAfter = std::chrono::milliseconds(5);

  struct Send {
    std::uint32_t talker;  // 0 .. talkers - 1
    std::uint64_t packet;  // of this talker: 0, 1, ...
  };

  // Each of `talkers` speaks `packets_per_second` for `duration`, from `start` on.
  Schedule(Timestamp start, std::uint32_t talkers, double packets_per_second, Duration duration,
           bool is_paced = false);

  [[nodiscard]] bool is_over() const { return next_ >= total_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  // When the next send is due; kNever when it is over.
  [[nodiscard]] Timestamp due() const;
  // The next send, which happens now.
  Send take(Timestamp now);

  [[nodiscard]] std::uint64_t late() const { return late_; }
  [[nodiscard]] Duration worst_lateness() const { return worst_lateness_; }

 private:
  Timestamp start_;
  std::uint32_t talkers_;
  double interval_us_;  // between two sends of any talkers
  std::uint64_t total_;
  bool is_paced_;
  std::uint64_t next_ = 0;
  std::uint64_t late_ = 0;
  Duration worst_lateness_{0};
};

}  // namespace parley::client
