#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

bool FloorArbiter::State::may_declare(const FloorMember& member, FloorTier tier) const {
  return !is_receive_only(member.rights) && member.rights.limit.tier >= tier &&
         policy.cap.tier >= tier;
}

// The owner of an emergency renews it by setting it again. Another one's replaces a peril only.
void FloorArbiter::State::on(FloorStep& step, MemberId from, const SetEmergency& set) {
  FloorMember* member = find(from);
  if (member == nullptr || set.id == 0 || !take_token(*member, step.now)) {
    ++counters.ignored;
    return;
  }
  EmergencyKind kind = set.is_peril ? EmergencyKind::peril : EmergencyKind::emergency;
  const FloorTier tier = set.is_peril ? FloorTier::peril : FloorTier::emergency;
  if (!may_declare(*member, tier)) return deny(step, from, 0, DenyCause::no_permission);
  const bool is_renewal = emergency.owner == from && emergency.kind != EmergencyKind::none;
  if (!is_renewal && kind <= emergency.kind) return deny(step, from, 0, DenyCause::other);
  if (is_renewal) kind = std::max(kind, emergency.kind);
  emergency = {
      .kind = kind, .id = set.id, .owner = from, .since = is_renewal ? emergency.since : step.now};
  emergency_until = step.now + policy.emergency;
  note_change(step);
  tell(step, {}, EmergencyChanged{});
  reconsider(step, from);
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const ClearEmergency& clear) {
  FloorMember* member = find(from);
  if (member == nullptr || !take_token(*member, step.now)) {
    ++counters.ignored;
    return;
  }
  if (emergency.kind == EmergencyKind::none || emergency.id != clear.id) {
    ++counters.ignored;
  } else if (emergency.owner == from || is_director(member->rights) || mutated(20)) {
    clear_emergency(step, from);
  } else {
    deny(step, from, 0, DenyCause::no_permission);
  }
}

void FloorArbiter::State::clear_emergency(FloorStep& step, MemberId by) {
  emergency.kind = EmergencyKind::none;
  emergency_until = kNever;
  note_change(step);
  tell(step, {}, EmergencyChanged{.cleared_by = by});
  reconsider(step, emergency.owner);
}

// What the owner holds or waits for gets the priority that his emergency, or its end, gives it.
void FloorArbiter::State::reconsider(FloorStep& step, MemberId owner) {
  const FloorMember* member = find(owner);
  if (member == nullptr) return;
  FloorHolding* holding = holding_of(owner);
  if (holding != nullptr && holding->is_holder()) {
    const FloorPriority priority = entitled(owner, *member, holding->priority);
    if (priority != holding->priority) set_priority(step, *holding, priority);
  }
  if (const auto index = waiting_index(owner)) {
    const FloorPriority priority = entitled(owner, *member, queue[*index].priority);
    if (priority != queue[*index].priority) requeue(*index, priority);
  }
}

}  // namespace parley::sfu
