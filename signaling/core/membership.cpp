// Who is in a room, and what the others are told of it.
#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {
namespace {

constexpr std::string_view kStoreTrouble = "The server could not save this; try again.";
constexpr std::uint32_t kMaxSlots = 20;  // Connect.slots in client.proto

bool is_media_connected(const Session& session) {
  const auto* held = std::get_if<HeldTransport>(&session.transport);
  return held != nullptr && held->media != MediaState::connecting;
}

}  // namespace

Result<void> SignalingCore::State::add_member(Room& room, const Session& session,
                                              const MembershipRecord& membership) {
  return room.join({.id = membership.member,
                    .session = session.record.id,
                    .name = session.record.display_name,
                    .muted = session.record.muted,
                    .media_connected = is_media_connected(session),
                    .role = membership.rights.role,
                    .delegation = session.record.delegation,
                    .hand_raised = membership.hand_raised},
                   config.max_room_members);
}

void SignalingCore::State::join(Asker asker, const api::Join& join, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  MembershipRecord* membership = session->record.find(RoomId{join.room_id()});
  Room* room = membership == nullptr ? nullptr : find_or_load_room(membership->room);
  if (room == nullptr) return refuse(asker, api::Error::ROOM_UNKNOWN, kNoSuchRoom, turn);
  if (join.first_slot() + join.slots() > kMaxSlots) {
    return refuse(asker, api::Error::LIMIT_EXCEEDED, "join.slots: no transport has so many", turn);
  }
  if (!membership->joined && room->members().size() >= config.max_room_members) {
    return refuse(asker, api::Error::ROOM_FULL, "This room is full.", turn);
  }
  MembershipRecord wanted = *membership;
  wanted.joined = true;
  wanted.first_slot = join.first_slot();
  wanted.slots = join.slots();
  if (wanted != *membership) {
    if (!store.set_membership(session->record.id, wanted)) {
      return refuse(asker, api::Error::INTERNAL, kStoreTrouble, turn);
    }
    const bool is_new = !std::exchange(*membership, wanted).joined;
    if (is_new) enter_room(*session, *membership, *room, turn);
    send_join_room(*session, *membership, turn);
    if (session->record.talk_room.is_none() && membership->may_talk_now()) {
      move_talk_room(*session, room->id(), turn);
    }
  }
  api::ServerMessage message = joined_message(*room, *membership, session->record.delegation);
  answer(asker, message, turn);
  ask_for_snapshot(*session, *membership, turn);
}

void SignalingCore::State::enter_room(Session& session, MembershipRecord& membership, Room& room,
                                      Turn& turn) {
  if (room.members().empty()) reread_policy(room);
  const Result<void> entered = add_member(room, session, membership);
  PARLEY_CHECK(entered.has_value());  // the caller has looked
  ++counters.members;
  const Member& member = *room.find(membership.member);
  broadcast(room, member_joined_message(room, member), session.record.id, turn);
  watch_presence(session);
}

void SignalingCore::State::leave(Asker asker, const api::Leave& leave, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  MembershipRecord* membership = joined_room(asker, *session, RoomId{leave.room_id()}, turn);
  if (membership == nullptr) return;
  leave_room(*session, *membership, api::MemberLeft::LEFT, turn);
  api::ServerMessage message;
  message.mutable_left()->set_room_id(leave.room_id());
  answer(asker, message, turn);
}

void SignalingCore::State::leave_room(Session& session, MembershipRecord& membership,
                                      api::MemberLeft::Reason reason, Turn& turn) {
  if (!membership.joined) return;
  Room& room = rooms.at(membership.room);
  const bool was_heard = std::ranges::count(room.talkers(), membership.member) > 0;
  room.leave(membership.member);
  membership.joined = false;
  membership.hand_raised = false;
  --counters.members;
  // If this fails and the process dies, the member is shown again until its presence runs out.
  (void)store.set_membership(session.record.id, membership);
  if (const PeerId peer = session.held_peer(); !peer.is_none()) {
    send_leave_room(peer, room.id(), reason == api::MemberLeft::REMOVED, turn);
  }
  if (session.record.talk_room == room.id()) leave_talk_room(session);
  broadcast(room, member_left_message(room, membership.member, reason), session.record.id, turn);
  if (was_heard) broadcast(room, talkers_message(room), SessionId{}, turn);
  watch_presence(session);
}

