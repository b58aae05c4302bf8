// Commands of the switchboard: peers and their rooms come and go.
#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "sfu/core/ice_token.hpp"
#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

void WorkerCore::State::on(const AddPeer& command, Now now, WorkerOutbox& out) {
  const PeerOffer& offer = command.offer;
  if (auto checked = check(offer); !checked) {
    out.events.emplace_back(PeerRefused{
        .request_id = command.request_id, .peer = offer.peer, .error = std::move(checked.error())});
    return;
  }
  const IceCredentials local{.ufrag = make_ice_token(kUfragCharacters, random),
                             .pwd = make_ice_token(kPasswordCharacters, random)};
  PeerTransportConfig transport{
      .local = local,
      .remote = {.ufrag = offer.ice_ufrag, .pwd = offer.ice_pwd},
      .remote_fingerprint = offer.fingerprint,
      .uplink_ssrc = offer.uplink_ssrc,
      .consent_timeout = config.consent_timeout,
  };
  const UplinkConfig uplink{.ssrc = offer.uplink_ssrc,
                            .payload_type = offer.opus_payload_type,
                            .audio_level_extension_id = offer.audio_level_extension_id};
  Peer& peer = peers.insert(std::unique_ptr<Peer>(
      new Peer{.id = offer.peer,
               .ufrag = local.ufrag,
               .transport = PeerTransport(std::move(transport), dtls, random, now.mono),
               .uplink = Uplink(uplink),
               .slots = make_slots(offer),
               .payload_type = offer.opus_payload_type,
               .cname = make_ice_token(kCnameCharacters, random),
               .rooms = {},
               .paths = {},
               .last_valid = now.mono,
               .lease_end = now.mono + kPeerLease}));
  PeerAnswer answer{.ice_ufrag = local.ufrag,
                    .ice_pwd = local.pwd,
                    .fingerprint = dtls.fingerprint(),
                    .candidates = config.candidates,
                    .uplink_ssrc = offer.uplink_ssrc,
                    .slot_ssrcs = {}};
  for (const Downlink& slot : peer.slots) answer.slot_ssrcs.push_back(slot.ssrc());
  out.events.emplace_back(
      PeerAdded{.request_id = command.request_id, .peer = peer.id, .answer = std::move(answer)});
  arm(peer);
}

std::expected<void, Error> WorkerCore::State::check(const PeerOffer& offer) const {
  if (offer.peer.is_none() || offer.uplink_ssrc.is_none() || offer.slots == 0) {
    return fail(ErrorCode::invalid_argument,
                "The offer needs a peer id, an uplink SSRC and at least one slot.");
  }
  if (peers.find(offer.peer) != nullptr) {
    return fail(ErrorCode::already_exists, "This peer is on the node already.");
  }
  if (peers.size() >= config.max_peers) {
    return fail(ErrorCode::resource_exhausted, "The node holds as many peers as it may.");
  }
  return {};
}

std::vector<Downlink> WorkerCore::State::make_slots(const PeerOffer& offer) {
  const std::size_t count = std::min(offer.slots, kMaxSlots);
  std::vector<Downlink> slots;
  slots.reserve(count);
  while (slots.size() < count) {
    const Ssrc ssrc{random.next_u32()};
    const bool is_used = std::ranges::find(slots, ssrc, &Downlink::ssrc) != slots.end();
    if (ssrc.is_none() || ssrc == offer.uplink_ssrc || is_used) continue;
    slots.emplace_back(ssrc, random);
  }
  return slots;
}

void WorkerCore::State::on(const RemovePeer& command, Now, WorkerOutbox& out) {
  if (Peer* const peer = peers.find(command.peer)) drop_peer(*peer, out);
}

// The timer of a later deadline is not armed: the old one asks when it comes.
void WorkerCore::State::on(const RenewLeases& command, Now now, WorkerOutbox&) {
  for (const PeerId id : command.peers) {
    if (Peer* const peer = peers.find(id)) peer->lease_end = now.mono + kPeerLease;
  }
}

void WorkerCore::State::on(const JoinRoom& command, Now now, WorkerOutbox& out) {
  Peer* const peer = peers.find(command.peer);
  if (peer == nullptr) return;  // it closed while the command was on its way
  if (auto entered = enter(*peer, command); !entered) {
    erase_if_unused(command.room);
    const bool is_inside = peer->is_in(command.room);
    out.events.emplace_back(JoinRefused{.request_id = command.request_id,
                                        .peer = command.peer,
                                        .room = command.room,
                                        .error = std::move(entered.error()),
                                        .is_inside = is_inside});
    return;
  }
  if (command.may_send) {
    peer->talk_version = std::max(peer->talk_version, command.talk_version);
    bind_uplink(*peer, command.room, now, out);
  } else if (peer->uplink.room() == command.room) {
    bind_uplink(*peer, {}, now, out);
  }
}

