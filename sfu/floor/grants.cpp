#include <algorithm>

#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

FloorHolding* FloorArbiter::State::holding_of(MemberId member) {
  const auto found = std::ranges::find_if(holdings, [member](const FloorHolding& holding) {
    return holding.phase != HoldingPhase::none && holding.member == member;
  });
  return found == holdings.end() ? nullptr : &*found;
}

FloorHolding* FloorArbiter::State::named(const GrantId& grant) {
  const auto found = std::ranges::find_if(holdings, [&grant](const FloorHolding& holding) {
    return holding.phase != HoldingPhase::none && holding.grant == grant;
  });
  return found == holdings.end() ? nullptr : &*found;
}

const FloorHolding* FloorArbiter::State::beside() const {
  const auto found = std::ranges::find_if(holdings, [](const FloorHolding& holding) {
    return holding.is_holder() && holding.is_override;
  });
  return found == holdings.end() ? nullptr : &*found;
}

Duration FloorArbiter::State::limit_of(const FloorHolding& holding) const {
  const bool is_chair = policy.mode == FloorMode::chaired && holding.is_override;
  const bool is_emergency = holding.priority.tier == FloorTier::emergency;
  return is_chair || is_emergency ? Duration{} : policy.talk_limit;
}

Timestamp FloorArbiter::State::limit_told(const FloorHolding& holding) const {
  if (holding.phase != HoldingPhase::granted) return holding.limit_at;
  const Timestamp limit_at = after(holding.since, limit_of(holding));
  return limit_at == kNever ? kNever : limit_at + holding.extension;
}

// A free channel, or that of the oldest tail: never more holders than channels.
std::uint8_t FloorArbiter::State::take_channel(FloorStep& step) {
  const std::size_t count = floor_channels(policy);
  std::size_t oldest = 0;
  for (std::size_t channel = 0; channel < count; ++channel) {
    const FloorHolding& holding = holdings[channel];
    if (holding.phase == HoldingPhase::none) return static_cast<std::uint8_t>(channel);
    const bool is_older = holdings[oldest].phase != HoldingPhase::tail ||
                          holding.tail_until < holdings[oldest].tail_until;
    if (holding.phase == HoldingPhase::tail && is_older) oldest = channel;
  }
  shut(step, holdings[oldest]);
  return static_cast<std::uint8_t>(oldest);
}

void FloorArbiter::State::grant(FloorStep& step, const FloorAsk& ask, FloorPlace place) {
  if (FloorHolding* tail = holding_of(ask.member); tail != nullptr) shut(step, *tail);
  const std::uint8_t channel = take_channel(step);
  const FloorMember& member = *find(ask.member);
  FloorHolding& holding = holdings[channel];
  holding = {.phase = HoldingPhase::granted,
             .is_override = place == FloorPlace::beside,
             .member = ask.member,
             .grant = {.term = term, .number = ++last_grant},
             .priority = ask.priority,
             .since = step.now,
             .first = ask.first_timestamp};
  const bool is_heard_recent = member.heard_until && step.now < member.heard_at + policy.answers;
  if (!holding.first && is_heard_recent) holding.first = *member.heard_until + 1;
  holding.media_by = mutated(14) ? kNever : step.now + policy.first_media;
  call_ends_at = kNever;
  ++counters.grants;
  note_holders(step);
  step.out.gates.push_back({.kind = GateChange::Kind::open,
                            .member = ask.member,
                            .grant = holding.grant,
                            .channel = channel,
                            .first_timestamp = holding.first});
  answer_granted(step, holding, ask.req_id);
}

// A lower or higher priority while he talks. An emergency has no talk limit; after it one begins.
void FloorArbiter::State::set_priority(FloorStep& step, FloorHolding& holding,
                                       FloorPriority priority) {
  const bool was_emergency = holding.priority.tier == FloorTier::emergency;
  const bool is_emergency = priority.tier == FloorTier::emergency;
  holding.priority = priority;
  note_holders(step);
  if (was_emergency == is_emergency || holding.phase != HoldingPhase::talking) return;
  const Duration limit = limit_of(holding);
  start_limit(holding, after(step.now, limit), step.now);
}

