// DTLS handshakes: off the path of media, one step per loop turn.
#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

namespace {

// Of one peer at once: a ClientHello in two fragments, and one repetition of it.
constexpr std::uint8_t kMaxWaitingPerPeer = 4;

}  // namespace

std::expected<Handled, Drop> WorkerCore::State::queue_handshake(Peer& peer, const Path& from,
                                                                Bytes datagram) {
  if (peer.waiting_handshakes == kMaxWaitingPerPeer) return std::unexpected(Drop::dtls_limit);
  const bool begins = peer.transport.state() == TransportState::waiting;
  if (!handshakes.push(peer.id, from, datagram, begins)) return std::unexpected(Drop::dtls_limit);
  ++peer.waiting_handshakes;
  return Handled::control;
}

bool WorkerCore::State::has_work() const {
  return handshakes.has_next(half_open < config.max_half_open);
}

void WorkerCore::State::work(Now now, WorkerOutbox& out) {
  auto next = handshakes.pop(half_open < config.max_half_open);
  if (!next) return;
  Peer* const peer = peers.find(next->peer);
  if (peer == nullptr) return;  // it left while this waited
  --peer->waiting_handshakes;
  // Counted when it arrived; what OpenSSL makes of it is its own affair.
  static_cast<void>(on_media(*peer, next->from, next->bytes, now, out));
}

}  // namespace parley::sfu
