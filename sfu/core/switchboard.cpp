#include "sfu/core/switchboard.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include "base/check.hpp"
#include "protocol/limits.hpp"
#include "sfu/core/floor_codec.hpp"
#include "sfu/core/switchboard_state.hpp"

namespace parley::sfu {

namespace {

using control::FromNode;
using control::NodeError;
using control::ToNode;

bool may_talk(const floor::Rights& rights) {
  const bool listens = rights.role() == floor::LISTENER || rights.role() == floor::OBSERVER;
  return rights.may_talk() && !listens;
}

}  // namespace

Switchboard::Switchboard(SwitchboardConfig config)
    : state_(std::make_unique<State>(std::move(config))) {
  PARLEY_CHECK(state_->config.workers >= 1);
}

Switchboard::~Switchboard() = default;

std::size_t Switchboard::peer_count() const { return state_->peers.size(); }

const TicketFaultCounts& Switchboard::refused_tickets() const { return state_->tickets.refused(); }

// A peer that is being added is in the snapshot too: signaling may have been restarted meanwhile.
void Switchboard::on_link_up(Timestamp now, SwitchboardOutbox& out) {
  State& state = *state_;
  state.now = now;
  state.tickets.forget_key();
  state.tell_link(true, out);
  control::NodeHello& hello = *state.answer(0, out).mutable_hello();
  hello.set_min_version(protocol::kMinVersion);
  hello.set_max_version(protocol::kMaxVersion);
  hello.set_node_name(state.config.node_name);
  hello.set_boot_id(state.config.boot_id);
  hello.set_workers(state.config.workers);
  hello.set_max_peers(state.config.max_peers);
  for (const auto& [id, record] : state.peers) {
    control::PeerSnapshot& snapshot = *state.answer(0, out).mutable_peer_snapshot();
    snapshot.set_peer_id(id.value);
    snapshot.set_state(record.state);
    for (const RoomUse& use : record.rooms) snapshot.add_room_ids(use.room.value);
  }
  state.answer(0, out).mutable_snapshot_end();
  for (const auto& [id, room] : state.rooms) {
    const bool is_heard =
        std::ranges::any_of(room.channels, [](PeerId holder) { return !holder.is_none(); });
    if (is_heard) state.tell_talkers(id, room.channels, out);
  }
}

// Media goes on without signaling, so nothing ends here; what changes meanwhile is in the next
// snapshot. Until then voice is the only way to ask for the floor.
void Switchboard::on_link_down(Timestamp now, SwitchboardOutbox& out) {
  state_->now = now;
  state_->tell_link(false, out);
}

void Switchboard::on_message(const ToNode& message, Now now, SwitchboardOutbox& out) {
  State& state = *state_;
  state.now = now.mono;
  state.expire_lost(out);
  const std::uint32_t request = message.request_id();
  switch (message.body_case()) {
    case ToNode::kWelcome:
      return state.on(message.welcome(), request, out);
    case ToNode::kAddPeer:
      return state.on(message.add_peer(), request, now.wall, out);
    case ToNode::kRemovePeer:
      return state.on(message.remove_peer(), out);
    case ToNode::kJoinRoom:
      return state.on(message.join_room(), request, out);
    case ToNode::kLeaveRoom:
      return state.on(message.leave_room(), out);
    case ToNode::kFloor:
      return state.on(message.floor(), request, out);
    case ToNode::kSignalingState:
      return state.on(message.signaling_state(), out);
    case ToNode::kSetTalkRoom:
      return state.on(message.set_talk_room(), request, out);
    case ToNode::kRenewLeases:
      return state.on(message.renew_leases(), out);
    case ToNode::kPing:
      state.answer(request, out).mutable_pong();
      return;
    case ToNode::BODY_NOT_SET:
      return state.refuse(request, NodeError::UNKNOWN_MESSAGE,
                          "This node does not know this message.", out);
  }
}

void Switchboard::on_worker_event(WorkerIndex, const WorkerEvent& event, Timestamp now,
                                  SwitchboardOutbox& out) {
  state_->now = now;
  state_->expire_lost(out);
  std::visit([&](const auto& one) { state_->on(one, out); }, event);
}

void Switchboard::State::on(const control::RemovePeer& remove, SwitchboardOutbox& out) {
  const PeerId id{remove.peer_id()};
  const PeerRecord* const record = find(id);
  if (record == nullptr) return drop_lost(id, out);
  out.to_workers.emplace_back(record->worker, RemovePeer{.peer = id});
  if (record->pending_add) {
    refuse(*record->pending_add, NodeError::PEER_UNKNOWN, "Removed before it was ready.", out);
  }
  forget(id, out);
}

void Switchboard::State::on(const control::JoinRoom& join, std::uint32_t request,
                            SwitchboardOutbox& out) {
  const PeerId id{join.peer_id()};
  const RoomId room{join.room_id()};
  PeerRecord* const record = find(id);
  if (const auto refusal = check(join, record)) {
    return refuse(request, refusal->code, refusal->why, out);
  }
  const auto known = rooms.find(room);
  const WorkerIndex home = known == rooms.end() ? record->worker : known->second.home;
  use_room(room, home);
  take_seat(join, *record, home, out);
  if (record->find(room) == nullptr) {
    begin_membership(room, home, record->worker, out);
    record->rooms.push_back({.room = room, .member = MemberId{join.member_id()}});
  }
  unuse_room(room);
  RoomUse& use = *record->find(room);
  use.may_talk = may_talk(join.rights());
  choose_talk_room(*record, use);
  out.to_workers.emplace_back(record->worker,
                              JoinRoom{.peer = id,
                                       .room = room,
                                       .home = home,
                                       .may_send = record->talk_room == room,
                                       .request_id = request,
                                       .first_slot = static_cast<std::uint8_t>(join.first_slot()),
                                       .slots = static_cast<std::uint8_t>(join.slots()),
                                       .is_arbitrated = rooms.at(room).is_arbitrated,
                                       .talk_version = record->talk_version});
}

std::optional<Switchboard::State::Refusal> Switchboard::State::check(const control::JoinRoom& join,
                                                                     PeerRecord* record) const {
  const RoomId room{join.room_id()};
  const MemberId member{join.member_id()};
  if (record == nullptr) {
    return Refusal{NodeError::PEER_UNKNOWN, "This peer is not on the node."};
  }
  if (room.is_none() || member.is_none()) {
    return Refusal{NodeError::LIMIT_EXCEEDED, "A room and a member need ids."};
  }
  if (!to_rights(join.rights()) || !to_policy(join.policy())) {
    return Refusal{NodeError::LIMIT_EXCEEDED, "This node does not know these rights or this mode."};
  }
  const RoomUse* const use = record->find(room);
  if (use != nullptr && use->member != member) {
    return Refusal{NodeError::PEER_EXISTS, "This peer is another member of the room."};
  }
  if (use == nullptr && record->rooms.size() >= kMaxRoomsPerPeer) {
    return Refusal{NodeError::FULL, "The peer is in as many rooms as it may be."};
  }
  const auto known = rooms.find(room);
  if (known == rooms.end()) return std::nullopt;
  const RoomRecord& there = known->second;
  const bool is_full = use == nullptr && there.member_count() >= config.max_room_peers;
  const bool has_no_seat =
      !there.seats.contains(member) && there.seats.size() >= config.max_room_peers;
  if (is_full || has_no_seat) {
    return Refusal{NodeError::FULL, "The room has as many members as it may."};
  }
  return std::nullopt;
}

void Switchboard::State::on(const control::LeaveRoom& leave, SwitchboardOutbox& out) {
  const PeerId id{leave.peer_id()};
  const RoomId room{leave.room_id()};
  PeerRecord* const record = find(id);
  if (record == nullptr) return leave_lost(id, room, leave.is_expelled(), out);
  const RoomUse* const found = record->find(room);
  if (found == nullptr) return;
  const RoomUse use = *found;
  leave_seat(use, id, leave.is_expelled(), out);
  out.to_workers.emplace_back(record->worker, LeaveRoom{.peer = id, .room = room});
  leave_room(*record, room, out);
}

// What is left to do when the peer's worker and the room's floor know of it.
void Switchboard::State::leave_room(PeerRecord& record, RoomId room, SwitchboardOutbox& out) {
  std::erase_if(record.rooms, [&](const RoomUse& use) { return use.room == room; });
  if (record.talk_room == room) record.choose_talk_room({});
  end_membership(room, record.worker, out);
}

void Switchboard::State::on(const JoinRefused& event, SwitchboardOutbox& out) {
  PeerRecord* const record = find(event.peer);
  const RoomUse* const found = record == nullptr ? nullptr : record->find(event.room);
  if (found != nullptr && !event.is_inside) {
    const RoomUse use = *found;
    leave_seat(use, event.peer, false, out);
    leave_room(*record, use.room, out);
  }
  refuse(event.request_id, code_for(event.error.code), event.error.message, out);
}

void Switchboard::State::on(const PeerConnected& event, SwitchboardOutbox& out) {
  set_peer_state(event.peer, control::PeerState::CONNECTED, {}, out);
}

void Switchboard::State::on(const PeerStalled& event, SwitchboardOutbox& out) {
  set_peer_state(event.peer, control::PeerState::STALLED, "no valid packet from the client", out);
}

void Switchboard::State::on(const PeerClosed& event, SwitchboardOutbox& out) {
  set_peer_state(event.peer, control::PeerState::CLOSED, event.reason, out);
  lose(event.peer, out);
}

void Switchboard::State::on(const TalkersChanged& event, SwitchboardOutbox& out) {
  if (const auto room = rooms.find(event.room); room != rooms.end()) {
    room->second.channels = event.channels;
  }
  tell_talkers(event.room, event.channels, out);
}

NodeError::Code Switchboard::State::code_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::already_exists:
      return NodeError::PEER_EXISTS;
    case ErrorCode::not_found:
      return NodeError::PEER_UNKNOWN;
    case ErrorCode::resource_exhausted:
      return NodeError::FULL;
    case ErrorCode::invalid_argument:
    case ErrorCode::unauthenticated:
    case ErrorCode::expired:
    case ErrorCode::already_used:
    case ErrorCode::failed_precondition:
    case ErrorCode::unavailable:
    case ErrorCode::io:
      return NodeError::OFFER_REFUSED;
  }
  return NodeError::UNSPECIFIED;
}

