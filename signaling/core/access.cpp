// Access is looked at again whenever something changes, when somebody's time begins or ends, and
// every minute: a session never keeps what its user no longer has.
#include <algorithm>
#include <set>

#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {
namespace {

// Changes whose events do not name every user who is concerned.
bool concerns_everybody(const Event& event) {
  switch (event.kind) {
    case EventKind::user_removed:
    case EventKind::room_changed:
    case EventKind::room_removed:
    case EventKind::policy_changed:
    case EventKind::imported:
      return true;
    default:  // kinds that name the user, or concern nobody who is here
      return false;
  }
}

}  // namespace

void SignalingCore::State::review_all(Turn& turn) {
  for (auto& [id, room] : rooms) review_room(room);
  for (const DeviceId id : session_ids()) {
    if (Session* const session = find_session(id)) review(*session, turn);
  }
  // A room that is gone is forgotten once nobody is in it any more.
  std::erase_if(rooms, [this](const auto& entry) {
    return directory.find(entry.first) == nullptr && entry.second.members().empty();
  });
  watch_access(turn.now);
}

void SignalingCore::State::review_after(const std::vector<Event>& events, Turn& turn) {
  if (std::ranges::any_of(events, concerns_everybody)) return review_all(turn);
  std::set<UserId> users;
  for (const Event& event : events) users.insert(event.user);
  for (const UserId user : users) {
    for (const DeviceId id : directory.devices_of(user)) {
      if (Session* const session = find_session(id)) review(*session, turn);
    }
  }
  if (!events.empty()) watch_access(turn.now);
}

void SignalingCore::State::watch_access(Now now) {
  const auto next = directory.next_change(now.wall);
  access_at = next ? now.mono + (*next - now.wall) : kNever;
}

// The rules of a floor with people in it change through the floor; those of an empty room at once.
void SignalingCore::State::review_room(Room& room) {
  const RoomRecord* const record = directory.find(room.id());
  if (record == nullptr) return;
  room.set_name(record->name);
  if (room.members().empty()) room.set_policy(record->policy);
}

void SignalingCore::State::review(Session& session, Turn& turn) {
  if (const auto allowed = directory.may_sign_in(session.device, turn.now.wall); !allowed) {
    return end_session(session, code_of_no_access(session.device), allowed.error().message, turn);
  }
  refresh_user(session, turn);
  refresh_places(session, turn);
}

api::Error::Code SignalingCore::State::code_of_no_access(DeviceId id) const {
  const Device* const device = directory.find(id);
  const bool is_active = device != nullptr && device->state == DeviceState::active;
  return is_active ? api::Error::ACCESS_ENDED : api::Error::DEVICE_UNKNOWN;
}

// Out of every room, off the node, and off the line, in this order and at once.
void SignalingCore::State::end_session(Session& session, api::Error::Code code,
                                       std::string_view why, Turn& turn) {
  ++counters.revoked;
  const DeviceId id = session.device;
  leave_all_rooms(session, api::MemberLeft::REMOVED, turn);
  drop_transport(session, turn);
  if (const ConnectionId connection = session.connection; !connection.is_none()) {
    refuse_fatally(Asker{.connection = connection}, code, why, CloseCode::policy, turn);
  }
  release(id);
}

void SignalingCore::State::refresh_user(Session& session, Turn& turn) {
  const User& user = *directory.find(session.user);
  if (session.display_name == user.name && session.delegation == user.delegation) return;
  session.display_name = user.name;
  session.delegation = user.delegation;
  for (const Place& place : session.places) {
    if (!place.stay.is_inside) continue;
    Room& room = rooms.at(place.stay.room);
    Member& member = *room.find(place.stay.member);
    member.name = user.name;
    member.delegation = user.delegation;
    send_join_room(session, place, turn);
    broadcast(room, member_changed_message(room, member), DeviceId{}, turn);
  }
}

void SignalingCore::State::refresh_places(Session& session, Turn& turn) {
  std::vector<Place> now_places;
  for (const MembershipRecord& membership : directory.memberships_of(session.user)) {
    if (!membership.validity.contains(turn.now.wall)) continue;
    Place* const before = session.find(membership.room);
    if (before != nullptr && before->stay.is_inside &&
        !directory.may_stay(session.user, membership.room, turn.now.wall)) {
      leave_room(session, *before, api::MemberLeft::REMOVED, turn);
    }
    if (before != nullptr) refresh_rights(session, *before, membership.rights, turn);
    now_places.push_back(before != nullptr ? *before : new_place(session.device, membership));
  }
  for (Place& place : session.places) {
    const bool is_kept = std::ranges::any_of(
        now_places, [&](const Place& kept) { return kept.stay.room == place.stay.room; });
    if (!is_kept) leave_room(session, place, api::MemberLeft::REMOVED, turn);
  }
  session.places = std::move(now_places);
  tell_rooms(session, turn);
}

void SignalingCore::State::refresh_rights(Session& session, Place& place,
                                          const MemberRights& rights, Turn& turn) {
  if (place.rights == rights) return;
  place.rights = rights;
  if (!place.stay.is_inside) return;
  Room& room = rooms.at(place.stay.room);
  Member& member = *room.find(place.stay.member);
  member.role = rights.role;
  if (!rights.may_talk && session.record.talk_room == room.id()) leave_talk_room(session);
  send_join_room(session, place, turn);
  broadcast(room, member_changed_message(room, member), DeviceId{}, turn);
}

// The client is told when its list of rooms has become another one.
void SignalingCore::State::tell_rooms(Session& session, Turn& turn) {
  api::ServerMessage message;
  write_rooms(session, *message.mutable_rooms_changed()->mutable_rooms());
  const std::string frame = message.SerializeAsString();
  if (std::exchange(session.rooms_told, frame) != frame) notify(session, frame, turn);
}

}  // namespace parley::signaling
