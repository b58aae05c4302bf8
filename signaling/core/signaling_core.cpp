#include "signaling/core/signaling_core.hpp"

#include <algorithm>
#include <utility>

#include "signaling/core/state.hpp"

namespace parley::signaling {

SignalingCore::State::State(SignalingConfig settings, Store& durable, const InvitationKey& key,
                            RandomSource& source, Now now)
    : config(std::move(settings)),
      store(durable),
      invitations(key),
      random(source),
      node(now.mono),
      node_deadline(now.mono + config.media_trust),
      sweep_at(now.mono + kSweepInterval) {
  counters.errors.resize(api::Error::Code_ARRAYSIZE);
  loaded = load(now);
  update_gauges();
}

Session* SignalingCore::State::find_session(SessionId id) {
  const auto found = sessions.find(id);
  return found == sessions.end() ? nullptr : &found->second;
}

Connection* SignalingCore::State::find_connection(ConnectionId id) {
  const auto found = connections.find(id);
  return found == connections.end() ? nullptr : &found->second;
}

Session* SignalingCore::State::session_of_peer(PeerId peer) {
  const auto found = peers.find(peer);
  return found == peers.end() ? nullptr : find_session(found->second);
}

void SignalingCore::State::update_gauges() {
  counters.connections = connections.size();
  counters.sessions = sessions.size();
}

SignalingCore::SignalingCore(SignalingConfig config, Store& store, const InvitationKey& invitations,
                             RandomSource& random, Now now)
    : state_(std::make_unique<State>(std::move(config), store, invitations, random, now)) {}

SignalingCore::~SignalingCore() = default;

void SignalingCore::on_connection_opened(ConnectionId connection, Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->open(connection, turn);
  state_->update_gauges();
}

void SignalingCore::on_frame(ConnectionId connection, Bytes frame, Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->on_frame(connection, frame, turn);
  state_->update_gauges();
}

void SignalingCore::on_connection_closed(ConnectionId connection, Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->on_closed(connection, turn);
  state_->update_gauges();
}

void SignalingCore::on_node_up(Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->on_node_up(turn);
}

void SignalingCore::on_node_message(const control::FromNode& message, Now now,
                                    SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->on_node_message(message, turn);
}

void SignalingCore::on_node_down(Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->on_node_down(turn);
}

void SignalingCore::tick(Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  while (const auto due = state_->connection_deadlines.pop_due(now.mono)) {
    state_->on_connection_deadline(*due, turn);
  }
  while (const auto due = state_->request_deadlines.pop_due(now.mono)) {
    state_->on_request_deadline(*due, turn);
  }
  if (now.mono >= state_->node_deadline) state_->on_node_deadline(turn);
  while (const auto due = state_->presence_deadlines.pop_due(now.mono)) {
    state_->on_presence_deadline(*due, turn);
  }
  if (now.mono >= state_->sweep_at) state_->sweep(turn);
  state_->update_gauges();
}

Timestamp SignalingCore::deadline() const {
  return std::min({state_->connection_deadlines.next(), state_->request_deadlines.next(),
                   state_->presence_deadlines.next(), state_->node_deadline, state_->sweep_at});
}

void SignalingCore::close(Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->close_all(turn);
  state_->update_gauges();
}

const Result<void>& SignalingCore::loaded() const { return state_->loaded; }

const SignalingCore::Counters& SignalingCore::counters() const { return state_->counters; }

}  // namespace parley::signaling
