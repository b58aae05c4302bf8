// Who is in a room, and what the others are told of it.
#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {
namespace {

constexpr std::uint32_t kMaxSlots = 20;  // Connect.slots in client.proto

api::Error::Code code_of_closed_room(ErrorCode code) {
  if (code == ErrorCode::expired) return api::Error::ROOM_CLOSED;
  if (code == ErrorCode::failed_precondition) return api::Error::ROOM_LOCKED;
  return api::Error::ROOM_UNKNOWN;
}

bool is_media_connected(const Session& session) {
  const auto* held = std::get_if<HeldTransport>(&session.transport);
  return held != nullptr && held->media != MediaState::connecting;
}

}  // namespace

Result<void> SignalingCore::State::add_member(Room& room, const Session& session,
                                              const Place& place) {
  return room.join({.id = place.stay.member,
                    .device = session.device,
                    .user = session.user,
                    .name = session.display_name,
                    .device_label = session.device_label,
                    .muted = session.record.muted,
                    .media_connected = is_media_connected(session),
                    .role = place.rights.role,
                    .delegation = session.delegation,
                    .hand_raised = place.stay.hand_raised},
                   config.max_room_members);
}

void SignalingCore::State::join(Asker asker, const api::Join& join, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  Place* place = session->find(RoomId{join.room_id()});
  if (place == nullptr) {
    return refuse_join(asker, *session, api::Error::ROOM_UNKNOWN, kNoSuchRoom, turn);
  }
  if (join.first_slot() + join.slots() > kMaxSlots) {
    return refuse(asker, api::Error::LIMIT_EXCEEDED, "join.slots: no transport has so many", turn);
  }
  if (!place->stay.is_inside && !may_enter(asker, *session, place->stay.room, turn)) return;
  Stay wanted = place->stay;
  wanted.is_inside = true;
  wanted.first_slot = join.first_slot();
  wanted.slots = join.slots();
  if (wanted != place->stay) {
    if (!take_place(*session, *place, wanted, turn)) {
      return refuse(asker, api::Error::STORE_UNAVAILABLE, kStoreTrouble, turn);
    }
    send_join_room(*session, *place, turn);
    if (session->record.talk_room.is_none() && place->may_talk_now()) {
      move_talk_room(*session, place->stay.room, turn);
    }
  }
  api::ServerMessage message =
      joined_message(rooms.at(place->stay.room), *place, session->delegation);
  answer(asker, message, turn);
  ask_for_snapshot(*session, *place, turn);
}

// Whether it may be inside, now; the asker is told why not.
bool SignalingCore::State::may_enter(Asker asker, Session& session, RoomId id, Turn& turn) {
  if (!session.join_rate.take(turn.now.mono)) {
    refuse_join(asker, session, api::Error::RATE_LIMITED, "Too many joins; slow down.", turn);
    return false;
  }
  if (const auto allowed = directory.may_enter(session.user, id, turn.now.wall); !allowed) {
    refuse_join(asker, session, code_of_closed_room(allowed.error().code), allowed.error().message,
                turn);
    return false;
  }
  const std::uint32_t cap = directory.find(id)->cap;
  const std::size_t most =
      cap == 0 ? config.max_room_members : std::min(cap, config.max_room_members);
  if (room_of(id).members().size() < most) return true;
  refuse_join(asker, session, api::Error::ROOM_FULL, "This room is full.", turn);
  return false;
}

void SignalingCore::State::refuse_join(Asker asker, const Session& session, api::Error::Code code,
                                       std::string_view why, Turn& turn) {
  count_refusal(EventKind::join_refused, code, session.device);
  refuse(asker, code, why, turn);
}

// Stored first: whoever is shown to the others is in the audit trail.
bool SignalingCore::State::take_place(Session& session, Place& place, Stay wanted, Turn& turn) {
  const bool is_new = !place.stay.is_inside;
  Draft draft;
  if (wanted.member.is_none()) {
    const auto number = directory.next_member(wanted.room, draft);
    if (!number) return false;
    wanted.member = *number;
  }
  directory.put(wanted, draft);
  if (is_new) {
    directory.record({.kind = EventKind::joined,
                      .user = session.user,
                      .device = session.device,
                      .room = wanted.room,
                      .code = static_cast<std::uint32_t>(place.rights.role)},
                     Actor{.device = session.device, .now = turn.now.wall}, draft);
  }
  if (!keep_lazily(draft)) return false;
  place.stay = wanted;
  if (is_new) enter_room(session, place, room_of(wanted.room), turn);
  return true;
}

void SignalingCore::State::enter_room(Session& session, Place& place, Room& room, Turn& turn) {
  if (room.members().empty()) review_room(room);
  const Result<void> entered = add_member(room, session, place);
  PARLEY_CHECK(entered.has_value());  // the caller has looked
  ++counters.members;
  const Member& member = *room.find(place.stay.member);
  broadcast(room, member_joined_message(room, member), session.device, turn);
  watch_presence(session);
}

void SignalingCore::State::leave(Asker asker, const api::Leave& leave, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  Place* place = joined_room(asker, *session, RoomId{leave.room_id()}, turn);
  if (place == nullptr) return;
  leave_room(*session, *place, api::MemberLeft::LEFT, turn);
  api::ServerMessage message;
  message.mutable_left()->set_room_id(leave.room_id());
  answer(asker, message, turn);
}

