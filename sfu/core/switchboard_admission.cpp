// How peers come, and what they live by: offers, tickets and leases.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "protocol/limits.hpp"
#include "sfu/core/switchboard_state.hpp"

namespace parley::sfu {
namespace {

using control::NodeError;

std::pair<NodeError::Code, std::string_view> explain(TicketFault fault) {
  switch (fault) {
    case TicketFault::forged:
      return {NodeError::TICKET_REFUSED, "The ticket is not signed with the key of this link."};
    case TicketFault::expired:
      return {NodeError::TICKET_REFUSED,
              "The ticket is not of the present minute: compare the clocks of both machines."};
    case TicketFault::used:
      return {NodeError::TICKET_REFUSED, "This peer has used a ticket that is not over yet."};
    case TicketFault::mismatch:
      return {NodeError::TICKET_REFUSED, "The ticket is of another peer, node or certificate."};
    case TicketFault::crowded:
      return {NodeError::FULL, "The node has let in as many peers as it may within a minute."};
  }
  return {NodeError::UNSPECIFIED, {}};
}

// The caller has checked the limits of the schema, so every number fits its field.
std::optional<PeerOffer> to_offer(const control::AddPeer& message) {
  const api::Connect& offer = message.offer();
  PeerOffer result{
      .peer = PeerId{message.peer_id()},
      .ice_ufrag = offer.ice_ufrag(),
      .ice_pwd = offer.ice_pwd(),
      .fingerprint = {},
      .opus_payload_type = static_cast<std::uint8_t>(offer.opus_payload_type()),
      .audio_level_extension_id = static_cast<std::uint8_t>(offer.audio_level_extension_id()),
      .uplink_ssrc = Ssrc{offer.uplink_ssrc()},
      .slots = static_cast<std::uint8_t>(offer.slots()),
  };
  const Bytes fingerprint = as_bytes(offer.dtls_fingerprint());
  if (fingerprint.size() != result.fingerprint.size()) return std::nullopt;
  std::ranges::copy(fingerprint, result.fingerprint.begin());
  return result;
}

void write_answer(const PeerAnswer& answer, api::Connected& to) {
  to.set_ice_ufrag(answer.ice_ufrag);
  to.set_ice_pwd(answer.ice_pwd);
  to.set_dtls_fingerprint(answer.fingerprint.data(), answer.fingerprint.size());
  for (const IceCandidate& candidate : answer.candidates) {
    api::Candidate& one = *to.add_candidates();
    one.set_protocol(candidate.is_tcp ? api::Candidate::TCP_PASSIVE : api::Candidate::UDP);
    one.set_address(candidate.endpoint.address.to_string());
    one.set_port(candidate.endpoint.port);
    one.set_priority(candidate.priority);
    one.set_foundation(candidate.foundation);
  }
  to.set_uplink_ssrc(answer.uplink_ssrc.value);
  for (const Ssrc ssrc : answer.slot_ssrcs) to.add_slot_ssrcs(ssrc.value);
}

}  // namespace

void Switchboard::State::on(const control::NodeWelcome& welcome, std::uint32_t request,
                            SwitchboardOutbox& out) {
  const std::uint32_t version = welcome.version();
  if (version < protocol::kMinVersion || version > protocol::kMaxVersion) {
    return refuse(request, NodeError::UNSUPPORTED_VERSION, "This node does not speak that version.",
                  out);
  }
  tickets.use_key(as_bytes(welcome.ticket_key()));
}

void Switchboard::State::on(const control::AddPeer& add, std::uint32_t request, WallTime wall,
                            SwitchboardOutbox& out) {
  const PeerId id{add.peer_id()};
  const RoomId home{add.home_room_id()};
  if (id.is_none() || home.is_none()) {
    return refuse(request, NodeError::LIMIT_EXCEEDED, "A peer and its home room need ids.", out);
  }
  if (peers.contains(id)) {
    return refuse(request, NodeError::PEER_EXISTS, "This peer is on the node already.", out);
  }
  if (peers.size() >= config.max_peers) {
    return refuse(request, NodeError::FULL, "The node holds as many peers as it may.", out);
  }
  auto offer = to_offer(add);
  if (!offer) {
    return refuse(request, NodeError::OFFER_REFUSED, "The fingerprint is not SHA-256.", out);
  }
  const auto admitted = tickets.admit(
      {.ticket = as_bytes(add.ticket()), .peer = id, .fingerprint = offer->fingerprint}, wall);
  if (!admitted) {
    const auto [code, why] = explain(admitted.error());
    return refuse(request, code, why, out);
  }
  const auto room = rooms.find(home);
  const WorkerIndex home_worker = room == rooms.end() ? least_loaded() : room->second.home;
  const WorkerIndex worker = place_peer(home_worker);
  use_room(home, home_worker);
  ++load[worker.value];
  peers.emplace(id,
                PeerRecord{.worker = worker, .home = home, .pending_add = request, .rooms = {}});
  out.to_workers.emplace_back(worker, AddPeer{.request_id = request, .offer = std::move(*offer)});
}

void Switchboard::State::on(const control::RenewLeases& renew, SwitchboardOutbox& out) {
  std::vector<RenewLeases> of_workers(config.workers);
  for (const std::uint64_t id : renew.peer_ids()) {
    const PeerRecord* const record = find(PeerId{id});
    if (record != nullptr) of_workers[record->worker.value].peers.push_back(PeerId{id});
  }
  for (std::uint16_t i = 0; i < config.workers; ++i) {
    if (of_workers[i].peers.empty()) continue;
    out.to_workers.emplace_back(WorkerIndex{i}, std::move(of_workers[i]));
  }
}

void Switchboard::State::on(const PeerAdded& event, SwitchboardOutbox& out) {
  if (!is_pending(event.peer, event.request_id)) return;  // removed meanwhile, and answered then
  find(event.peer)->pending_add.reset();
  control::PeerAdded& added = *answer(event.request_id, out).mutable_peer_added();
  added.set_peer_id(event.peer.value);
  write_answer(event.answer, *added.mutable_answer());
}

void Switchboard::State::on(const PeerRefused& event, SwitchboardOutbox& out) {
  if (!is_pending(event.peer, event.request_id)) return;
  forget(event.peer, out);
  refuse(event.request_id, code_for(event.error.code), event.error.message, out);
}

}  // namespace parley::sfu
