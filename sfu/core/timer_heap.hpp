// When a worker has to look at which peer or room. An owner whose deadline moves earlier pushes
// again; one whose deadline moves later does nothing and is asked when the old time comes, so a
// packet costs no work here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace parley::sfu {

enum class TimerOwner : std::uint8_t { peer, room };

struct Timer {
  Timestamp when;
  TimerOwner owner;
  std::uint64_t id;  // the owner's
};

class TimerHeap {
 public:
  void push(const Timer& timer);
  // The earliest timer that is due, removed. It may be out of date: the owner knows.
  [[nodiscard]] std::optional<Timer> pop_due(Timestamp now);
  [[nodiscard]] Timestamp earliest() const;  // kNever when empty
  [[nodiscard]] std::size_t size() const { return timers_.size(); }

 private:
  std::vector<Timer> timers_;
};

}  // namespace parley::sfu
