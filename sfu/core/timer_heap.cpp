#include "sfu/core/timer_heap.hpp"

#include <algorithm>

namespace parley::sfu {

namespace {
bool is_later(const Timer& a, const Timer& b) { return a.when > b.when; }
}  // namespace

void TimerHeap::push(const Timer& timer) {
  timers_.push_back(timer);
  std::ranges::push_heap(timers_, is_later);
}

std::optional<Timer> TimerHeap::pop_due(Timestamp now) {
  if (timers_.empty() || timers_.front().when > now) return std::nullopt;
  std::ranges::pop_heap(timers_, is_later);
  const Timer due = timers_.back();
  timers_.pop_back();
  return due;
}

Timestamp TimerHeap::earliest() const { return timers_.empty() ? kNever : timers_.front().when; }

}  // namespace parley::sfu