void SignalingCore::State::leave_room(Session& session, Place& place,
                                      api::MemberLeft::Reason reason, Turn& turn) {
  if (!place.stay.is_inside) return;
  Room& room = rooms.at(place.stay.room);
  const bool was_heard = std::ranges::count(room.talkers(), place.stay.member) > 0;
  room.leave(place.stay.member);
  place.stay.is_inside = false;
  place.stay.hand_raised = false;
  --counters.members;
  keep_departure(session, place.stay, reason, turn);
  if (const PeerId peer = session.held_peer(); !peer.is_none()) {
    send_leave_room(peer, room.id(), reason == api::MemberLeft::REMOVED, turn);
  }
  if (session.record.talk_room == room.id()) leave_talk_room(session);
  const api::ServerMessage left = member_left_message(room, place.stay.member, reason);
  broadcast(room, left, session.device, turn);
  if (reason == api::MemberLeft::REMOVED) notify(session, left.SerializeAsString(), turn);
  if (was_heard) broadcast(room, talkers_message(room), DeviceId{}, turn);
  watch_presence(session);
}

void SignalingCore::State::keep_departure(const Session& session, const Stay& stay,
                                          api::MemberLeft::Reason reason, Turn& turn) {
  Draft draft;
  if (directory.find(stay.room) != nullptr && directory.find(stay.device) != nullptr) {
    directory.put(stay, draft);
  }
  const bool is_expelled = reason == api::MemberLeft::REMOVED;
  directory.record({.kind = is_expelled ? EventKind::expelled : EventKind::left,
                    .user = session.user,
                    .device = session.device,
                    .room = stay.room,
                    .code = static_cast<std::uint32_t>(reason)},
                   Actor{.device = is_expelled ? DeviceId{} : session.device, .now = turn.now.wall},
                   draft);
  // If this fails and the process dies, the member is shown again until its presence runs out.
  (void)keep_lazily(draft);
}

void SignalingCore::State::leave_all_rooms(Session& session, api::MemberLeft::Reason reason,
                                           Turn& turn) {
  for (Place& place : session.places) {
    leave_room(session, place, reason, turn);
  }
}

void SignalingCore::State::set_muted(Asker asker, const api::SetMuted& set_muted, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  if (!session->is_in_a_room()) {
    return refuse(asker, api::Error::NOT_A_MEMBER, "Join a room first.", turn);
  }
  session->record.muted = set_muted.muted();
  keep_session(*session);
  for (const Place& place : session->places) {
    if (!place.stay.is_inside) continue;
    rooms.at(place.stay.room).find(place.stay.member)->muted = set_muted.muted();
    show_member(asker, *session, place, turn);
    asker.request_id = 0;  // one of them is the answer
  }
}

void SignalingCore::State::set_hand(Asker asker, const api::SetHand& set_hand, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  Place* place = joined_room(asker, *session, RoomId{set_hand.room_id()}, turn);
  if (place == nullptr) return;
  place->stay.hand_raised = set_hand.raised();
  keep_stay(place->stay);
  rooms.at(place->stay.room).find(place->stay.member)->hand_raised = set_hand.raised();
  show_member(asker, *session, *place, turn);
}

void SignalingCore::State::show_member(Asker asker, const Session& session, const Place& place,
                                       Turn& turn) {
  Room& room = rooms.at(place.stay.room);
  api::ServerMessage message = member_changed_message(room, *room.find(place.stay.member));
  broadcast(room, message, session.device, turn);
  answer(asker, message, turn);
}

void SignalingCore::State::show_media(Session& session, Turn& turn) {
  const bool is_connected = is_media_connected(session);
  for (const Place& place : session.places) {
    if (!place.stay.is_inside) continue;
    Room& room = rooms.at(place.stay.room);
    Member& member = *room.find(place.stay.member);
    if (std::exchange(member.media_connected, is_connected) == is_connected) continue;
    broadcast(room, member_changed_message(room, member), DeviceId{}, turn);
  }
}

void SignalingCore::State::set_talkers(Room& room, std::vector<MemberId> channels, Turn& turn) {
  if (room.set_talkers(std::move(channels))) {
    broadcast(room, talkers_message(room), DeviceId{}, turn);
  }
}

void SignalingCore::State::broadcast(const Room& room, const api::ServerMessage& message,
                                     DeviceId except, Turn& turn) {
  const std::string frame = message.SerializeAsString();
  for (const auto& [id, member] : room.members()) {
    if (member.device != except) notify(*find_session(member.device), frame, turn);
  }
}

void SignalingCore::State::watch_presence(const Session& session) {
  presence_deadlines.set(session.device, session.presence.gone_at(config.presence_grace));
}

void SignalingCore::State::on_presence_deadline(DeviceId id, Turn& turn) {
  Session* session = find_session(id);
  if (session == nullptr) return;
  leave_all_rooms(*session, api::MemberLeft::LOST, turn);
  drop_transport(*session, turn);
  release(id);
}

}  // namespace parley::signaling
