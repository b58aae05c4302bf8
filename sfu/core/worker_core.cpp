#include "sfu/core/worker_core.hpp"

#include <utility>

#include "base/check.hpp"
#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

WorkerCore::State::State(WorkerConfig worker_config, const DtlsContext& context,
                         RandomSource& source)
    : config(std::move(worker_config)), dtls(context), random(source), peers(source) {
  PARLEY_CHECK(config.slots >= 1 && config.slots <= kMaxSlots);
}

WorkerCore::WorkerCore(WorkerConfig config, const DtlsContext& dtls, RandomSource& random)
    : state_(std::make_unique<State>(std::move(config), dtls, random)) {}

WorkerCore::~WorkerCore() = default;

void WorkerCore::on_command(const WorkerCommand& command, Now now, WorkerOutbox& out) {
  std::visit([&](const auto& one) { state_->on(one, now, out); }, command);
}

void WorkerCore::receive(const Path& from, MutableBytes datagram, Now now, WorkerOutbox& out) {
  WorkerCounters& counters = state_->counters;
  ++counters.packets_in;
  counters.bytes_in += datagram.size();
  state_->count(state_->receive(from, datagram, now, out));
}

void WorkerCore::on_message(const WorkerMessage& message, Now now, WorkerOutbox& out) {
  ++state_->counters.messages_in;
  state_->count(std::visit([&](const auto& one) { return state_->on(one, now, out); }, message));
}

void WorkerCore::State::count(const std::expected<Handled, Drop>& handled) {
  if (!handled) {
    counters.receive_drops.count(handled.error());
    return;
  }
  switch (*handled) {
    case Handled::control:
      ++counters.control_packets;
      return;
    case Handled::voice:
      ++counters.accepted;
      return;
    case Handled::passed_on:
      ++counters.handed_to_home;
      return;
    case Handled::relayed:
      ++counters.relayed;
      return;
    case Handled::held:
      return;
  }
}

void WorkerCore::on_connection_closed(std::uint32_t connection, Now now, WorkerOutbox& out) {
  const auto path = state_->peers.find_connection(connection);
  if (!path) return;
  Peer* const peer = state_->peers.find(*path);
  PARLEY_CHECK(peer != nullptr);
  state_->peers.forget(*path);
  peer->transport.on_path_closed(*path, now.mono);
  state_->review(*peer, now, out);
}

void WorkerCore::tick(Now now, WorkerOutbox& out) { state_->tick(now, out); }

Timestamp WorkerCore::deadline() const { return state_->timers.earliest(); }

bool WorkerCore::has_work() const { return state_->has_work(); }

void WorkerCore::work(Now now, WorkerOutbox& out) { state_->work(now, out); }

void WorkerCore::close(Now, WorkerOutbox& out) {
  for (const PeerId id : state_->peers.ids()) {
    state_->close_peer(*state_->peers.find(id), "the media node is closing", out);
  }
}

const WorkerCounters& WorkerCore::counters() const { return state_->counters; }
FloorNumbers WorkerCore::floor_numbers(Timestamp now) const { return state_->floor_numbers(now); }
std::size_t WorkerCore::peer_count() const { return state_->peers.size(); }
std::size_t WorkerCore::room_count() const { return state_->rooms.size(); }

}  // namespace parley::sfu
