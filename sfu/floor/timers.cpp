#include <algorithm>

#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

void FloorArbiter::State::run_timers(FloorStep& step) {
  for (FloorDue due = next_due(); due.at <= step.now; due = next_due()) {
    fire(step, due);
    arbitrate(step);
  }
}

FloorDue FloorArbiter::State::next_due() const {
  FloorDue due;
  for (std::size_t channel = 0; channel < holdings.size(); ++channel) {
    consider(due, holdings[channel], channel);
  }
  due.consider(offer_until, FloorTimer::offer);
  if (policy.queue_age > Duration::zero()) {
    for (std::size_t i = is_offering() ? 1 : 0; i < queue.size(); ++i) {
      due.consider(queue[i].since + policy.queue_age, FloorTimer::queue_age, i);
    }
  }
  due.consider(emergency_until, FloorTimer::emergency);
  if (!is_queue_told) due.consider(queue_told_at + kQueueInterval, FloorTimer::tell_queue);
  due.consider(call_ends_at, FloorTimer::call_end);
  return due;
}

void FloorArbiter::State::consider(FloorDue& due, const FloorHolding& holding,
                                   std::size_t channel) const {
  if (holding.phase == HoldingPhase::none) return;
  if (holding.phase == HoldingPhase::tail) {
    due.consider(holding.tail_until, FloorTimer::tail, channel);
    return;
  }
  due.consider(holding.media_by, FloorTimer::media, channel);
  due.consider(holding.lost_until, FloorTimer::lost, channel);
  due.consider(holding.early_warning_at, FloorTimer::early_warning, channel);
  due.consider(holding.warning_at, FloorTimer::warning, channel);
  due.consider(holding.limit_at, FloorTimer::limit, channel);
  due.consider(holding.stuck_at, FloorTimer::stuck, channel);
  due.consider(holding.grace_until, FloorTimer::grace, channel);
}

void FloorArbiter::State::fire(FloorStep& step, const FloorDue& due) {
  FloorHolding& holding = holdings[std::min(due.index, holdings.size() - 1)];
  switch (due.timer) {
    case FloorTimer::none:
      return;
    case FloorTimer::media:
      if (holding.phase == HoldingPhase::talking) return burst_over(step, holding);
      return revoke(step, holding, RevokeCause::no_media, {});
    case FloorTimer::lost:
    case FloorTimer::grace:
    case FloorTimer::tail:
      return burst_over(step, holding);
    case FloorTimer::early_warning:
      return warn(step, holding, holding.early_warning_at);
    case FloorTimer::warning:
      return warn(step, holding, holding.warning_at);
    case FloorTimer::limit:
      return revoke(step, holding, RevokeCause::too_long, policy.grace_limit);
    case FloorTimer::stuck:
      return stuck(step, holding);
    case FloorTimer::offer:
      return deny_waiting(step, 0, DenyCause::other);
    case FloorTimer::queue_age:
      return deny_waiting(step, due.index, DenyCause::other);
    case FloorTimer::emergency:
      return clear_emergency(step, {});
    case FloorTimer::tell_queue:
      return tell_queue(step);
    case FloorTimer::call_end:
      call_ends_at = kNever;
      is_closed = true;
      ++counters.calls_ended;
      return note_holders(step);
  }
}

void FloorArbiter::State::warn(FloorStep& step, FloorHolding& holding, Timestamp& at) {
  at = kNever;
  tell(step, holding.member, Warning{.grant = holding.grant, .left = holding.limit_at - step.now});
}

void FloorArbiter::State::stuck(FloorStep& step, FloorHolding& holding) {
  for (const auto& [id, member] : members) {
    if (is_director(member.rights)) {
      tell(step, id, Alarm{.member = holding.member, .grant = holding.grant});
    }
  }
  revoke(step, holding, RevokeCause::stuck_button, {});
}

}  // namespace parley::sfu