void FloorArbiter::State::release(FloorStep& step, FloorHolding& holding,
                                  std::optional<std::uint32_t> last) {
  const bool was_tail = holding.phase == HoldingPhase::tail;
  if (was_tail && (!last || holding.last)) {
    ++counters.ignored;
    return;
  }
  if (!was_tail) {
    account(step, holding);
    holding.phase = HoldingPhase::tail;
    holding.tail_until = step.now + policy.tail;
  }
  holding.last = last;
  const bool is_all_here = last && holding.newest && !is_before(*holding.newest, *last);
  if (is_all_here) {
    shut(step, holding);
    return;
  }
  step.out.gates.push_back({.kind = GateChange::Kind::open_until,
                            .member = holding.member,
                            .grant = holding.grant,
                            .channel = static_cast<std::uint8_t>(&holding - holdings.data()),
                            .last_timestamp = last});
}

void FloorArbiter::State::revoke(FloorStep& step, FloorHolding& holding, RevokeCause cause,
                                 Duration grace, MemberId by) {
  ++counters.revoked[static_cast<std::size_t>(cause)];
  tell(step, holding.member,
       Revoked{.grant = holding.grant, .cause = cause, .grace = grace, .by = by});
  note_holders(step);
  // What ran out of time is penalised, whatever else is done to it meanwhile.
  if (!holding.is_revoking() || holding.cause != RevokeCause::too_long) holding.cause = cause;
  if (grace <= Duration::zero()) {
    burst_over(step, holding);
    return;
  }
  holding.phase = HoldingPhase::revoking;
  holding.grace_until = mutated(15) ? kNever : step.now + grace;
  holding.media_by = holding.limit_at = holding.stuck_at = kNever;
  holding.early_warning_at = holding.warning_at = kNever;
}

void FloorArbiter::State::shorten_grace(FloorStep& step, FloorHolding& holding, Duration grace,
                                        MemberId by) {
  if (step.now + grace >= holding.grace_until) return;
  holding.grace_until = step.now + grace;
  tell(step, holding.member,
       Revoked{.grant = holding.grant, .cause = holding.cause, .grace = grace, .by = by});
}

void FloorArbiter::State::burst_over(FloorStep& step, FloorHolding& holding) {
  if (holding.is_holder()) account(step, holding);
  shut(step, holding);
}

// He is no holder any more: his time and his penalty.
void FloorArbiter::State::account(FloorStep& step, const FloorHolding& holding) {
  FloorMember& member = *find(holding.member);
  if (holding.spoke_at) add_spoken(member.rights.delegation, step.now - *holding.spoke_at);
  Duration penalty{};
  if (holding.cause == RevokeCause::too_long) penalty = policy.penalty_limit;
  if (holding.cause == RevokeCause::stuck_button) penalty = policy.penalty_stuck;
  member.retry_at = std::max(member.retry_at, step.now + penalty);
  if (policy.mode == FloorMode::broadcast) call_ends_at = step.now + kBroadcastEnd;
  note_holders(step);
}

// The sums are shown beside the speakers' list, and told with it.
void FloorArbiter::State::add_spoken(std::uint8_t delegation, Duration time) {
  spoken[delegation] += time;
  if (policy.mode == FloorMode::chaired && delegation != 0) is_queue_told = false;
}

void FloorArbiter::State::shut(FloorStep& step, FloorHolding& holding) {
  const bool is_cut = holding.phase == HoldingPhase::tail && holding.last &&
                      (!holding.newest || is_before(*holding.newest, *holding.last));
  if (is_cut) ++counters.cut_tails;
  FloorMember& member = *find(holding.member);
  if (holding.newest) {
    member.heard_until = holding.last ? holding.last : holding.newest;
    member.heard_at = step.now;
  }
  step.out.gates.push_back({.kind = GateChange::Kind::shut,
                            .member = holding.member,
                            .grant = holding.grant,
                            .channel = static_cast<std::uint8_t>(&holding - holdings.data())});
  if (!mutated(16)) tell(step, holding.member, Done{holding.grant});
  holding = {};
}

}  // namespace parley::sfu
