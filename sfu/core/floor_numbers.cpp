#include "sfu/core/floor_numbers.hpp"

#include <algorithm>
#include <functional>

namespace parley::sfu {

namespace {

template <std::size_t kCount>
void add_each(std::array<std::uint64_t, kCount>& to,
              const std::array<std::uint64_t, kCount>& numbers) {
  std::ranges::transform(to, numbers, to.begin(), std::plus{});
}

void add(FloorCounters& to, const FloorCounters& other) {
  to.presses += other.presses;
  to.repeated_presses += other.repeated_presses;
  to.grants += other.grants;
  to.bursts += other.bursts;
  to.queued += other.queued;
  to.preemptions += other.preemptions;
  to.cut_tails += other.cut_tails;
  to.ignored += other.ignored;
  to.strikes += other.strikes;
  to.forged += other.forged;
  to.calls_ended += other.calls_ended;
  add_each(to.denied, other.denied);
  add_each(to.revoked, other.revoked);
}

}  // namespace

DelayCounts& DelayCounts::operator+=(const DelayCounts& other) {
  add_each(within, other.within);
  count += other.count;
  total += other.total;
  return *this;
}

FloorNumbers& FloorNumbers::operator+=(const FloorNumbers& other) {
  add(counters, other.counters);
  press_to_grant += other.press_to_grant;
  press_to_forward += other.press_to_forward;
  rooms += other.rooms;
  holders += other.holders;
  waiting += other.waiting;
  oldest_wait = std::max(oldest_wait, other.oldest_wait);
  return *this;
}

}  // namespace parley::sfu
