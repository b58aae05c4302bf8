#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

void FloorArbiter::State::on(FloorStep& step, MemberId from, const Press& asked) {
  FloorMember* member = find(from);
  if (member == nullptr) {
    deny(step, from, asked.req_id, DenyCause::not_a_member);
    return;
  }
  press(step, from, *member, asked, false);
}

void FloorArbiter::State::press(FloorStep& step, MemberId from, FloorMember& member,
                                const Press& asked, bool is_implicit) {
  const bool is_paid = take_token(member, step.now);
  const auto waiting = waiting_index(from);
  const bool is_waiting = waiting && asked.req_id == queue[*waiting].req_id;
  if (const FloorAnswer* answer = remembered(member, asked.req_id, step.now);
      answer != nullptr || is_waiting) {
    ++counters.repeated_presses;
    if (!is_paid) return;
    if (is_waiting) {
      press_of_waiting(step, *waiting, member, asked);
    } else {
      repeat(step, from, *answer);
    }
    return;
  }
  ++counters.presses;
  if (!is_paid) {
    deny(step, from, asked.req_id, DenyCause::rate_limit, kRequestInterval);
    return;
  }
  if (waiting) {
    press_of_waiting(step, *waiting, member, asked);
    return;
  }
  FloorHolding* holding = holding_of(from);
  if (holding != nullptr && holding->is_holder()) {
    press_of_holder(step, member, *holding, asked);
    return;
  }
  const FloorPriority priority = entitled(from, member, asked.asked);
  if (const auto denied = refusal(step.now, from, member, priority.tier, asked.req_id)) {
    deny(step, from, denied->req_id, denied->cause, denied->retry);
    return;
  }
  ask(step,
      {.member = from,
       .req_id = asked.req_id,
       .priority = priority,
       .first_timestamp = asked.first_timestamp,
       .since = step.now},
      is_implicit);
}

std::optional<Denied> FloorArbiter::State::refusal(Timestamp now, MemberId id,
                                                   const FloorMember& member, FloorTier tier,
                                                   std::uint32_t req_id) const {
  const auto because = [req_id](DenyCause cause, Duration retry = {}) {
    return Denied{.req_id = req_id, .cause = cause, .retry = retry};
  };
  if (is_frozen) return because(DenyCause::frozen, kFrozenRetry);
  if (!may_ask(id, member, tier)) return because(DenyCause::receive_only);
  if (members.size() == 1) return because(DenyCause::nobody_else_here);
  if (now < member.barred_until) {
    return because(DenyCause::retry_timer_runs, member.barred_until - now);
  }
  // Nobody in an emergency waits for a penalty.
  if (now < member.retry_at && tier != FloorTier::emergency && !mutated(4)) {
    return because(DenyCause::retry_timer_runs, member.retry_at - now);
  }
  return std::nullopt;
}

void FloorArbiter::State::ask(FloorStep& step, const FloorAsk& ask, bool is_implicit) {
  is_closed = false;  // a press starts a call
  const FloorPlace place = place_now(ask);
  if (place != FloorPlace::none) {
    if (place == FloorPlace::main && main_places() == 1) withdraw_offer();
    grant(step, ask, place);
    return;
  }
  if (!may_wait(ask, is_implicit)) {
    deny(step, ask.member, ask.req_id, DenyCause::another_talks);
    return;
  }
  if (!enqueue(step, ask, true)) {
    deny(step, ask.member, ask.req_id, DenyCause::queue_full);
    return;
  }
  arbitrate(step);
  if (const auto index = waiting_index(ask.member)) {
    ++counters.queued;
    tell_queued(step, *index);
  }
}

// A holder that asks again, because its client knows nothing of its grant or wants a higher tier.
void FloorArbiter::State::press_of_holder(FloorStep& step, FloorMember& member,
                                          FloorHolding& holding, const Press& asked) {
  if (holding.is_revoking()) {
    deny(step, holding.member, asked.req_id, DenyCause::retry_timer_runs);
    return;
  }
  const FloorPriority priority = entitled(holding.member, member, asked.asked);
  if (priority > holding.priority) set_priority(step, holding, priority);
  answer_granted(step, holding, asked.req_id);
}

void FloorArbiter::State::press_of_waiting(FloorStep& step, std::size_t index, FloorMember& member,
                                           const Press& asked) {
  FloorWaiting& waiting = queue[index];
  const MemberId id = waiting.member;
  waiting.is_pressing = true;
  if (index == 0) offer_until = kNever;
  if (asked.first_timestamp) member.first_timestamp = asked.first_timestamp;
  if (waiting.req_id != asked.req_id) {
    const std::uint32_t old = waiting.req_id;
    waiting.req_id = asked.req_id;
    if (old != 0) deny(step, id, old, DenyCause::other);
    const FloorPriority priority = entitled(id, member, asked.asked);
    if (priority > waiting.priority) requeue(index, priority);
  }
  arbitrate(step);
  if (const auto still = waiting_index(id)) tell_queued(step, *still);
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const Release& asked) {
  if (asked.grant.is_none()) {
    const auto index = waiting_index(from);
    if (index) {
      queue[*index].is_pressing = false;
    } else {
      ++counters.ignored;
    }
    return;
  }
  FloorHolding* holding = named(asked.grant);
  if (holding == nullptr) {
    const bool is_old = asked.grant.term <= term && asked.grant.number <= last_grant;
    ++(is_old ? counters.ignored : counters.forged);
  } else if (holding->member != from && !mutated(5)) {
    ++counters.forged;
  } else {
    release(step, *holding, asked.last_timestamp);
  }
}

// A cancel ends the press whatever has become of it: in the queue, granted meanwhile, or not seen
// yet. In the last case it is denied when it comes.
void FloorArbiter::State::on(FloorStep& step, MemberId from, const Cancel& cancel) {
  FloorMember* member = find(from);
  if (member == nullptr || cancel.req_id == 0) {
    ++counters.ignored;
    return;
  }
  const auto index = waiting_index(from);
  if (index && queue[*index].req_id == cancel.req_id) {
    if (!mutated(6)) deny_waiting(step, *index, DenyCause::other);
    return;
  }
  const FloorAnswer* answer = remembered(*member, cancel.req_id, step.now);
  if (answer == nullptr) {
    if (take_token(*member, step.now)) return deny(step, from, cancel.req_id, DenyCause::other);
    ++counters.ignored;
    return;
  }
  FloorHolding* holding = holding_of(from);
  if (holding != nullptr && holding->is_holder() && holding->req_id == cancel.req_id) {
    release(step, *holding, std::nullopt);
  } else {
    ++counters.ignored;
  }
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const SnapshotRequest& /*request*/) {
  FloorMember* member = find(from);
  if (member == nullptr || !take_token(*member, step.now)) {
    ++counters.ignored;
    return;
  }
  arbitrate(step);
  refresh_holders();
  tell(step, from, StateTold{});
}

}  // namespace parley::sfu
