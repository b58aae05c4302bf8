// From the bytes of a client to the handler of its message: one line for each.
#include "protocol/limits.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {

void SignalingCore::State::on_frame(ConnectionId id, Bytes frame, Turn& turn) {
  Connection* connection = find_connection(id);
  if (connection == nullptr) return;  // closed by us; its last frames were on their way
  ++counters.frames_in;
  const bool signed_in = std::holds_alternative<SignedIn>(connection->stage);
  if (signed_in) connection_deadlines.set(id, turn.now.mono + config.idle_limit);

  api::ClientMessage message;
  const auto decoded = protocol::decode(frame, protocol::kMaxClientMessage, message);
  const bool is_parsed = decoded || decoded.error().error == protocol::DecodeError::limit_exceeded;
  const bool is_floor = decoded && message.has_floor();
  TokenBucket& rate = is_floor ? connection->floor_rate : connection->rate;
  const Asker asker{.connection = id, .request_id = is_parsed ? message.request_id() : 0};
  if (!rate.take(turn.now.mono)) {
    if (is_floor) ++counters.floor_limited;
    refuse(asker, api::Error::RATE_LIMITED, "Too many messages; slow down.", turn);
    count_refused(id, turn);
  } else if (!decoded) {
    refuse_undecoded(asker, decoded.error(), turn);
  } else {
    dispatch(asker, message, turn);
  }
}

void SignalingCore::State::refuse_undecoded(Asker asker, const protocol::DecodeFailure& failure,
                                            Turn& turn) {
  switch (failure.error) {
    case protocol::DecodeError::too_large:
      refuse_fatally(asker, api::Error::LIMIT_EXCEEDED, "message: " + failure.detail,
                     CloseCode::too_big, turn);
      return;
    case protocol::DecodeError::malformed:
      refuse(asker, api::Error::MALFORMED, failure.detail, turn);
      break;
    case protocol::DecodeError::limit_exceeded:
      refuse(asker, api::Error::LIMIT_EXCEEDED, failure.detail, turn);
      break;
  }
  count_refused(asker.connection, turn);
}

void SignalingCore::State::count_refused(ConnectionId id, Turn& turn) {
  Connection* connection = find_connection(id);
  if (connection == nullptr || ++connection->refused < kMaxRefused) return;
  refuse_fatally(Asker{.connection = id}, api::Error::RATE_LIMITED,
                 "Too many messages that could not be handled.", CloseCode::policy, turn);
}

void SignalingCore::State::dispatch(Asker asker, const api::ClientMessage& message, Turn& turn) {
  const Connection& connection = *find_connection(asker.connection);
  if (std::holds_alternative<AwaitingHello>(connection.stage) && !message.has_hello()) {
    refuse_fatally(asker, api::Error::WRONG_STATE, "The first message must be hello.",
                   CloseCode::policy, turn);
    return;
  }
  switch (message.body_case()) {
    case api::ClientMessage::kHello:
      return hello(asker, message.hello(), turn);
    case api::ClientMessage::kEnrol:
      return enrol(asker, message.enrol(), turn);
    case api::ClientMessage::kLogin:
      return login(asker, message.login(), turn);
    case api::ClientMessage::kListDevices:
      return list_devices(asker, turn);
    case api::ClientMessage::kApproveDevice:
      return approve_device(asker, message.approve_device(), turn);
    case api::ClientMessage::kRevokeDevice:
      return revoke_device(asker, message.revoke_device(), turn);
    case api::ClientMessage::kJoin:
      return join(asker, message.join(), turn);
    case api::ClientMessage::kLeave:
      return leave(asker, message.leave(), turn);
    case api::ClientMessage::kConnect:
      return connect(asker, message.connect(), turn);
    case api::ClientMessage::kDisconnect:
      return disconnect(asker, turn);
    case api::ClientMessage::kSetMuted:
      return set_muted(asker, message.set_muted(), turn);
    case api::ClientMessage::kPing:
      return ping(asker, turn);
    case api::ClientMessage::kFloor:
      return ask_floor(asker, message.floor(), turn);
    case api::ClientMessage::kSetTalkRoom:
      return set_talk_room(asker, message.set_talk_room(), turn);
    case api::ClientMessage::kSetHand:
      return set_hand(asker, message.set_hand(), turn);
    case api::ClientMessage::BODY_NOT_SET:
      break;
  }
  refuse_unknown(asker, turn);
}

void SignalingCore::State::refuse_unknown(Asker asker, Turn& turn) {
  refuse(asker, api::Error::UNKNOWN_MESSAGE, "This server does not know this message.", turn);
  count_refused(asker.connection, turn);
}

Session* SignalingCore::State::signed_in(Asker asker, Turn& turn) {
  const Connection& connection = *find_connection(asker.connection);
  if (const auto* stage = std::get_if<SignedIn>(&connection.stage)) {
    if (Session* session = find_session(stage->device)) return session;
  }
  refuse(asker, api::Error::NOT_SIGNED_IN, "Sign in first.", turn);
  return nullptr;
}

Place* SignalingCore::State::joined_room(Asker asker, Session& session, RoomId room, Turn& turn) {
  Place* place = session.find(room);
  if (place == nullptr) {
    refuse(asker, api::Error::ROOM_UNKNOWN, kNoSuchRoom, turn);
    return nullptr;
  }
  if (place->stay.is_inside) return place;
  refuse(asker, api::Error::NOT_A_MEMBER, "Not in this room.", turn);
  return nullptr;
}

}  // namespace parley::signaling
