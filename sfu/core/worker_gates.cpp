// The gates of those talkers who live on this worker, in arbitrated rooms wherever their homes are.
#include <algorithm>

#include "base/check.hpp"
#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

std::expected<Handled, Drop> WorkerCore::State::on_gated(Peer& peer, LocalRoom& local,
                                                         const VoicePacket& packet, Now now,
                                                         WorkerOutbox& out) {
  switch (gate_of(peer).judge(packet)) {
    case UplinkGate::Verdict::pass: {
      const auto passed = pass_on(peer, local, packet, now, out);
      if (local.floor && local.floor->has_output()) settle_floor(local, now, out);
      return passed;
    }
    case UplinkGate::Verdict::hold:
      return hold_back(peer, local, packet, now, out);
    case UplinkGate::Verdict::late:
      break;
  }
  return std::unexpected(Drop::no_floor);
}

std::expected<Handled, Drop> WorkerCore::State::pass_on(Peer& peer, LocalRoom& local,
                                                        const VoicePacket& packet, Now now,
                                                        WorkerOutbox& out) {
  if (local.home) return route_granted(local, peer.id, packet, now, out);
  tell(local.home_worker,
       TalkerVoice{.room = peer.uplink.room(),
                   .talker = peer.id,
                   .grant = peer.gate->grant(),
                   .packet = VoiceCopy(packet)},
       out);
  return Handled::passed_on;
}

std::expected<Handled, Drop> WorkerCore::State::hold_back(Peer& peer, LocalRoom& local,
                                                          const VoicePacket& packet, Now now,
                                                          WorkerOutbox& out) {
  const UplinkGate::Held held = peer.gate->hold(packet, now.mono);
  if (held.is_held) ++counters.held;
  count_losses(held.lost);
  if (held.is_claim_missing) {
    send_note(local,
              {.kind = GateNote::Kind::unclaimed,
               .room = peer.uplink.room(),
               .peer = peer.id,
               .talk_version = peer.talk_version},
              now, out);
  }
  arm(peer);
  if (!held.is_held) return std::unexpected(Drop::pre_roll_lost);
  return Handled::held;
}

void WorkerCore::State::count_losses(const HeldLosses& lost) {
  counters.held -= lost.unclaimed + lost.crowded_out;
  counters.receive_drops.count(Drop::no_floor, lost.unclaimed);
  counters.receive_drops.count(Drop::pre_roll_lost, lost.crowded_out);
}

std::expected<Handled, Drop> WorkerCore::State::on(const GateOrder& order, Now now,
                                                   WorkerOutbox& out) {
  obey(order, now, out);
  return Handled::control;
}

// Orders for a peer that has left, or for a room it no longer talks in, are of the past.
void WorkerCore::State::obey(const GateOrder& order, Now now, WorkerOutbox& out) {
  Peer* const peer = peers.find(order.peer);
  if (peer == nullptr) return;
  if (order.kind == GateOrder::Kind::open) return open_gate(*peer, order, now, out);
  if (!peer->gate || peer->uplink.room() != order.room) return;
  switch (order.kind) {
    case GateOrder::Kind::open:
      break;
    case GateOrder::Kind::open_until:
      peer->gate->open_until(order.grant, order.last_timestamp);
      break;
    case GateOrder::Kind::shut:
      peer->gate->shut(order.grant);
      break;
    case GateOrder::Kind::discard:
      count_losses(peer->gate->discard());
      break;
  }
}

// A grant whose press was before the last choice of a talk room is void: what the peer says now is
// meant for another room.
void WorkerCore::State::open_gate(Peer& peer, const GateOrder& order, Now now, WorkerOutbox& out) {
  const auto entry = rooms.find(order.room);
  const bool is_inside = peer.is_in(order.room);
  if (entry == rooms.end() || !is_inside || !entry->second.is_arbitrated) return;
  LocalRoom& local = entry->second;
  const bool is_bound = peer.uplink.room() == order.room;
  const bool is_older = order.talk_version != 0 && order.talk_version < peer.talk_version;
  const bool is_newer = order.talk_version > peer.talk_version;
  if (is_older || (!is_bound && !is_newer)) {
    return send_note(local,
                     {.kind = GateNote::Kind::abandoned,
                      .room = order.room,
                      .peer = peer.id,
                      .grant = order.grant},
                     now, out);
  }
  if (!is_bound) {
    peer.talk_version = order.talk_version;
    bind_uplink(peer, order.room, now, out);
  }
  count_losses(gate_of(peer).open(order.grant, order.first_timestamp, now.mono));
  flush_held(peer, local, now, out);
}

