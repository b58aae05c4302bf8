// The floors of rooms as the switchboard sees them: seats, talk rooms, and who has lost his
// transport.
#include <utility>

#include "protocol/limits.hpp"
#include "sfu/core/floor_codec.hpp"
#include "sfu/core/switchboard_state.hpp"

namespace parley::sfu {
namespace {

using control::NodeError;

SetTalkRoom to_set_talk_room(PeerId peer, const PeerRecord& record) {
  return {.peer = peer, .room = record.talk_room, .talk_version = record.talk_version};
}

}  // namespace

void Switchboard::State::take_seat(const control::JoinRoom& join, const PeerRecord& record,
                                   WorkerIndex home, SwitchboardOutbox& out) {
  const RoomId room{join.room_id()};
  const MemberId member{join.member_id()};
  const PeerId peer{join.peer_id()};
  RoomRecord& there = rooms.at(room);
  if (there.seats.empty()) {
    there.policy = *to_policy(join.policy());
    there.is_arbitrated = there.policy.mode != FloorMode::open;
    there.term = next_term++;
  }
  const PeerId before = std::exchange(there.seats[member], peer);
  if (const auto gone = lost.find(before); gone != lost.end()) {
    std::erase_if(gone->second.rooms, [&](const RoomUse& use) { return use.room == room; });
    unuse_room(room);
  }
  out.to_workers.emplace_back(home, AddMember{.room = room,
                                              .member = member,
                                              .peer = peer,
                                              .worker = record.worker,
                                              .rights = *to_rights(join.rights()),
                                              .delegation = join.rights().delegation(),
                                              .policy = there.policy,
                                              .term = there.term,
                                              .is_reachable = record.is_reachable});
}

// Who has moved to another peer has left this one's seat before.
void Switchboard::State::leave_seat(const RoomUse& use, PeerId peer, bool is_expelled,
                                    SwitchboardOutbox& out) {
  RoomRecord& there = rooms.at(use.room);
  if (!there.is_seat_of(use.member, peer)) return;
  there.seats.erase(use.member);
  out.to_workers.emplace_back(
      there.home, RemoveMember{.room = use.room, .member = use.member, .is_expelled = is_expelled});
}

// The first room in which a peer may talk is its talk room, until it chooses another.
void Switchboard::State::choose_talk_room(PeerRecord& record, const RoomUse& use) {
  if (use.may_talk && record.talk_room.is_none()) record.choose_talk_room(use.room);
  if (!use.may_talk && record.talk_room == use.room) record.choose_talk_room({});
}

void Switchboard::State::on(const control::FloorAsked& asked, std::uint32_t request,
                            SwitchboardOutbox& out) {
  const MemberId member{asked.member_id()};
  const RoomId room{asked.request().room_id()};
  if (!to_request(asked.request())) {
    return refuse(request, NodeError::UNKNOWN_MESSAGE, "This node does not know this request.",
                  out);
  }
  const auto there = rooms.find(room);
  const bool is_member = there != rooms.end() && there->second.seats.contains(member);
  if (!is_member) {
    if (asked.request().has_press()) {
      control::FloorTold& told = *answer(0, out).mutable_floor();
      told.set_member_id(asked.member_id());
      told.mutable_event()->set_room_id(room.value);
      floor::Denied& denied = *told.mutable_event()->mutable_denied();
      denied.set_req_id(asked.request().press().req_id());
      denied.set_cause(floor::Denied::NOT_A_MEMBER);
    }
    return;
  }
  AskFloor ask{.room = room, .member = member, .request = asked.request(), .asked_at = now};
  if (asked.request().has_press()) {
    direct_press(there->second.seats.at(member), there->second, ask, out);
  }
  out.to_workers.emplace_back(there->second.home, std::move(ask));
}

void Switchboard::State::direct_press(PeerId peer, const RoomRecord& room, AskFloor& ask,
                                      SwitchboardOutbox& out) {
  PeerRecord* const record = find(peer);
  if (record == nullptr) return;  // its transport is lost
  const RoomUse* const use = record->find(ask.room);
  const auto talk_room = rooms.find(record->talk_room);
  if (record->talk_room != ask.room && use != nullptr && use->may_talk && room.is_arbitrated) {
    if (talk_room != rooms.end() && !talk_room->second.is_arbitrated) {
      ask.is_talk_room_open = true;
    } else {
      record->choose_talk_room(ask.room);
      out.to_workers.emplace_back(record->worker, to_set_talk_room(peer, *record));
    }
  }
  ask.talk_version = record->talk_version;
}

void Switchboard::State::on(const control::SetTalkRoom& set, std::uint32_t request,
                            SwitchboardOutbox& out) {
  const PeerId peer{set.peer_id()};
  const RoomId room{set.room_id()};
  PeerRecord* const record = find(peer);
  if (record == nullptr) {
    return refuse(request, NodeError::PEER_UNKNOWN, "This peer is not on the node.", out);
  }
  const RoomUse* const use = record->find(room);
  if (use == nullptr || !use->may_talk) {
    return refuse(request, NodeError::LIMIT_EXCEEDED, "This peer may not talk in that room.", out);
  }
  if (record->talk_room != room) record->choose_talk_room(room);
  SetTalkRoom command = to_set_talk_room(peer, *record);
  command.change_id = set.change_id();
  if (set.has_first_timestamp()) command.first_timestamp = set.first_timestamp();
  out.to_workers.emplace_back(record->worker, command);
}

void Switchboard::State::on(const control::SignalingState& state, SwitchboardOutbox& out) {
  const PeerId peer{state.peer_id()};
  PeerRecord* const record = find(peer);
  if (record != nullptr) record->is_reachable = state.is_connected();
  const auto gone = lost.find(peer);
  if (record == nullptr && gone == lost.end()) return;
  for (const RoomUse& use : record != nullptr ? record->rooms : gone->second.rooms) {
    const RoomRecord& there = rooms.at(use.room);
    if (!there.is_seat_of(use.member, peer)) continue;
    out.to_workers.emplace_back(
        there.home,
        SetReachable{.room = use.room, .member = use.member, .is_reachable = state.is_connected()});
  }
}

void Switchboard::State::tell_link(bool is_up, SwitchboardOutbox& out) {
  if (std::exchange(is_link_up, is_up) == is_up) return;
  for (std::uint16_t i = 0; i < config.workers; ++i) {
    out.to_workers.emplace_back(WorkerIndex{i}, SetLink{.is_up = is_up});
  }
}

void Switchboard::State::on(const FloorSaid& event, SwitchboardOutbox& out) {
  *answer(0, out).mutable_floor() = event.told;
}

void Switchboard::State::on(const ModeChanged& event, SwitchboardOutbox&) {
  next_term = std::max(next_term, event.term + 1);
  const auto room = rooms.find(event.room);
  if (room != rooms.end()) room->second.is_arbitrated = event.is_arbitrated;
}

void Switchboard::State::on(const TalkRoomSet& event, SwitchboardOutbox& out) {
  control::TalkRoomSet& told = *answer(0, out).mutable_talk_room_set();
  told.set_peer_id(event.peer.value);
  told.set_room_id(event.room.value);
  told.set_change_id(event.change_id);
}

void Switchboard::State::lose(PeerId id, SwitchboardOutbox& out) {
  PeerRecord* const record = find(id);
  if (record == nullptr) return;
  LostPeer kept{.until = now + kLostMemberHold, .rooms = {}};
  for (const RoomUse& use : record->rooms) {
    const RoomRecord& there = rooms.at(use.room);
    if (!there.is_arbitrated || !there.is_seat_of(use.member, id)) continue;
    kept.rooms.push_back(use);
    use_room(use.room, there.home);
    out.to_workers.emplace_back(there.home, LoseMember{.room = use.room, .member = use.member});
  }
  // Those seats are no longer the peer's to leave.
  for (const RoomUse& use : kept.rooms) {
    std::erase_if(record->rooms, [&](const RoomUse& one) { return one.room == use.room; });
    end_membership(use.room, record->worker, out);
  }
  forget(id, out);
  if (kept.rooms.empty()) return;
  lost.emplace(id, std::move(kept));
  lost_order.push_back(id);
}

void Switchboard::State::drop_lost(PeerId id, SwitchboardOutbox& out) {
  const auto found = lost.find(id);
  if (found == lost.end()) return;
  const LostPeer gone = std::move(found->second);
  lost.erase(found);
  for (const RoomUse& use : gone.rooms) {
    leave_seat(use, id, false, out);
    unuse_room(use.room);
  }
}

void Switchboard::State::leave_lost(PeerId id, RoomId room, bool is_expelled,
                                    SwitchboardOutbox& out) {
  const auto found = lost.find(id);
  if (found == lost.end()) return;
  const auto use = std::ranges::find(found->second.rooms, room, &RoomUse::room);
  if (use == found->second.rooms.end()) return;
  leave_seat(*use, id, is_expelled, out);
  found->second.rooms.erase(use);
  unuse_room(room);
}

void Switchboard::State::expire_lost(SwitchboardOutbox& out) {
  while (!lost_order.empty()) {
    const PeerId first = lost_order.front();
    const auto found = lost.find(first);
    if (found != lost.end() && found->second.until > now) return;
    lost_order.pop_front();
    drop_lost(first, out);
  }
}

}  // namespace parley::sfu