FromNode& Switchboard::State::answer(std::uint32_t request, SwitchboardOutbox& out) const {
  FromNode& message = out.to_signaling.emplace_back();
  message.set_request_id(request);
  return message;
}

void Switchboard::State::refuse(std::uint32_t request, NodeError::Code code, std::string_view why,
                                SwitchboardOutbox& out) const {
  NodeError& error = *answer(request, out).mutable_error();
  error.set_code(code);
  error.set_message(std::string(why));
}

void Switchboard::State::set_peer_state(PeerId id, control::PeerState::State state,
                                        std::string_view reason, SwitchboardOutbox& out) {
  PeerRecord* const record = find(id);
  if (record == nullptr) return;  // removed while the event was on its way
  record->state = state;
  control::PeerState& told = *answer(0, out).mutable_peer_state();
  told.set_peer_id(id.value);
  told.set_state(state);
  told.set_reason(std::string(reason));
}

void Switchboard::State::tell_talkers(RoomId room, std::span<const PeerId> channels,
                                      SwitchboardOutbox& out) const {
  control::RoomTalkers& talkers = *answer(0, out).mutable_talkers();
  talkers.set_room_id(room.value);
  for (const PeerId holder : channels) talkers.add_peer_ids(holder.value);
}

PeerRecord* Switchboard::State::find(PeerId id) {
  const auto found = peers.find(id);
  return found == peers.end() ? nullptr : &found->second;
}