void WorkerCore::State::flush_held(Peer& peer, LocalRoom& local, Now now, WorkerOutbox& out) {
  while (const auto packet = peer.gate->take_held()) {
    --counters.held;
    if (peer.gate->judge(*packet) == UplinkGate::Verdict::pass) {
      count(pass_on(peer, local, *packet, now, out));
    } else {
      counters.receive_drops.count(Drop::no_floor);
    }
  }
}

std::expected<Handled, Drop> WorkerCore::State::on(const RoomMode& message, Now, WorkerOutbox&) {
  const auto entry = rooms.find(message.room);
  if (entry == rooms.end() || entry->second.home) return std::unexpected(Drop::no_room);
  if (entry->second.is_arbitrated != message.is_arbitrated) {
    entry->second.is_arbitrated = message.is_arbitrated;
    reset_gates(message.room);
  }
  return Handled::control;
}

void WorkerCore::State::reset_gates(RoomId room) {
  for (const PeerId id : peers.ids()) {
    Peer& peer = *peers.find(id);
    if (!peer.gate || peer.uplink.room() != room) continue;
    count_losses(peer.gate->discard());
    peer.gate->change_room();
  }
}

void WorkerCore::State::send_note(LocalRoom& local, const GateNote& note, Now now,
                                  WorkerOutbox& out) {
  if (!local.home) return tell(local.home_worker, note, out);
  take_note(local, note, now);
  settle_floor(local, now, out);
}

UplinkGate& WorkerCore::State::gate_of(Peer& peer) {
  if (!peer.gate) peer.gate = std::make_unique<UplinkGate>(pre_rolls);
  return *peer.gate;
}

void WorkerCore::State::on(const SetTalkRoom& command, Now now, WorkerOutbox& out) {
  Peer* const peer = peers.find(command.peer);
  if (peer == nullptr || command.talk_version < peer->talk_version) return;
  peer->talk_version = command.talk_version;
  const bool is_inside = peer->is_in(command.room);
  bind_uplink(*peer, is_inside ? command.room : RoomId{}, now, out);
  if (command.first_timestamp) peer->uplink.begin_at(*command.first_timestamp, now.mono);
  if (command.change_id == 0 || !is_inside) return;
  out.events.emplace_back(
      TalkRoomSet{.peer = peer->id, .room = command.room, .change_id = command.change_id});
}

// An uplink is bound to one room at a time, so that nothing said in one is heard in another. A
// burst that is not over where it was bound before is over now.
void WorkerCore::State::bind_uplink(Peer& peer, RoomId room, Now now, WorkerOutbox& out) {
  const RoomId bound = peer.uplink.room();
  if (bound == room) return;
  peer.uplink.bind(room);
  if (!bound.is_none()) {
    LocalRoom& old = rooms.at(bound);
    if (!old.is_arbitrated) {
      silence(old, bound, peer.id, out);
    } else if (peer.gate) {
      const bool was_open = peer.gate->is_open();
      const GateNote abandoned{.kind = GateNote::Kind::abandoned,
                               .room = bound,
                               .peer = peer.id,
                               .grant = peer.gate->grant(),
                               .last_timestamp = peer.gate->newest_passed()};
      peer.gate->change_room();
      if (was_open) send_note(old, abandoned, now, out);
    }
  }
  if (room.is_none()) return;
  LocalRoom& local = rooms.at(room);
  if (!local.is_arbitrated) return;
  send_note(local,
            {.kind = GateNote::Kind::ready,
             .room = room,
             .peer = peer.id,
             .talk_version = peer.talk_version},
            now, out);
}

}  // namespace parley::sfu