// Into the room, or to other slots there.
std::expected<void, Error> WorkerCore::State::enter(Peer& peer, const JoinRoom& command) {
  const auto known = std::ranges::find(peer.rooms, command.room, &Membership::room);
  const bool is_inside = known != peer.rooms.end();
  if (!is_inside && peer.rooms.size() >= kMaxRoomsPerPeer) {
    return fail(ErrorCode::resource_exhausted, "The peer is in as many rooms as it may be.");
  }
  const SlotPart part{.first = command.first_slot, .count = command.slots};
  const auto slots = slots_for(peer, command.room, part);
  if (!slots) return std::unexpected(slots.error());
  LocalRoom& local = local_room(command.room, command.home, command.is_arbitrated);
  if (!local.table.add({.peer = peer.id,
                        .transport = &peer.transport,
                        .slots = *slots,
                        .payload_type = peer.payload_type})) {
    return fail(ErrorCode::resource_exhausted, "The room has as many listeners as it may.");
  }
  if (is_inside) {
    known->part = part;
  } else {
    peer.rooms.push_back({.room = command.room, .part = part});
  }
  return {};
}

// Rooms that are heard at the same time have slots of their own, so that they never fight for one.
std::expected<std::span<Downlink>, Error> WorkerCore::State::slots_for(Peer& peer, RoomId room,
                                                                       SlotPart part) {
  if (part.count == 0) return std::span(peer.slots);
  const std::size_t end = std::size_t{part.first} + part.count;
  if (end > peer.slots.size()) {
    return fail(ErrorCode::invalid_argument, "The transport does not have all of these slots.");
  }
  for (const Membership& other : peer.rooms) {
    const std::size_t other_end = std::size_t{other.part.first} + other.part.count;
    const bool overlaps = part.first < other_end && other.part.first < end;
    if (other.room != room && other.part.count > 0 && overlaps) {
      return fail(ErrorCode::invalid_argument, "Another room is heard in one of these slots.");
    }
  }
  return std::span(peer.slots).subspan(part.first, part.count);
}

LocalRoom& WorkerCore::State::local_room(RoomId room, WorkerIndex home, bool is_arbitrated) {
  const auto [entry, is_new] =
      rooms.try_emplace(room, LocalRoom{.table = ForwardingTable(room, config.max_room_peers),
                                        .home_worker = home,
                                        .home = std::nullopt,
                                        .floor = nullptr});
  LocalRoom& local = entry->second;
  PARLEY_CHECK(local.home_worker == home);
  if (!is_new) return local;
  if (home != config.index) {
    local.is_arbitrated = is_arbitrated;
    return local;
  }
  local.home.emplace(room, config.slots);
  local.floor = std::make_unique<RoomFloor>(room, config.slots, config.max_room_peers);
  return local;
}

void WorkerCore::State::erase_if_unused(RoomId room) {
  const auto entry = rooms.find(room);
  if (entry == rooms.end() || !entry->second.table.is_empty()) return;
  if (entry->second.home) {
    if (!entry->second.home->legs().empty() || !entry->second.floor->is_empty()) return;
    FloorNumbers past;
    entry->second.floor->add_numbers(past, {});
    past.rooms = past.holders = past.waiting = 0;
    past_floors += past;
  }
  rooms.erase(entry);
}

void WorkerCore::State::on(const OpenLeg& command, Now, WorkerOutbox& out) {
  LocalRoom& local = local_room(command.room, config.index);
  local.home->open_leg(command.worker);
  if (local.is_arbitrated) {
    tell(command.worker, RoomMode{.room = command.room, .is_arbitrated = true}, out);
  }
}

void WorkerCore::State::on(const CloseLeg& command, Now, WorkerOutbox&) {
  const auto entry = rooms.find(command.room);
  if (entry == rooms.end() || !entry->second.home) return;
  entry->second.home->close_leg(command.worker);
  erase_if_unused(command.room);
}

void WorkerCore::State::on(const LeaveRoom& command, Now, WorkerOutbox& out) {
  if (Peer* const peer = peers.find(command.peer)) leave(*peer, command.room, out);
}

void WorkerCore::State::leave(Peer& peer, RoomId room, WorkerOutbox& out) {
  const auto is_it = [&](const Membership& one) { return one.room == room; };
  if (std::erase_if(peer.rooms, is_it) == 0) return;
  const auto entry = rooms.find(room);
  PARLEY_CHECK(entry != rooms.end());
  if (peer.uplink.room() == room) {
    peer.uplink.unbind();
    if (!entry->second.is_arbitrated) silence(entry->second, room, peer.id, out);
    if (peer.gate) {
      count_losses(peer.gate->discard());
      peer.gate->change_room();
    }
  }
  entry->second.table.remove(peer.id);
  erase_if_unused(room);
}

void WorkerCore::State::drop_peer(Peer& peer, WorkerOutbox& out) {
  while (!peer.rooms.empty()) leave(peer, RoomId(peer.rooms.back().room), out);
  send_goodbye(peer, out);
  for (const Path& path : peer.paths) {
    if (path.is_tcp()) out.close_connections.push_back(path.connection);
  }
  if (peer.is_half_open) --half_open;
  peers.erase(peer);
}

void WorkerCore::State::close_peer(Peer& peer, std::string_view reason, WorkerOutbox& out) {
  const PeerId id = peer.id;
  drop_peer(peer, out);
  out.events.emplace_back(PeerClosed{.peer = id, .reason = std::string(reason)});
}

void WorkerCore::State::publish_talkers(LocalRoom& local, WorkerOutbox& out) {
  if (!local.home->take_talkers_changed()) return;
  const auto channels = local.home->holders().channels();
  out.events.emplace_back(
      TalkersChanged{.room = local.home->id(), .channels = {channels.begin(), channels.end()}});
  arm(local);
}

}  // namespace parley::sfu