bool Switchboard::State::is_pending(PeerId id, std::uint32_t request) {
  const PeerRecord* const record = find(id);
  return record != nullptr && record->pending_add == request;
}

WorkerIndex Switchboard::State::least_loaded() const {
  const auto least = std::ranges::min_element(load);
  return WorkerIndex{static_cast<std::uint16_t>(least - load.begin())};
}

WorkerIndex Switchboard::State::place_peer(WorkerIndex home) const {
  const WorkerIndex least = least_loaded();
  return load[home.value] < load[least.value] + config.home_share ? home : least;
}

void Switchboard::State::use_room(RoomId room, WorkerIndex home) {
  const auto [entry, is_new] =
      rooms.try_emplace(room, RoomRecord{.home = home,
                                         .members = std::vector<std::uint32_t>(config.workers, 0),
                                         .channels = {}});
  PARLEY_CHECK(entry->second.home == home);
  ++entry->second.uses;
}

void Switchboard::State::begin_membership(RoomId room, WorkerIndex home, WorkerIndex worker,
                                          SwitchboardOutbox& out) {
  use_room(room, home);
  const bool is_first = rooms.at(room).members[worker.value]++ == 0;
  if (is_first && worker != home) {
    out.to_workers.emplace_back(home, OpenLeg{.room = room, .worker = worker});
  }
}

void Switchboard::State::end_membership(RoomId room, WorkerIndex worker, SwitchboardOutbox& out) {
  RoomRecord& record = rooms.at(room);
  PARLEY_CHECK(record.members[worker.value] > 0);
  const bool is_last = --record.members[worker.value] == 0;
  if (is_last && worker != record.home) {
    out.to_workers.emplace_back(record.home, CloseLeg{.room = room, .worker = worker});
  }
  unuse_room(room);
}

void Switchboard::State::unuse_room(RoomId room) {
  const auto record = rooms.find(room);
  PARLEY_CHECK(record != rooms.end() && record->second.uses > 0);
  if (--record->second.uses == 0) rooms.erase(record);
}

void Switchboard::State::forget(PeerId id, SwitchboardOutbox& out) {
  const auto found = peers.find(id);
  if (found == peers.end()) return;
  const PeerRecord record = std::move(found->second);
  peers.erase(found);
  --load[record.worker.value];
  for (const RoomUse& use : record.rooms) {
    leave_seat(use, id, false, out);
    end_membership(use.room, record.worker, out);
  }
  unuse_room(record.home);
}

}  // namespace parley::sfu
