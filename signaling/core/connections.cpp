#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {

void SignalingCore::State::open(ConnectionId id, Turn& turn) {
  if (connections.size() >= config.max_connections) {
    // It was never entered in the table, so it is answered by hand.
    ++counters.errors[api::Error::SERVER_FULL];
    const api::ServerMessage full = error_message(
        api::Error::SERVER_FULL, "The server has no room for more connections.", true);
    send(id, full.SerializeAsString(), turn);
    turn.out.closes.push_back({.connection = id, .code = CloseCode::going_away});
    return;
  }
  connections.insert_or_assign(
      id, Connection{.stage = AwaitingHello{},
                     .rate = TokenBucket(config.messages_per_second, 2 * config.messages_per_second,
                                         turn.now.mono),
                     .floor_rate = TokenBucket(kFloorRequestsPerSecond, 2 * kFloorRequestsPerSecond,
                                               turn.now.mono)});
  connection_deadlines.set(id, turn.now.mono + config.hello_limit);
}

void SignalingCore::State::on_closed(ConnectionId id, Turn& turn) {
  Connection* connection = find_connection(id);
  if (connection == nullptr) return;  // we closed it ourselves
  if (const auto* signed_in = std::get_if<SignedIn>(&connection->stage)) {
    if (Session* session = find_session(signed_in->device)) detach(*session, turn);
  }
  connections.erase(id);
  connection_deadlines.cancel(id);
}

void SignalingCore::State::on_connection_deadline(ConnectionId id, Turn& turn) {
  Connection* connection = find_connection(id);
  if (connection == nullptr) return;
  if (std::holds_alternative<SignedIn>(connection->stage)) {
    // Nothing is sent: whoever was silent for this long is most likely not listening.
    return drop_connection(id, CloseCode::going_away, turn);
  }
  refuse_fatally(Asker{.connection = id}, api::Error::NOT_SIGNED_IN,
                 "The connection did not sign in within its time.", CloseCode::policy, turn);
}

void SignalingCore::State::close_all(Turn& turn) {
  const std::string closing =
      error_message(api::Error::SERVER_CLOSING, "The server is closing; connect again in a moment.",
                    true)
          .SerializeAsString();
  while (!connections.empty()) {
    const ConnectionId id = connections.begin()->first;
    ++counters.errors[api::Error::SERVER_CLOSING];
    send(id, closing, turn);
    drop_connection(id, CloseCode::going_away, turn);
  }
}

void SignalingCore::State::send(ConnectionId to, const std::string& frame, Turn& turn) {
  ++counters.frames_out;
  turn.out.frames.push_back({.to = to, .bytes = frame});
}

void SignalingCore::State::answer(Asker asker, api::ServerMessage& message, Turn& turn) {
  message.set_request_id(asker.request_id);
  send(asker.connection, message.SerializeAsString(), turn);
}

void SignalingCore::State::notify(const Session& session, const std::string& frame, Turn& turn) {
  if (!session.connection.is_none()) send(session.connection, frame, turn);
}

void SignalingCore::State::refuse(Asker asker, api::Error::Code code, std::string_view why,
                                  Turn& turn) {
  ++counters.errors[static_cast<std::size_t>(code)];
  api::ServerMessage message = error_message(code, why, false);
  answer(asker, message, turn);
}

void SignalingCore::State::refuse_fatally(Asker asker, api::Error::Code code, std::string_view why,
                                          CloseCode close, Turn& turn) {
  ++counters.errors[static_cast<std::size_t>(code)];
  api::ServerMessage message = error_message(code, why, true);
  answer(asker, message, turn);
  drop_connection(asker.connection, close, turn);
}

void SignalingCore::State::drop_connection(ConnectionId id, CloseCode code, Turn& turn) {
  on_closed(id, turn);
  turn.out.closes.push_back({.connection = id, .code = code});
}

}  // namespace parley::signaling
