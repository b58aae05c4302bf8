#include <algorithm>

#include "base/check.hpp"
#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

bool is_receive_only(const FloorRights& rights) {
  return !rights.may_talk || rights.role == FloorRole::listener ||
         rights.role == FloorRole::observer;
}

bool is_director(const FloorRights& rights) {
  return rights.role == FloorRole::chair || rights.role == FloorRole::dispatcher;
}

namespace {

// Whoever may declare an emergency talks with an ordinary tier until he does.
FloorTier ordinary_tier(const FloorRights& rights) {
  if (rights.limit.tier != FloorTier::emergency) return rights.limit.tier;
  return is_director(rights) ? FloorTier::command : FloorTier::routine;
}

}  // namespace

FloorMember* FloorArbiter::State::find(MemberId member) {
  const auto found = members.find(member);
  return found == members.end() ? nullptr : &found->second;
}

const FloorMember* FloorArbiter::State::find(MemberId member) const {
  const auto found = members.find(member);
  return found == members.end() ? nullptr : &found->second;
}

void FloorArbiter::State::add(FloorStep& step, MemberId member, const FloorRights& rights) {
  PARLEY_CHECK(!member.is_none() && rights.delegation <= kMaxDelegations);
  PARLEY_CHECK(members.contains(member) || members.size() < max_members);
  members[member].rights = rights;
  if (is_receive_only(rights)) {
    FloorHolding* holding = holding_of(member);
    if (holding != nullptr && holding->is_holder()) {
      revoke(step, *holding, RevokeCause::no_permission, {});
    }
    if (const auto index = waiting_index(member)) {
      deny_waiting(step, *index, DenyCause::receive_only);
    }
  }
  arbitrate(step);
  refresh_holders();
  tell(step, member, StateTold{});
}

void FloorArbiter::State::remove(FloorStep& step, MemberId member, bool is_expelled) {
  if (find(member) == nullptr) return;
  if (const auto index = waiting_index(member)) {
    deny_waiting(step, *index, DenyCause::not_a_member);
  }
  if (given == member) given = {};
  if (FloorHolding* holding = holding_of(member); holding != nullptr) {
    if (is_expelled && holding->is_holder()) {
      revoke(step, *holding, RevokeCause::member_revoked, {});
    } else {
      burst_over(step, *holding);
    }
  }
  members.erase(member);
  if (members.size() == 1) leave_alone(step);
}

// The last one in the room talks to nobody.
void FloorArbiter::State::leave_alone(FloorStep& step) {
  while (!queue.empty()) deny_waiting(step, queue.size() - 1, DenyCause::nobody_else_here);
  for (FloorHolding& holding : holdings) {
    if (holding.is_holder()) revoke(step, holding, RevokeCause::nobody_else_here, {});
  }
}

// Media alone is lost: T1, and the lost-peer timer. Signaling too: T1 alone, so that the member can
// take its grant up again from a new transport.
void FloorArbiter::State::set_peer(FloorStep& step, MemberId id, bool is_there) {
  FloorMember* member = find(id);
  if (member == nullptr) return;
  member->has_peer = is_there;
  member->heard_until.reset();
  FloorHolding* holding = holding_of(id);
  if (holding == nullptr || !holding->is_holder()) return;
  if (is_there) {
    holding->lost_until = kNever;
    holding->first.reset();
    holding->newest.reset();
    step.out.gates.push_back({.kind = GateChange::Kind::open,
                              .member = id,
                              .grant = holding->grant,
                              .channel = static_cast<std::uint8_t>(holding - holdings.data())});
  } else if (member->has_signaling) {
    holding->lost_until = step.now + kLostPeer;
  }
}

void FloorArbiter::State::set_signaling(FloorStep& step, MemberId id, bool is_there) {
  FloorMember* member = find(id);
  if (member == nullptr) return;
  member->has_signaling = is_there;
  FloorHolding* holding = holding_of(id);
  if (holding == nullptr || !holding->is_holder() || member->has_peer) return;
  holding->lost_until = is_there ? step.now + kLostPeer : kNever;
}

void FloorArbiter::State::on_voice(FloorStep& step, MemberId id) {
  FloorMember* member = find(id);
  if (member == nullptr || holding_of(id) != nullptr) {
    ++counters.ignored;
    return;
  }
  // Between two people no button is needed.
  if (!member->has_signaling || policy.mode == FloorMode::private_full) {
    if (!waiting_index(id)) press(step, id, *member, {.req_id = 0}, true);
    return;
  }
  tell(step, id, Revoked{.grant = {}, .cause = RevokeCause::no_permission});
  ++counters.revoked[static_cast<std::size_t>(RevokeCause::no_permission)];
  strike(step, id, *member);
}

void FloorArbiter::State::strike(FloorStep& step, MemberId id, FloorMember& member) {
  ++counters.strikes;
  const auto recent = std::span(member.strikes).first(member.strike_count);
  const auto old = std::ranges::remove_if(
      recent, [&step](Timestamp at) { return step.now - at > kStrikeWindow; });
  member.strike_count = static_cast<std::uint8_t>(member.strike_count - old.size());
  member.strikes[member.strike_count++] = step.now;
  if (member.strike_count < kStrikes) return;
  member.strike_count = 0;
  member.retry_at = std::max(member.retry_at, step.now + kStrikeBar);
  if (const auto index = waiting_index(id)) {
    deny_waiting(step, *index, DenyCause::retry_timer_runs);
  }
}

bool FloorArbiter::State::may_ask(MemberId id, const FloorMember& member, FloorTier tier) const {
  if (is_receive_only(member.rights)) return false;
  if (policy.mode != FloorMode::broadcast || id == policy.initiator) return true;
  return tier == FloorTier::emergency;
}

FloorPriority FloorArbiter::State::entitled(MemberId id, const FloorMember& member,
                                            FloorPriority asked) const {
  FloorTier tier = std::min(asked.tier, ordinary_tier(member.rights));
  if (emergency.owner == id && emergency.kind != EmergencyKind::none) {
    const bool is_peril = emergency.kind == EmergencyKind::peril;
    tier = std::max(tier, is_peril ? FloorTier::peril : FloorTier::emergency);
  }
  if (mutated(2)) tier = asked.tier;
  return {.tier = std::min(tier, policy.cap.tier),
          .level = std::min({asked.level, member.rights.limit.level, policy.cap.level})};
}

}  // namespace parley::sfu
