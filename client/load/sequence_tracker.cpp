#include "client/load/sequence_tracker.hpp"

#include <algorithm>

namespace parley::client {

void SequenceTracker::on_packet(std::uint16_t sequence) {
  ++received_;
  if (!has_started_) {
    has_started_ = true;
    highest_ = sequence;
    seen_ = 1;
    span_ = 1;
    return;
  }
  // The shorter way around the circle of numbers, with its sign.
  const std::int32_t circle = 1 << bits_;
  std::int32_t ahead = (sequence - highest_) & (circle - 1);
  if (ahead >= circle / 2) ahead -= circle;
  if (ahead > 0) {
    seen_ = ahead >= kWindow ? 1 : (seen_ << ahead) | 1;
    highest_ = sequence;
    span_ += static_cast<std::uint64_t>(ahead);
    return;
  }
  const std::int32_t behind = -ahead;
  const std::uint64_t bit = behind < kWindow ? std::uint64_t{1} << behind : 0;
  if ((seen_ & bit) != 0) {
    ++duplicated_;
    return;
  }
  seen_ |= bit;
  ++reordered_;
}

std::uint64_t SequenceTracker::missing() const {
  const std::uint64_t unique = received_ - duplicated_;
  return span_ > unique ? span_ - unique : 0;
}

}  // namespace parley::client