void SignalingCore::State::leave_all_rooms(Session& session, api::MemberLeft::Reason reason,
                                           Turn& turn) {
  for (MembershipRecord& membership : session.record.rooms) {
    leave_room(session, membership, reason, turn);
  }
}

void SignalingCore::State::set_muted(Asker asker, const api::SetMuted& set_muted, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  if (!session->record.is_in_a_room()) {
    return refuse(asker, api::Error::NOT_A_MEMBER, "Join a room first.", turn);
  }
  session->record.muted = set_muted.muted();
  // If this fails, a restart shows the older state until the client says it again.
  (void)store.set_muted(session->record.id, set_muted.muted());
  for (const MembershipRecord& membership : session->record.rooms) {
    if (!membership.joined) continue;
    rooms.at(membership.room).find(membership.member)->muted = set_muted.muted();
    show_member(asker, *session, membership, turn);
    asker.request_id = 0;  // one of them is the answer
  }
}

void SignalingCore::State::set_hand(Asker asker, const api::SetHand& set_hand, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  MembershipRecord* membership = joined_room(asker, *session, RoomId{set_hand.room_id()}, turn);
  if (membership == nullptr) return;
  membership->hand_raised = set_hand.raised();
  // If this fails, a restart lowers or raises it until the client says it again.
  (void)store.set_membership(session->record.id, *membership);
  rooms.at(membership->room).find(membership->member)->hand_raised = set_hand.raised();
  show_member(asker, *session, *membership, turn);
}

void SignalingCore::State::show_member(Asker asker, const Session& session,
                                       const MembershipRecord& membership, Turn& turn) {
  Room& room = rooms.at(membership.room);
  api::ServerMessage message = member_changed_message(room, *room.find(membership.member));
  broadcast(room, message, session.record.id, turn);
  answer(asker, message, turn);
}

void SignalingCore::State::show_media(Session& session, Turn& turn) {
  const bool is_connected = is_media_connected(session);
  for (const MembershipRecord& membership : session.record.rooms) {
    if (!membership.joined) continue;
    Room& room = rooms.at(membership.room);
    Member& member = *room.find(membership.member);
    if (std::exchange(member.media_connected, is_connected) == is_connected) continue;
    broadcast(room, member_changed_message(room, member), SessionId{}, turn);
  }
}

void SignalingCore::State::set_talkers(Room& room, std::vector<MemberId> channels, Turn& turn) {
  if (room.set_talkers(std::move(channels))) {
    broadcast(room, talkers_message(room), SessionId{}, turn);
  }
}

void SignalingCore::State::broadcast(const Room& room, const api::ServerMessage& message,
                                     SessionId except, Turn& turn) {
  const std::string frame = message.SerializeAsString();
  for (const auto& [id, member] : room.members()) {
    if (member.session != except) notify(*find_session(member.session), frame, turn);
  }
}

void SignalingCore::State::watch_presence(const Session& session) {
  const Timestamp gone_at =
      session.record.is_in_a_room() ? session.presence.gone_at(config.presence_grace) : kNever;
  presence_deadlines.set(session.record.id, gone_at);
}

void SignalingCore::State::on_presence_deadline(SessionId id, Turn& turn) {
  Session* session = find_session(id);
  if (session == nullptr) return;
  leave_all_rooms(*session, api::MemberLeft::LOST, turn);
  drop_transport(*session, turn);
}

}  // namespace parley::signaling
