// The homes of rooms with a floor: members, requests, packets at the home's side of the gates.
#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

LocalRoom* WorkerCore::State::find_home(RoomId room) {
  const auto entry = rooms.find(room);
  return entry != rooms.end() && entry->second.home ? &entry->second : nullptr;
}

void WorkerCore::State::on(const AddMember& command, Now now, WorkerOutbox& out) {
  LocalRoom& local = local_room(command.room, config.index);
  if (local.floor->is_empty()) {
    local.floor->start(command.policy, command.term);
    local.floor->set_link(is_link_up, now.mono);
    local.is_arbitrated = local.floor->is_arbitrated();
    local.home->restart(local.floor->open_talkers());
    reset_gates(command.room);
  }
  local.floor->add({.id = command.member,
                    .peer = command.peer,
                    .worker = command.worker,
                    .rights = command.rights,
                    .delegation = command.delegation,
                    .is_reachable = command.is_reachable},
                   now.mono);
  settle_floor(local, now, out);
}

void WorkerCore::State::on(const RemoveMember& command, Now now, WorkerOutbox& out) {
  LocalRoom* const local = find_home(command.room);
  if (local == nullptr) return;
  local->floor->remove(command.member, command.is_expelled, now.mono);
  settle_floor(*local, now, out);
  erase_if_unused(command.room);
}

void WorkerCore::State::on(const LoseMember& command, Now now, WorkerOutbox& out) {
  LocalRoom* const local = find_home(command.room);
  if (local == nullptr) return;
  local->floor->on_peer_lost(command.member, now.mono);
  settle_floor(*local, now, out);
}

void WorkerCore::State::on(const AskFloor& command, Now now, WorkerOutbox& out) {
  LocalRoom* const local = find_home(command.room);
  if (local == nullptr) return;
  local->floor->ask({.member = command.member,
                     .request = command.request,
                     .talk_version = command.talk_version,
                     .is_talk_room_open = command.is_talk_room_open,
                     .asked_at = command.asked_at},
                    now.mono);
  settle_floor(*local, now, out);
}

void WorkerCore::State::on(const SetReachable& command, Now now, WorkerOutbox& out) {
  LocalRoom* const local = find_home(command.room);
  if (local == nullptr) return;
  local->floor->set_reachable(command.member, command.is_reachable, now.mono);
  settle_floor(*local, now, out);
}

void WorkerCore::State::on(const SetLink& command, Now now, WorkerOutbox& out) {
  is_link_up = command.is_up;
  std::vector<RoomId> homes;
  for (const auto& [id, local] : rooms) {
    if (local.floor) homes.push_back(id);
  }
  std::ranges::sort(homes);  // the order of a hash table is not to be seen outside
  for (const RoomId id : homes) {
    LocalRoom& local = rooms.at(id);
    local.floor->set_link(is_link_up, now.mono);
    settle_floor(local, now, out);
  }
}

std::expected<Handled, Drop> WorkerCore::State::route_granted(LocalRoom& local, PeerId talker,
                                                              const VoicePacket& packet, Now now,
                                                              WorkerOutbox& out) {
  const auto passed = local.floor->on_packet(talker, packet.timestamp, now.mono);
  if (!passed) return std::unexpected(Drop::no_floor);
  spread(local, talker,
         {.channel = passed->channel, .burst = local.home->name_burst(passed->burst)}, packet, now,
         out);
  return Handled::voice;
}

std::expected<Handled, Drop> WorkerCore::State::on(const GateNote& message, Now now,
                                                   WorkerOutbox& out) {
  LocalRoom* const local = find_home(message.room);
  if (local == nullptr) return std::unexpected(Drop::no_room);
  if (!local->is_arbitrated && message.kind == GateNote::Kind::unclaimed) {
    // That worker has missed that the room is OPEN now.
    for (const WorkerIndex leg : local->home->legs()) {
      tell(leg, RoomMode{.room = message.room, .is_arbitrated = false}, out);
    }
  }
  take_note(*local, message, now);
  settle_floor(*local, now, out);
  return Handled::control;
}

void WorkerCore::State::take_note(LocalRoom& local, const GateNote& note, Now now) {
  switch (note.kind) {
    case GateNote::Kind::ready:
      local.floor->on_gate_ready(note.peer, note.talk_version);
      return;
    case GateNote::Kind::unclaimed:
      local.floor->on_unclaimed_voice(note.peer, note.talk_version, now.mono);
      return;
    case GateNote::Kind::abandoned:
      local.floor->on_burst_abandoned(note.peer, note.grant, note.last_timestamp, now.mono);
      return;
  }
}

// An order may make a gate speak to the floor of another room whose home is here too: that one is
// settled after this one, never in the middle of it.
void WorkerCore::State::settle_floor(LocalRoom& local, Now now, WorkerOutbox& out) {
  unsettled.push_back(&local);
  if (unsettled.size() > 1) return;
  for (std::size_t next = 0; next < unsettled.size(); ++next) {
    LocalRoom& one = *unsettled[next];
    while (one.floor->has_output()) {
      one.floor->take_output(floor_work);
      for (control::FloorTold& told : floor_work.told) {
        out.events.emplace_back(FloorSaid{.told = std::move(told)});
      }
      for (const PlacedOrder& placed : floor_work.orders) carry_out(one, placed, now, out);
      if (floor_work.mode_changed) change_mode(one, out);
      floor_work.clear();
    }
    publish_talkers(one, out);
    arm(one);
  }
  unsettled.clear();
}

void WorkerCore::State::carry_out(LocalRoom& local, const PlacedOrder& placed, Now now,
                                  WorkerOutbox& out) {
  const GateOrder& order = placed.order;
  if (placed.channel != kNoChannel) {
    if (order.kind == GateOrder::Kind::open) local.home->give(placed.channel, order.peer);
    if (order.kind == GateOrder::Kind::shut) local.home->take_back(placed.channel);
  }
  if (placed.worker == config.index) {
    obey(order, now, out);
  } else {
    tell(placed.worker, order, out);
  }
}

void WorkerCore::State::change_mode(LocalRoom& local, WorkerOutbox& out) {
  const RoomId room = local.home->id();
  local.is_arbitrated = local.floor->is_arbitrated();
  local.home->restart(local.floor->open_talkers());
  reset_gates(room);
  for (const WorkerIndex leg : local.home->legs()) {
    tell(leg, RoomMode{.room = room, .is_arbitrated = local.is_arbitrated}, out);
  }
  out.events.emplace_back(
      ModeChanged{.room = room, .is_arbitrated = local.is_arbitrated, .term = local.floor->term()});
}

FloorNumbers WorkerCore::State::floor_numbers(Timestamp now) const {
  FloorNumbers numbers = past_floors;
  for (const auto& [id, local] : rooms) {
    if (local.floor) local.floor->add_numbers(numbers, now);
  }
  return numbers;
}

}  // namespace parley::sfu
