#include "signaling/core/signaling_core.hpp"

#include <algorithm>
#include <utility>

#include "signaling/core/state.hpp"

namespace parley::signaling {

SignalingCore::State::State(SignalingConfig settings, StoreEngine& durable, const Authority& issuer,
                            RandomSource& source, Now now)
    : config(std::move(settings)),
      engine(durable),
      authority(issuer),
      random(source),
      tickets(random),
      directory({}, random),
      desk(directory, config.admin),
      node(now.mono),
      node_deadline(now.mono + config.media_trust),
      sweep_at(now.mono + kSweepInterval) {
  counters.errors.resize(api::Error::Code_ARRAYSIZE);
  loaded = load(now);
  update_gauges();
}

Session* SignalingCore::State::find_session(DeviceId id) {
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
  counters.events = directory.last_event();
}

SignalingCore::SignalingCore(SignalingConfig config, StoreEngine& engine,
                             const Authority& authority, RandomSource& random, Now now)
    : state_(std::make_unique<State>(std::move(config), engine, authority, random, now)) {}

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

void SignalingCore::on_admin(AdminRequestId id, const admin::Request& request, Now now,
                             SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->on_admin(id, request, turn);
  state_->update_gauges();
}

void SignalingCore::on_store_progress(Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->on_store_progress(turn);
  state_->give_read_answers(turn);
  state_->update_gauges();
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
  if (now.mono >= state_->lease_at) state_->renew_leases(turn);
  if (now.mono >= state_->access_at) state_->review_all(turn);
  if (now.mono >= state_->sweep_at) state_->sweep(turn);
  state_->update_gauges();
}

Timestamp SignalingCore::deadline() const {
  return std::min({state_->connection_deadlines.next(), state_->request_deadlines.next(),
                   state_->presence_deadlines.next(), state_->node_deadline, state_->lease_at,
                   state_->access_at, state_->sweep_at});
}

void SignalingCore::close(Now now, SignalingOutbox& out) {
  Turn turn{.now = now, .out = out};
  state_->close_all(turn);
  state_->update_gauges();
}

bool SignalingCore::is_stored() const {
  return state_->engine.committed() >= state_->newest_commit;
}

const Result<void>& SignalingCore::loaded() const { return state_->loaded; }

const SignalingCore::Counters& SignalingCore::counters() const { return state_->counters; }

}  // namespace parley::signaling
