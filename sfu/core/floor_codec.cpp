#include "sfu/core/floor_codec.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace parley::sfu {

namespace {

using std::chrono::milliseconds;

// ---- enumerations -------------------------------------------------------------------------------

std::optional<FloorMode> to_mode(floor::Mode mode) {
  switch (mode) {
    case floor::OPEN:
      return FloorMode::open;
    case floor::PTT:
      return FloorMode::ptt;
    case floor::DUAL:
      return FloorMode::dual;
    case floor::MULTI:
      return FloorMode::multi;
    case floor::CUT_IN:
      return FloorMode::cut_in;
    case floor::BROADCAST:
      return FloorMode::broadcast;
    case floor::PRIVATE_HALF:
      return FloorMode::private_half;
    case floor::PRIVATE_FULL:
      return FloorMode::private_full;
    case floor::CHAIRED:
      return FloorMode::chaired;
    case floor::Mode_INT_MIN_SENTINEL_DO_NOT_USE_:
    case floor::Mode_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return std::nullopt;
}

floor::Mode from_mode(FloorMode mode) {
  switch (mode) {
    case FloorMode::open:
      return floor::OPEN;
    case FloorMode::ptt:
      return floor::PTT;
    case FloorMode::dual:
      return floor::DUAL;
    case FloorMode::multi:
      return floor::MULTI;
    case FloorMode::cut_in:
      return floor::CUT_IN;
    case FloorMode::broadcast:
      return floor::BROADCAST;
    case FloorMode::private_half:
      return floor::PRIVATE_HALF;
    case FloorMode::private_full:
      return floor::PRIVATE_FULL;
    case FloorMode::chaired:
      return floor::CHAIRED;
  }
  return floor::OPEN;
}

std::optional<FloorTier> to_tier(floor::Tier tier) {
  switch (tier) {
    case floor::ROUTINE:
      return FloorTier::routine;
    case floor::PRIORITY:
      return FloorTier::priority;
    case floor::PERIL:
      return FloorTier::peril;
    case floor::COMMAND:
      return FloorTier::command;
    case floor::EMERGENCY:
      return FloorTier::emergency;
    case floor::Tier_INT_MIN_SENTINEL_DO_NOT_USE_:
    case floor::Tier_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return std::nullopt;
}

floor::Tier from_tier(FloorTier tier) {
  switch (tier) {
    case FloorTier::routine:
      return floor::ROUTINE;
    case FloorTier::priority:
      return floor::PRIORITY;
    case FloorTier::peril:
      return floor::PERIL;
    case FloorTier::command:
      return floor::COMMAND;
    case FloorTier::emergency:
      return floor::EMERGENCY;
  }
  return floor::ROUTINE;
}

std::optional<FloorRole> to_role(floor::Role role) {
  switch (role) {
    case floor::TALKER:
      return FloorRole::talker;
    case floor::LISTENER:
      return FloorRole::listener;
    case floor::CHAIR:
      return FloorRole::chair;
    case floor::DISPATCHER:
      return FloorRole::dispatcher;
    case floor::INTERPRETER:
      return FloorRole::interpreter;
    case floor::OBSERVER:
      return FloorRole::observer;
    case floor::Role_INT_MIN_SENTINEL_DO_NOT_USE_:
    case floor::Role_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return std::nullopt;
}

floor::Role from_role(FloorRole role) {
  switch (role) {
    case FloorRole::talker:
      return floor::TALKER;
    case FloorRole::listener:
      return floor::LISTENER;
    case FloorRole::chair:
      return floor::CHAIR;
    case FloorRole::dispatcher:
      return floor::DISPATCHER;
    case FloorRole::interpreter:
      return floor::INTERPRETER;
    case FloorRole::observer:
      return floor::OBSERVER;
  }
  return floor::OBSERVER;
}

floor::Denied::Cause from_cause(DenyCause cause) {
  switch (cause) {
    case DenyCause::another_talks:
      return floor::Denied::ANOTHER_TALKS;
    case DenyCause::internal:
      return floor::Denied::INTERNAL;
    case DenyCause::nobody_else_here:
      return floor::Denied::NOBODY_ELSE_HERE;
    case DenyCause::retry_timer_runs:
      return floor::Denied::RETRY_TIMER_RUNS;
    case DenyCause::receive_only:
      return floor::Denied::RECEIVE_ONLY;
    case DenyCause::no_resources:
      return floor::Denied::NO_RESOURCES;
    case DenyCause::queue_full:
      return floor::Denied::QUEUE_FULL;
    case DenyCause::stale_roster:
      return floor::Denied::STALE_ROSTER;
    case DenyCause::stale_term:
      return floor::Denied::STALE_TERM;
    case DenyCause::not_a_member:
      return floor::Denied::NOT_A_MEMBER;
    case DenyCause::locked:
      return floor::Denied::LOCKED;
    case DenyCause::frozen:
      return floor::Denied::FROZEN;
    case DenyCause::rate_limit:
      return floor::Denied::RATE_LIMIT;
    case DenyCause::no_permission:
      return floor::Denied::NO_PERMISSION;
    case DenyCause::other:
      return floor::Denied::OTHER;
  }
  return floor::Denied::OTHER;
}

floor::Revoked::Cause from_cause(RevokeCause cause) {
  switch (cause) {
    case RevokeCause::nobody_else_here:
      return floor::Revoked::NOBODY_ELSE_HERE;
    case RevokeCause::too_long:
      return floor::Revoked::TOO_LONG;
    case RevokeCause::no_permission:
      return floor::Revoked::NO_PERMISSION;
    case RevokeCause::preempted:
      return floor::Revoked::PREEMPTED;
    case RevokeCause::no_resources:
      return floor::Revoked::NO_RESOURCES;
    case RevokeCause::no_media:
      return floor::Revoked::NO_MEDIA;
    case RevokeCause::member_revoked:
      return floor::Revoked::MEMBER_REVOKED;
    case RevokeCause::cut_by_chair:
      return floor::Revoked::CUT_BY_CHAIR;
    case RevokeCause::stuck_button:
      return floor::Revoked::STUCK_BUTTON;
    case RevokeCause::other:
      return floor::Revoked::OTHER;
  }
  return floor::Revoked::OTHER;
}

floor::Emergency::Kind from_kind(EmergencyKind kind) {
  switch (kind) {
    case EmergencyKind::none:
      return floor::Emergency::NONE;
    case EmergencyKind::peril:
      return floor::Emergency::IN_PERIL;
    case EmergencyKind::emergency:
      return floor::Emergency::IN_EMERGENCY;
  }
  return floor::Emergency::NONE;
}

// ---- scalars ------------------------------------------------------------------------------------

std::uint32_t to_ms(Duration time) {
  const std::int64_t ms = std::chrono::duration_cast<milliseconds>(time).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(ms, 0, std::numeric_limits<std::uint32_t>::max()));
}

// Time until `when`; what is left for less than a millisecond is still left.
std::uint32_t ms_until(Timestamp when, Timestamp now) {
  if (when == kNever) return 0;
  return std::max(to_ms(when - now), 1U);
}

std::uint32_t to_wire(MemberId member) { return static_cast<std::uint32_t>(member.value); }

GrantId to_grant(const floor::GrantId& from) {
  return {.term = from.term(), .number = from.number()};
}

// ---- requests -----------------------------------------------------------------------------------

std::optional<FloorRequest> to_press(const floor::Press& from) {
  const auto tier = to_tier(from.tier());
  if (!tier) return std::nullopt;
  Press press{.req_id = from.req_id(),
              .asked = {.tier = *tier, .level = static_cast<std::uint8_t>(from.level())},
              .hands_free = from.hands_free()};
  if (from.has_first_timestamp()) press.first_timestamp = from.first_timestamp();
  return press;
}

FloorRequest to_release(const floor::Release& from) {
  Release release{.grant = to_grant(from.grant())};
  if (from.has_last_timestamp()) release.last_timestamp = from.last_timestamp();
  return release;
}

FloorRequest to_order(const floor::Order& from) {
  Order order;
  for (const std::uint32_t member : from.member_ids()) {
    if (order.count == order.members.size()) break;
    order.members[order.count++] = MemberId{member};
  }
  return order;
}

std::optional<FloorRequest> to_set_policy(const floor::SetPolicy& from) {
  const auto policy = to_policy(from.policy());
  if (!policy) return std::nullopt;
  return SetPolicy{.policy = *policy};
}

// ---- events -------------------------------------------------------------------------------------

void write_holders(const FloorScene& scene, google::protobuf::RepeatedPtrField<floor::Holder>& to) {
  if (scene.arbiter == nullptr) return;
  for (const FloorHolder& holder : scene.arbiter->holders()) {
    floor::Holder& one = *to.Add();
    one.set_member_id(to_wire(holder.member));
    write_grant(holder.grant, *one.mutable_grant());
    one.set_tier(from_tier(holder.priority.tier));
    one.set_level(holder.priority.level);
    one.set_channel(holder.channel);
    one.set_for_ms(to_ms(scene.now - holder.since));
    one.set_left_ms(ms_until(holder.limit_at, scene.now));
    one.set_is_revoking(holder.is_revoking);
  }
}

void write_queue(const FloorScene& scene, floor::Queue& to) {
  if (scene.arbiter == nullptr) return;
  for (const FloorWaiting& waiting : scene.arbiter->queue()) {
    floor::Waiting& one = *to.add_waiting();
    one.set_member_id(to_wire(waiting.member));
    one.set_tier(from_tier(waiting.priority.tier));
    one.set_level(waiting.priority.level);
    one.set_for_ms(to_ms(scene.now - waiting.since));
  }
  const auto spoken = scene.arbiter->spoken();
  for (std::size_t i = 1; i < std::min(spoken.size(), scene.delegations.size()); ++i) {
    floor::SpokenTime& one = *to.add_spoken();
    one.set_delegation(scene.delegations[i]);
    one.set_total_ms(to_ms(spoken[i]));
  }
}

void write_emergency(const FloorScene& scene, MemberId cleared_by, floor::Emergency& to) {
  if (scene.arbiter == nullptr) return;
  const FloorEmergency& emergency = scene.arbiter->emergency();
  to.set_kind(from_kind(emergency.kind));
  to.set_id(emergency.id);
  to.set_owner_member_id(to_wire(emergency.owner));
  const bool is_on = emergency.kind != EmergencyKind::none;
  if (is_on) to.set_for_ms(to_ms(scene.now - emergency.since));
  to.set_cleared_by_member_id(to_wire(cleared_by));
}

void write_rights(const FloorScene& scene, floor::Rights& to) {
  const FloorRights& rights = *scene.own_rights;
  to.set_role(from_role(rights.role));
  to.set_may_talk(rights.may_talk);
  to.set_max_tier(from_tier(rights.limit.tier));
  to.set_max_level(rights.limit.level);
  if (rights.delegation < scene.delegations.size()) {
    to.set_delegation(scene.delegations[rights.delegation]);
  }
}

void write_own_part(const FloorScene& scene, MemberId receiver, floor::State& to) {
  if (scene.own_rights == nullptr) return;
  write_rights(scene, *to.mutable_own_rights());
  if (scene.arbiter == nullptr) return;
  for (const FloorHolder& holder : scene.arbiter->holders()) {
    if (holder.member == receiver) write_grant(holder.grant, *to.mutable_own_grant());
  }
  to.set_own_req_id(scene.arbiter->pending(receiver));
  const auto queue = scene.arbiter->queue();
  const auto place = std::ranges::find(queue, receiver, &FloorWaiting::member);
  if (place != queue.end()) {
    to.set_own_position(static_cast<std::uint32_t>(place - queue.begin()) + 1);
  }
}

// One overload for each message.
class EventWriter {
 public:
  EventWriter(const FloorScene& scene, MemberId receiver, floor::Event& to)
      : scene_(scene), receiver_(receiver), to_(to) {}

  void operator()(const Granted& from) const {
    floor::Granted& granted = *to_.mutable_granted();
    granted.set_req_id(from.req_id);
    write_grant(from.grant, *granted.mutable_grant());
    granted.set_limit_ms(to_ms(from.limit));
    granted.set_tier(from_tier(from.tier));
  }
  void operator()(const Queued& from) const {
    floor::Queued& queued = *to_.mutable_queued();
    queued.set_req_id(from.req_id);
    queued.set_position(from.position);
    queued.set_size(from.size);
  }
  void operator()(const Denied& from) const {
    floor::Denied& denied = *to_.mutable_denied();
    denied.set_req_id(from.req_id);
    denied.set_cause(from_cause(from.cause));
    denied.set_retry_ms(to_ms(from.retry));
  }
  void operator()(const Revoked& from) const {
    floor::Revoked& revoked = *to_.mutable_revoked();
    write_grant(from.grant, *revoked.mutable_grant());
    revoked.set_cause(from_cause(from.cause));
    revoked.set_grace_ms(to_ms(from.grace));
    revoked.set_by_member_id(to_wire(from.by));
  }
  void operator()(const Offer& from) const {
    floor::Offer& offer = *to_.mutable_offer();
    offer.set_req_id(from.req_id);
    offer.set_press_ms(to_ms(from.press_within));
  }
  void operator()(const Warning& from) const {
    floor::Warning& warning = *to_.mutable_warning();
    write_grant(from.grant, *warning.mutable_grant());
    warning.set_left_ms(to_ms(from.left));
  }
  void operator()(const Done& from) const {
    write_grant(from.grant, *to_.mutable_done()->mutable_grant());
  }
  void operator()(const Taken&) const {
    write_holders(scene_, *to_.mutable_taken()->mutable_holders());
  }
  void operator()(const Idle&) const { to_.mutable_idle(); }
  void operator()(const EmergencyChanged& from) const {
    write_emergency(scene_, from.cleared_by, *to_.mutable_emergency());
  }
  void operator()(const QueueChanged&) const { write_queue(scene_, *to_.mutable_queue()); }
  void operator()(const Alarm& from) const {
    floor::Alarm& alarm = *to_.mutable_alarm();
    alarm.set_member_id(to_wire(from.member));
    write_grant(from.grant, *alarm.mutable_grant());
  }
  void operator()(const StateTold&) const {
    floor::State& state = *to_.mutable_state();
    write_policy(scene_.policy, *state.mutable_policy());
    state.set_is_frozen(scene_.arbiter != nullptr && scene_.arbiter->state() == FloorState::frozen);
    write_holders(scene_, *state.mutable_holders());
    write_queue(scene_, *state.mutable_queue());
    write_emergency(scene_, {}, *state.mutable_emergency());
    write_own_part(scene_, receiver_, state);
  }

 private:
  const FloorScene& scene_;
  MemberId receiver_;
  floor::Event& to_;
};

}  // namespace

std::optional<FloorPolicy> to_policy(const floor::Policy& from) {
  const auto mode = to_mode(from.mode());
  if (!mode) return std::nullopt;
  FloorPolicy policy = default_policy(*mode);
  if (*mode == FloorMode::open) policy.talkers = 0;
  if (from.has_talkers()) policy.talkers = static_cast<std::uint8_t>(from.talkers());
  if (from.has_queues()) policy.queues = from.queues();
  if (from.has_preempts_by_level()) policy.preempts_by_level = from.preempts_by_level();
  if (from.has_max_tier()) {
    const auto tier = to_tier(from.max_tier());
    if (!tier) return std::nullopt;
    policy.cap.tier = *tier;
  }
  if (from.has_max_level()) policy.cap.level = static_cast<std::uint8_t>(from.max_level());
  if (from.has_initiator()) policy.initiator = MemberId{from.initiator()};
  if (from.has_first_media_ms()) policy.first_media = milliseconds(from.first_media_ms());
  if (from.has_end_of_media_ms()) policy.end_of_media = milliseconds(from.end_of_media_ms());
  if (from.has_talk_limit_ms()) policy.talk_limit = milliseconds(from.talk_limit_ms());
  if (from.has_warning_ms()) policy.warning = milliseconds(from.warning_ms());
  if (from.has_stuck_ms()) policy.stuck = milliseconds(from.stuck_ms());
  if (from.has_grace_limit_ms()) policy.grace_limit = milliseconds(from.grace_limit_ms());
  if (from.has_grace_preempted_ms()) {
    policy.grace_preempted = milliseconds(from.grace_preempted_ms());
  }
  if (from.has_grace_emergency_ms()) {
    policy.grace_emergency = milliseconds(from.grace_emergency_ms());
  }
  if (from.has_offer_ms()) policy.offer = milliseconds(from.offer_ms());
  if (from.has_queue_age_ms()) policy.queue_age = milliseconds(from.queue_age_ms());
  if (from.has_emergency_ms()) policy.emergency = milliseconds(from.emergency_ms());
  if (from.has_emergency_hold_ms()) policy.emergency_hold = milliseconds(from.emergency_hold_ms());
  if (from.has_emergency_countdown_ms()) {
    policy.emergency_countdown = milliseconds(from.emergency_countdown_ms());
  }
  return policy;
}

void write_policy(const FloorPolicy& from, floor::Policy& to) {
  to.set_mode(from_mode(from.mode));
  if (from.talkers > 0) to.set_talkers(from.talkers);
  to.set_queues(from.queues);
  to.set_preempts_by_level(from.preempts_by_level);
  to.set_max_tier(from_tier(from.cap.tier));
  to.set_max_level(from.cap.level);
  if (!from.initiator.is_none()) to.set_initiator(to_wire(from.initiator));
  to.set_first_media_ms(to_ms(from.first_media));
  to.set_end_of_media_ms(to_ms(from.end_of_media));
  to.set_talk_limit_ms(to_ms(from.talk_limit));
  to.set_warning_ms(to_ms(from.warning));
  to.set_stuck_ms(to_ms(from.stuck));
  to.set_grace_limit_ms(to_ms(from.grace_limit));
  to.set_grace_preempted_ms(to_ms(from.grace_preempted));
  to.set_grace_emergency_ms(to_ms(from.grace_emergency));
  to.set_offer_ms(to_ms(from.offer));
  to.set_queue_age_ms(to_ms(from.queue_age));
  to.set_emergency_ms(to_ms(from.emergency));
  to.set_emergency_hold_ms(to_ms(from.emergency_hold));
  to.set_emergency_countdown_ms(to_ms(from.emergency_countdown));
}

void write_grant(const GrantId& from, floor::GrantId& to) {
  to.set_term(from.term);
  to.set_number(from.number);
}

std::optional<FloorRights> to_rights(const floor::Rights& from) {
  const auto role = to_role(from.role());
  const auto tier = to_tier(from.max_tier());
  if (!role || !tier) return std::nullopt;
  return FloorRights{
      .role = *role,
      .may_talk = from.may_talk(),
      .limit = {.tier = *tier, .level = static_cast<std::uint8_t>(from.max_level())},
  };
}

std::optional<FloorRequest> to_request(const floor::Request& from) {
  switch (from.body_case()) {
    case floor::Request::kPress:
      return to_press(from.press());
    case floor::Request::kRelease:
      return to_release(from.release());
    case floor::Request::kCancel:
      return Cancel{.req_id = from.cancel().req_id()};
    case floor::Request::kSnapshot:
      return SnapshotRequest{};
    case floor::Request::kSetEmergency:
      return SetEmergency{.id = from.set_emergency().id(),
                          .is_peril = from.set_emergency().peril()};
    case floor::Request::kClearEmergency:
      return ClearEmergency{.id = from.clear_emergency().id()};
    case floor::Request::kGive:
      return Give{.member = MemberId{from.give().member_id()}};
    case floor::Request::kCut:
      return Cut{.grant = to_grant(from.cut().grant()),
                 .grace = milliseconds(from.cut().grace_ms())};
    case floor::Request::kExtend:
      return Extend{.grant = to_grant(from.extend().grant()),
                    .by = milliseconds(from.extend().by_ms())};
    case floor::Request::kOrder:
      return to_order(from.order());
    case floor::Request::kBar:
      return Bar{.member = MemberId{from.bar().member_id()},
                 .time = milliseconds(from.bar().for_ms())};
    case floor::Request::kSetPolicy:
      return to_set_policy(from.set_policy());
    case floor::Request::BODY_NOT_SET:
      break;
  }
  return std::nullopt;
}

void write_event(const FloorScene& scene, MemberId receiver, const FloorMessage& message,
                 floor::Event& to) {
  std::visit(EventWriter(scene, receiver, to), message);
}

}  // namespace parley::sfu
