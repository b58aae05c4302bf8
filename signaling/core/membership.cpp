// Who is in a room, and what the others are told of it.
#include <algorithm>

#include "base/check.hpp"
#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {
namespace {

constexpr std::string_view kNoSuchRoom = "This session has no such room.";

bool is_media_connected(const Session& session) {
  const auto* held = std::get_if<HeldTransport>(&session.transport);
  return held != nullptr && held->media != MediaState::connecting;
}

}  // namespace

void SignalingCore::State::join(Asker asker, const api::Join& join, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  const RoomId id{join.room_id()};
  Room* room = id == session->record.room ? find_or_load_room(id) : nullptr;
  if (room == nullptr) return refuse(asker, api::Error::ROOM_UNKNOWN, kNoSuchRoom, turn);
  if (!session->record.joined) {
    if (room->members().size() >= config.max_room_members) {
      return refuse(asker, api::Error::ROOM_FULL, "This room is full.", turn);
    }
    if (!store.set_joined(session->record.id, true)) {
      return refuse(asker, api::Error::INTERNAL, "The server could not save this; try again.",
                    turn);
    }
    enter_room(*session, *room, turn);
  }
  api::ServerMessage message = joined_message(*room, session->record.member);
  answer(asker, message, turn);
}

void SignalingCore::State::enter_room(Session& session, Room& room, Turn& turn) {
  const Result<void> entered = room.join({.id = session.record.member,
                                          .session = session.record.id,
                                          .name = session.record.display_name,
                                          .muted = session.record.muted,
                                          .media_connected = is_media_connected(session)},
                                         config.max_room_members);
  PARLEY_CHECK(entered.has_value());  // the caller has looked
  session.record.joined = true;
  ++counters.members;
  const Member& member = *room.find(session.record.member);
  broadcast(room, member_joined_message(room, member), session.record.id, turn);
  if (const auto* held = std::get_if<HeldTransport>(&session.transport)) {
    send_join_room(held->peer, room.id(), turn);
  }
  watch_presence(session);
}

void SignalingCore::State::leave(Asker asker, const api::Leave& leave, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  if (RoomId{leave.room_id()} != session->record.room) {
    return refuse(asker, api::Error::ROOM_UNKNOWN, kNoSuchRoom, turn);
  }
  if (!session->record.joined) {
    return refuse(asker, api::Error::NOT_A_MEMBER, "Not in this room.", turn);
  }
  leave_room(*session, api::MemberLeft::LEFT, turn);
  api::ServerMessage message;
  message.mutable_left()->set_room_id(leave.room_id());
  answer(asker, message, turn);
}

void SignalingCore::State::leave_room(Session& session, api::MemberLeft::Reason reason,
                                      Turn& turn) {
  if (!session.record.joined) return;
  Room& room = rooms.at(session.record.room);
  const MemberId member = session.record.member;
  const bool was_heard = std::ranges::count(room.talkers(), member) > 0;
  room.leave(member);
  session.record.joined = false;
  --counters.members;
  // If this fails and the process dies, the member is shown again until its presence runs out.
  (void)store.set_joined(session.record.id, false);
  if (const auto* held = std::get_if<HeldTransport>(&session.transport)) {
    send_leave_room(held->peer, room.id(), turn);
  }
  broadcast(room, member_left_message(room, member, reason), session.record.id, turn);
  if (was_heard) broadcast(room, talkers_message(room), SessionId{}, turn);
  watch_presence(session);
}

void SignalingCore::State::set_muted(Asker asker, const api::SetMuted& set_muted, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  if (!session->record.joined) {
    return refuse(asker, api::Error::NOT_A_MEMBER, "Join a room first.", turn);
  }
  session->record.muted = set_muted.muted();
  // If this fails, a restart shows the older state until the client says it again.
  (void)store.set_muted(session->record.id, set_muted.muted());
  Room& room = rooms.at(session->record.room);
  Member& member = *room.find(session->record.member);
  member.muted = set_muted.muted();
  api::ServerMessage message = member_changed_message(room, member);
  broadcast(room, message, session->record.id, turn);
  answer(asker, message, turn);
}

void SignalingCore::State::show_media(Session& session, Turn& turn) {
  if (!session.record.joined) return;
  Room& room = rooms.at(session.record.room);
  Member& member = *room.find(session.record.member);
  const bool is_connected = is_media_connected(session);
  if (member.media_connected == is_connected) return;
  member.media_connected = is_connected;
  broadcast(room, member_changed_message(room, member), SessionId{}, turn);
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
      session.record.joined ? session.presence.gone_at(config.presence_grace) : kNever;
  presence_deadlines.set(session.record.id, gone_at);
}

void SignalingCore::State::on_presence_deadline(SessionId id, Turn& turn) {
  Session* session = find_session(id);
  if (session == nullptr) return;
  leave_room(*session, api::MemberLeft::LOST, turn);
  drop_transport(*session, turn);
}

}  // namespace parley::signaling
