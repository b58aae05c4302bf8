// One datagram: whose it is, what it is, and what follows from it.
#include <algorithm>

#include "base/check.hpp"
#include "codecs/rtp.hpp"
#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

namespace {

template <class... Handlers>
struct Match : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

std::expected<Handled, Drop> WorkerCore::State::receive(const Path& from, MutableBytes datagram,
                                                        Now now, WorkerOutbox& out) {
  const codecs::DatagramKind kind = codecs::classify(datagram);
  if (kind == codecs::DatagramKind::stun) return on_stun(from, datagram, now, out);
  Peer* const peer = peers.find(from);
  if (peer == nullptr) return std::unexpected(Drop::unknown_path);
  const bool is_handshake =
      kind == codecs::DatagramKind::dtls && peer->transport.state() != TransportState::connected;
  if (is_handshake) return queue_handshake(*peer, from, datagram);
  return on_media(*peer, from, datagram, now, out);
}

std::expected<Handled, Drop> WorkerCore::State::on_media(Peer& peer, const Path& from,
                                                         MutableBytes datagram, Now now,
                                                         WorkerOutbox& out) {
  const Received received = peer.transport.on_datagram(from, datagram, now.mono, out.packets);
  using Outcome = std::expected<Handled, Drop>;
  return std::visit(Match{[&](const Consumed&) -> Outcome {
                            note_valid_packet(peer, now, out);
                            review(peer, now, out);
                            return Handled::control;
                          },
                          [&](const ReceivedRtp& rtp) -> Outcome {
                            note_valid_packet(peer, now, out);
                            return on_rtp(peer, rtp.packet, now, out);
                          },
                          [&](const ReceivedRtcp& rtcp) -> Outcome {
                            note_valid_packet(peer, now, out);
                            return on_rtcp(peer, rtcp.compound, now, out);
                          },
                          [&](Drop drop) -> Outcome {
                            review(peer, now, out);
                            return std::unexpected(drop);
                          }},
                    received);
}

std::expected<Handled, Drop> WorkerCore::State::on_stun(const Path& from, Bytes datagram, Now now,
                                                        WorkerOutbox& out) {
  const auto stun = codecs::parse_stun(datagram);
  if (!stun) return std::unexpected(Drop::stun_malformed);
  const auto peer = find_stun_peer(from, *stun, now);
  if (!peer) return std::unexpected(peer.error());
  const auto handled = (*peer)->transport.on_stun(from, *stun, now.mono, out.packets);
  if (!handled) {
    review(**peer, now, out);
    return std::unexpected(handled.error());
  }
  take_path(from, **peer, now, out);
  note_valid_packet(**peer, now, out);
  review(**peer, now, out);
  return Handled::control;
}

// Requests name their peer (RFC 8445 7.3); answers to our own challenges do not and belong to the
// peer whose path they come on.
std::expected<Peer*, Drop> WorkerCore::State::find_stun_peer(const Path& from,
                                                             const codecs::StunView& stun,
                                                             Now now) const {
  Peer* const owner = peers.find(from);
  if (stun.message_class != codecs::StunClass::request) {
    if (owner == nullptr) return std::unexpected(Drop::stun_unexpected);
    return owner;
  }
  const auto username = codecs::split_username(stun.username);
  Peer* const named = username ? peers.find_by_ufrag(username->local) : nullptr;
  if (named == nullptr) return std::unexpected(Drop::stun_unknown_ufrag);
  const bool is_taken =
      owner != nullptr && owner != named && now.mono - owner->last_valid < kPathHold;
  if (is_taken) return std::unexpected(Drop::stun_unexpected);
  return named;
}

void WorkerCore::State::take_path(const Path& path, Peer& peer, Now now, WorkerOutbox& out) {
  Peer* const owner = peers.find(path);
  if (owner == &peer) return;
  if (owner != nullptr) {
    peers.forget(path);
    owner->transport.on_path_closed(path, now.mono);
    review(*owner, now, out);
  }
  peers.route(path, peer);
  // ICE keeps a few paths only (kMaxPaths); what it has forgotten for this one is not routed on.
  const auto forgotten = std::ranges::find_if(
      peer.paths, [&](const Path& known) { return !peer.transport.is_path_proven(known); });
  if (forgotten == peer.paths.end()) return;
  if (forgotten->is_tcp()) out.close_connections.push_back(forgotten->connection);
  peers.forget(Path(*forgotten));
}

std::expected<Handled, Drop> WorkerCore::State::on_rtcp(Peer& peer, Bytes compound, Now now,
                                                        WorkerOutbox& out) {
  const auto rtcp = codecs::parse_rtcp(compound);
  if (!rtcp) return std::unexpected(Drop::rtcp_malformed);
  for (const auto& report : rtcp->sender_reports) peer.uplink.on_sender_report(report, now.mono);
  for (const auto& block : rtcp->reports) {
    const auto slot = std::ranges::find(peer.slots, block.ssrc, &Downlink::ssrc);
    if (slot != peer.slots.end()) slot->on_reception_report(block, now.wall);
  }
  const bool says_bye = std::ranges::find(rtcp->byes, peer.uplink.ssrc()) != rtcp->byes.end();
  if (says_bye && !peer.uplink.room().is_none()) {
    LocalRoom& local = rooms.at(peer.uplink.room());
    if (!local.is_arbitrated) silence(local, peer.uplink.room(), peer.id, out);
  }
  return Handled::control;
}

void WorkerCore::State::note_valid_packet(Peer& peer, Now now, WorkerOutbox& out) {
  peer.last_valid = now.mono;
  if (peer.phase != PeerPhase::stalled) return;
  peer.phase = PeerPhase::connected;
  out.events.emplace_back(PeerConnected{.peer = peer.id});
  arm(peer);
}

void WorkerCore::State::review(Peer& peer, Now now, WorkerOutbox& out, Timestamp not_before) {
  if (peer.transport.is_handshaking() != peer.is_half_open) {
    peer.is_half_open = !peer.is_half_open;
    half_open = peer.is_half_open ? half_open + 1 : half_open - 1;
  }
  if (peer.transport.state() == TransportState::closed) {
    close_peer(peer, peer.transport.close_reason(), out);
    return;
  }
  if (peer.transport.state() == TransportState::connected && peer.phase == PeerPhase::connecting) {
    peer.phase = PeerPhase::connected;
    peer.last_valid = now.mono;
    peer.next_report = next_report(peer, now.mono);
    out.events.emplace_back(PeerConnected{.peer = peer.id});
  }
  arm(peer, not_before);
}

}  // namespace parley::sfu
