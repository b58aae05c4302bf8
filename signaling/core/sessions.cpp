// Sessions outlive connections and the process: loading, attaching, expiry.
#include "base/check.hpp"
#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {

// A stored transport counts as alive until the node has said what it still holds: its media goes on
// while this process is away, and nobody must see these people vanish.
void SignalingCore::State::load_session(const SessionRecord& record, Now now) {
  if (!directory.may_sign_in(record.device, now.wall)) return;
  Session& session = open_session(record.device, now);
  if (!record.peer.is_none()) {
    session.record.peer = record.peer;
    session.transport = HeldTransport{.peer = record.peer,
                                      .id = TransportId{record.transport_id},
                                      .media = MediaState::connected};
    session.presence.on_media_alive();
    peers.emplace(record.peer, record.device);
  }
  for (Place& place : session.places) {
    const Stay* const before = directory.find_stay(session.device, place.stay.room);
    if (before == nullptr || !before->is_inside) continue;
    // The limit may have been lowered since, or the room closed.
    const auto allowed = directory.may_stay(session.user, place.stay.room, now.wall);
    place.stay.is_inside =
        allowed && add_member(room_of(place.stay.room), session, place).has_value();
    if (place.stay.is_inside) ++counters.members;
  }
  watch_presence(session);
}

// The one of the device; without a transport where it is new.
Session& SignalingCore::State::open_session(DeviceId id, Now now) {
  if (Session* const session = find_session(id)) return *session;
  const Device& device = *directory.find(id);
  const User& user = *directory.find(device.user);
  const auto stored = directory.sessions().find(id);
  SessionRecord record =
      stored == directory.sessions().end() ? SessionRecord{.device = id} : stored->second;
  record.peer = {};
  Session& session =
      sessions
          .emplace(id, Session{.device = id,
                               .user = user.id,
                               .display_name = user.name,
                               .delegation = user.delegation,
                               .device_label = device.label,
                               .record = record,
                               .presence = Presence(now.mono),
                               .transport = NoTransport{},
                               .login_rate = TokenBucket(kLoginsPerSecond, kLoginBurst, now.mono),
                               .join_rate = TokenBucket(kJoinsPerSecond, kJoinBurst, now.mono)})
          .first->second;
  for (const MembershipRecord& membership : directory.memberships_of(user.id)) {
    if (membership.validity.contains(now.wall)) {
      session.places.push_back(new_place(id, membership));
    }
  }
  api::ServerMessage message;
  write_rooms(session, *message.mutable_rooms_changed()->mutable_rooms());
  session.rooms_told = message.SerializeAsString();
  return session;
}

Place SignalingCore::State::new_place(DeviceId device, const MembershipRecord& membership) const {
  Place place{.stay = {.device = device, .room = membership.room}, .rights = membership.rights};
  if (const Stay* const before = directory.find_stay(device, membership.room)) {
    place.stay = *before;
    place.stay.is_inside = false;  // until it enters: here and now nobody sees it there
  }
  return place;
}

void SignalingCore::State::write_rooms(
    const Session& session, google::protobuf::RepeatedPtrField<api::RoomInfo>& out) const {
  for (const Place& place : session.places) {
    const RoomRecord* const room = directory.find(place.stay.room);
    if (room == nullptr) continue;
    api::RoomInfo& info = *out.Add();
    info.set_room_id(room->id.value);
    info.set_name(room->name);
  }
}

// As people see it now; made when somebody first needs it.
Room& SignalingCore::State::room_of(RoomId id) {
  const auto found = rooms.find(id);
  if (found != rooms.end()) return found->second;
  const RoomRecord* const record = directory.find(id);
  PARLEY_CHECK(record != nullptr);  // a place is only in a room that exists
  return rooms.emplace(id, Room(id, record->name, record->policy)).first->second;
}

void SignalingCore::State::attach(Session& session, ConnectionId connection, Turn& turn) {
  if (!session.connection.is_none()) {
    refuse_fatally(Asker{.connection = session.connection}, api::Error::SESSION_REPLACED,
                   "This device has signed in elsewhere.", CloseCode::normal, turn);
  }
  find_connection(connection)->stage = SignedIn{.device = session.device};
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
  watch_presence(session);
}

void SignalingCore::State::release(DeviceId id) {
  const Session* const session = find_session(id);
  const bool is_held = session == nullptr || !session->connection.is_none() ||
                       session->is_in_a_room() ||
                       !std::holds_alternative<NoTransport>(session->transport);
  if (is_held) return;
  presence_deadlines.cancel(id);
  sessions.erase(id);
}

std::vector<DeviceId> SignalingCore::State::session_ids() const {
  std::vector<DeviceId> ids;
  ids.reserve(sessions.size());
  for (const auto& [id, session] : sessions) ids.push_back(id);
  return ids;
}

void SignalingCore::State::sweep(Turn& turn) {
  sweep_at = turn.now.mono + kSweepInterval;
  Draft draft;
  directory.forget_over_guests(turn.now.wall, draft);
  (void)keep_lazily(draft);  // the next sweep tries again
  review_all(turn);
  renew_credentials(turn);
  write_refusals(turn);
  for (const DeviceId id : session_ids()) release(id);
}

}  // namespace parley::signaling
