// The inside of a switchboard: what it knows of peers and rooms, and its handlers grouped by the
// file that holds them.
#pragma once

#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sfu/core/switchboard.hpp"

namespace parley::sfu {

// A room in which a peer is, and as whom.
struct RoomUse {
  RoomId room;
  MemberId member;
  bool may_talk = false;
};

struct PeerRecord {
  WorkerIndex worker;
  RoomId home;
  control::PeerState::State state = control::PeerState::CONNECTING;
  std::optional<std::uint32_t> pending_add;  // the request that waits for its worker
  std::vector<RoomUse> rooms;
  RoomId talk_room{};              // the one its uplink is bound to
  std::uint32_t talk_version = 0;  // of that choice
  bool is_reachable = true;        // by signaling

  [[nodiscard]] RoomUse* find(RoomId room) {
    const auto found = std::ranges::find(rooms, room, &RoomUse::room);
    return found == rooms.end() ? nullptr : &*found;
  }
  void choose_talk_room(RoomId room) {
    talk_room = room;
    ++talk_version;
  }
};

// A peer whose transport has ended, while its places in arbitrated rooms are kept.
struct LostPeer {
  Timestamp until;
  std::vector<RoomUse> rooms;
};

struct RoomRecord {
  WorkerIndex home;
  std::size_t uses = 0;                // peers whose home it is, memberships, and places kept
  std::vector<std::uint32_t> members;  // of each worker
  std::vector<PeerId> channels;        // as told last
  // Its floor, as long as it has members: those of `seats`, each with its present or lost peer.
  FloorPolicy policy{};
  std::uint32_t term = 0;
  bool is_arbitrated = false;
  std::unordered_map<MemberId, PeerId> seats{};

  // Whether the member's place is this peer's: he may have moved to another one since.
  [[nodiscard]] bool is_seat_of(MemberId member, PeerId peer) const {
    const auto seat = seats.find(member);
    return seat != seats.end() && seat->second == peer;
  }
  [[nodiscard]] std::uint64_t member_count() const {
    return std::accumulate(members.begin(), members.end(), std::uint64_t{0});
  }
};

struct Switchboard::State {
  explicit State(SwitchboardConfig switchboard_config)
      : config(std::move(switchboard_config)),
        tickets(config.boot_id),
        load(config.workers, 0),
        next_term(std::max(config.first_term, 1U)) {}

  // switchboard_admission.cpp
  void on(const control::NodeWelcome& welcome, std::uint32_t request, SwitchboardOutbox& out);
  void on(const control::AddPeer& add, std::uint32_t request, WallTime wall,
          SwitchboardOutbox& out);
  void on(const control::RenewLeases& renew, SwitchboardOutbox& out);
  void on(const PeerAdded& event, SwitchboardOutbox& out);
  void on(const PeerRefused& event, SwitchboardOutbox& out);

  void on(const control::RemovePeer& remove, SwitchboardOutbox& out);
  void on(const control::JoinRoom& join, std::uint32_t request, SwitchboardOutbox& out);
  void on(const control::LeaveRoom& leave, SwitchboardOutbox& out);
  void on(const control::FloorAsked& asked, std::uint32_t request, SwitchboardOutbox& out);
  void on(const control::SignalingState& state, SwitchboardOutbox& out);
  void on(const control::SetTalkRoom& set, std::uint32_t request, SwitchboardOutbox& out);

  void on(const JoinRefused& event, SwitchboardOutbox& out);
  void on(const PeerConnected& event, SwitchboardOutbox& out);
  void on(const PeerStalled& event, SwitchboardOutbox& out);
  void on(const PeerClosed& event, SwitchboardOutbox& out);
  void on(const TalkersChanged& event, SwitchboardOutbox& out);
  void on(const FloorSaid& event, SwitchboardOutbox& out);
  void on(const ModeChanged& event, SwitchboardOutbox& out);
  void on(const TalkRoomSet& event, SwitchboardOutbox& out);

  [[nodiscard]] static control::NodeError::Code code_for(ErrorCode code);
  [[nodiscard]] control::FromNode& answer(std::uint32_t request, SwitchboardOutbox& out) const;
  void refuse(std::uint32_t request, control::NodeError::Code code, std::string_view why,
              SwitchboardOutbox& out) const;
  void set_peer_state(PeerId id, control::PeerState::State state, std::string_view reason,
                      SwitchboardOutbox& out);
  void tell_talkers(RoomId room, std::span<const PeerId> channels, SwitchboardOutbox& out) const;
  [[nodiscard]] PeerRecord* find(PeerId id);
  [[nodiscard]] bool is_pending(PeerId id, std::uint32_t request);
  [[nodiscard]] WorkerIndex least_loaded() const;
  [[nodiscard]] WorkerIndex place_peer(WorkerIndex home) const;
  void use_room(RoomId room, WorkerIndex home);
  void unuse_room(RoomId room);
  // A membership of a peer on `worker` begins or ends, a use of the room; the room's home is told
  // of the first and the last there.
  void begin_membership(RoomId room, WorkerIndex home, WorkerIndex worker, SwitchboardOutbox& out);
  void end_membership(RoomId room, WorkerIndex worker, SwitchboardOutbox& out);
  // Why this join is not possible; none: it is.
  struct Refusal {
    control::NodeError::Code code;
    std::string_view why;
  };
  [[nodiscard]] std::optional<Refusal> check(const control::JoinRoom& join,
                                             PeerRecord* record) const;
  // The member's place in the room's floor is this peer's: a new one, or one it had before.
  void take_seat(const control::JoinRoom& join, const PeerRecord& record, WorkerIndex home,
                 SwitchboardOutbox& out);
  void leave_seat(const RoomUse& use, PeerId peer, bool is_expelled, SwitchboardOutbox& out);
  void choose_talk_room(PeerRecord& record, const RoomUse& use);
  // A press is heard where it is made: the room becomes the talk room, unless an OPEN one is.
  void direct_press(PeerId peer, const RoomRecord& room, AskFloor& ask, SwitchboardOutbox& out);
  void tell_link(bool is_up, SwitchboardOutbox& out);
  void leave_room(PeerRecord& record, RoomId room, SwitchboardOutbox& out);
  void forget(PeerId id, SwitchboardOutbox& out);
  // As forget(), but its places in arbitrated rooms are kept for a while.
  void lose(PeerId id, SwitchboardOutbox& out);
  void drop_lost(PeerId id, SwitchboardOutbox& out);
  void leave_lost(PeerId id, RoomId room, bool is_expelled, SwitchboardOutbox& out);
  void expire_lost(SwitchboardOutbox& out);

  SwitchboardConfig config;
  TicketGate tickets;
  std::unordered_map<PeerId, PeerRecord> peers;
  std::unordered_map<RoomId, RoomRecord> rooms;
  std::vector<std::size_t> load;  // peers of each worker
  std::uint32_t next_term;
  std::unordered_map<PeerId, LostPeer> lost;
  std::deque<PeerId> lost_order;  // as they were lost; some are forgotten already
  bool is_link_up = true;         // as workers believe from the start
  Timestamp now{};
};

}  // namespace parley::sfu
