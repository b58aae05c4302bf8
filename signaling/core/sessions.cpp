// Sessions outlive connections and the process: loading, attaching, expiry.
#include "signaling/core/state.hpp"

namespace parley::signaling {

Result<void> SignalingCore::State::load(Now now) {
  Result<std::vector<RoomRecord>> stored_rooms = store.rooms();
  if (!stored_rooms) return std::unexpected(stored_rooms.error());
  for (RoomRecord& room : *stored_rooms) {
    rooms.emplace(room.id, Room(room.id, std::move(room.name), std::move(room.policy)));
  }
  Result<std::vector<SessionRecord>> stored_sessions = store.sessions();
  if (!stored_sessions) return std::unexpected(stored_sessions.error());
  for (SessionRecord& record : *stored_sessions) load_session(std::move(record), now);
  return {};
}

// A stored transport counts as alive until the node has said what it still holds: its media goes on
// while this process is away, and nobody must see these people vanish.
void SignalingCore::State::load_session(SessionRecord record, Now now) {
  if (record.rooms.empty()) return;  // it could do nothing
  const SessionId id = record.id;
  const PeerId peer = record.peer;
  Session& session = sessions
                         .emplace(id, Session{.record = std::move(record),
                                              .connection = {},
                                              .presence = Presence(now.mono),
                                              .transport = NoTransport{}})
                         .first->second;
  if (!peer.is_none()) {
    session.transport = HeldTransport{.peer = peer,
                                      .id = TransportId{session.record.transport_id},
                                      .media = MediaState::connected};
    session.presence.on_media_alive();
    peers.emplace(peer, id);
  }
  for (MembershipRecord& membership : session.record.rooms) load_membership(session, membership);
  watch_presence(session);
}

void SignalingCore::State::load_membership(Session& session, MembershipRecord& membership) {
  if (!membership.joined) return;
  Room* room = find_or_load_room(membership.room);
  // The limit may have been lowered since.
  membership.joined = room != nullptr && add_member(*room, session, membership).has_value();
  if (membership.joined) ++counters.members;
}

Room* SignalingCore::State::find_or_load_room(RoomId id) {
  const auto found = rooms.find(id);
  if (found != rooms.end()) return &found->second;
  // Rooms are also made by the command line, while this process runs.
  Result<RoomRecord> record = store.find_room(id);
  if (!record) return nullptr;
  return &rooms.emplace(id, Room(id, std::move(record->name), std::move(record->policy)))
              .first->second;
}

void SignalingCore::State::attach(Session& session, ConnectionId connection, Turn& turn) {
  if (!session.connection.is_none()) {
    refuse_fatally(Asker{.connection = session.connection}, api::Error::SESSION_REPLACED,
                   "This session was resumed elsewhere.", CloseCode::normal, turn);
  }
  find_connection(connection)->stage = SignedIn{.session = session.record.id};
  connection_deadlines.set(connection, turn.now.mono + config.idle_limit);
  session.connection = connection;
  session.presence.on_signaling_up();
  watch_presence(session);
  send_signaling_state(session, turn);
}

void SignalingCore::State::detach(Session& session, Turn& turn) {
  session.connection = ConnectionId{};
  session.presence.on_signaling_lost(turn.now.mono);
  // The answer to a Connect would reach nobody.
  if (std::holds_alternative<RequestedTransport>(session.transport)) drop_transport(session, turn);
  send_signaling_state(session, turn);
  extend(session, turn);
  watch_presence(session);
}

// The window in which a session can be resumed begins when its last sign of life ends. A write that
// fails is made up for by the next one.
void SignalingCore::State::extend(Session& session, Turn& turn) {
  const WallTime expires = turn.now.wall + config.resume_window;
  if (store.set_expires(session.record.id, expires)) session.record.expires = expires;
}

bool SignalingCore::State::is_expired(const Session& session, Now now) const {
  return session.connection.is_none() && session.record.expires <= now.wall;
}

void SignalingCore::State::remove_session(Session& session, Turn& turn) {
  const SessionId id = session.record.id;
  leave_all_rooms(session, api::MemberLeft::LOST, turn);
  drop_transport(session, turn);
  presence_deadlines.cancel(id);
  // If this fails, the session is loaded at the next start and, being expired, removed again.
  (void)store.remove_session(id);
  sessions.erase(id);
}

void SignalingCore::State::sweep(Turn& turn) {
  sweep_at = turn.now.mono + kSweepInterval;
  // What could not be deleted now is deleted by a later sweep.
  (void)store.forget_expired_invitations(turn.now.wall);
  std::size_t writes = 0;
  for (auto next = sessions.begin(); next != sessions.end() && writes < kMaxSweepWrites;) {
    Session& session = (next++)->second;
    const bool is_alive = !session.connection.is_none() || session.presence.has_media();
    const auto left = session.record.expires - turn.now.wall;
    if (is_alive && left < Duration(config.resume_window) * 3 / 4) {
      extend(session, turn);
      ++writes;
    } else if (!is_alive && is_expired(session, turn.now)) {
      remove_session(session, turn);
      ++writes;
    }
  }
}

SessionId SignalingCore::State::new_session_id() {
  SessionId id;
  do {
    id = SessionId{random.next_u64()};
  } while (id.is_none() || sessions.contains(id));
  return id;
}

}  // namespace parley::signaling
