// The floor of one room at its home: its members and where they live, the arbiter (none while the
// mode is OPEN), and what the arbiter says turned into messages of the wire and orders for gates,
// in the same step. Owned by the home worker; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "protocol/control.pb.h"
#include "sfu/core/floor_numbers.hpp"
#include "sfu/core/worker_message.hpp"
#include "sfu/floor/floor_arbiter.hpp"

namespace parley::sfu {

// Voice without the floor is not held against a member who was answered this short a time ago: he
// may not have heard it yet. More: a hostile client is barred later. Less: a member behind a slow
// signaling path gets strikes for talking until he knows.
inline constexpr Duration kAnswerTravel = std::chrono::seconds(1);

// What a gate has to do, and where it is.
struct PlacedOrder {
  WorkerIndex worker;
  std::uint8_t channel;
  GateOrder order;
};

struct FloorOutput {
  std::vector<control::FloorTold> told;
  std::vector<PlacedOrder> orders;
  bool mode_changed = false;  // OPEN or not: everybody falls silent first

  [[nodiscard]] bool is_empty() const { return told.empty() && orders.empty() && !mode_changed; }
  void clear();
};

class RoomFloor {
 public:
  // OPEN, without members: as start() with the default policy and term 1. `open_talkers` is K where
  // the policy of an OPEN room does not say; the room has at most `max_members`.
  RoomFloor(RoomId room, std::uint8_t open_talkers, std::size_t max_members);

  // The rules of a room that has no members yet.
  void start(const FloorPolicy& policy, std::uint32_t term);

  struct Member {
    MemberId id;
    PeerId peer;
    WorkerIndex worker;
    FloorRights rights;  // the delegation's number is given here
    std::string delegation;
    bool is_reachable = true;  // by signaling
  };
  // Again: other rights, or another transport. It keeps its floor.
  void add(const Member& member, Timestamp now);
  void remove(MemberId member, bool is_expelled, Timestamp now);
  // Its transport ended; it has another one with the next add().
  void on_peer_lost(MemberId member, Timestamp now);
  void set_reachable(MemberId member, bool is_reachable, Timestamp now);
  // Whether the node itself can reach signaling.
  void set_link(bool is_up, Timestamp now);

  struct Ask {
    MemberId member;
    const floor::Request& request;
    std::uint32_t talk_version = 0;  // of a press: see SetTalkRoom
    bool is_talk_room_open = false;  // his talk room is another one, and OPEN: no press is possible
    Timestamp asked_at;              // when the node got it
  };
  void ask(const Ask& ask, Timestamp now);

  // Hot path, in arbitrated rooms. None: the talker has not got the floor.
  struct Passed {
    std::uint8_t channel;
    std::uint32_t burst;
  };
  [[nodiscard]] std::optional<Passed> on_packet(PeerId talker, std::uint32_t rtp, Timestamp now);
  // Notes of the gates.
  void on_gate_ready(PeerId peer, std::uint32_t talk_version);
  void on_unclaimed_voice(PeerId peer, std::uint32_t talk_version, Timestamp now);
  void on_burst_abandoned(PeerId peer, std::uint32_t grant,
                          std::optional<std::uint32_t> last_timestamp, Timestamp now);
  // A packet came through a gate that should be shut: the order was lost.
  void repeat_shut(PeerId peer, std::uint32_t grant);

  void tick(Timestamp now);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] bool has_output() const { return !output_.is_empty(); }
  // What was said since the last take; `into` is empty and lends its memory.
  void take_output(FloorOutput& into);

  [[nodiscard]] bool is_arbitrated() const { return arbiter_ != nullptr; }
  // K of an OPEN room.
  [[nodiscard]] std::uint8_t open_talkers() const;
  [[nodiscard]] bool is_empty() const { return seats_.empty(); }
  [[nodiscard]] bool has(PeerId peer) const { return by_peer_.contains(peer); }
  [[nodiscard]] std::uint32_t term() const { return term_; }
  // none: OPEN.
  [[nodiscard]] const FloorArbiter* arbiter() const { return arbiter_.get(); }
  void add_numbers(FloorNumbers& to, Timestamp now) const;

 private:
  struct Seat {
    Member member;
    bool has_peer = true;
    std::uint32_t talk_version = 0;
    std::uint32_t discarded_req = 0;  // the press whose denial has emptied the gate
    std::optional<Timestamp> answered_at{};
    std::uint32_t asked_req = 0;
    std::optional<Timestamp> asked_at{};       // of the press that waits for its first answer
    std::optional<Timestamp> unheard_since{};  // of a granted press without a packet so far
  };

  [[nodiscard]] Seat* find(MemberId member);
  [[nodiscard]] Seat* find(PeerId peer);
  [[nodiscard]] std::uint8_t delegation_number(const std::string& name);
  void apply_reachability(const Seat& seat, Timestamp now);
  void begin_arbitration(const FloorPolicy& policy, Timestamp now);
  void begin_open(const FloorPolicy& policy, Timestamp now);
  void adopt_pending_policy(Timestamp now);
  void retire_arbiter();
  void ask_open_room(const Seat& seat, const FloorRequest& request, Timestamp now);
  void ask_for_policy(const Seat& seat, const FloorPolicy& policy, Timestamp now);
  void note_press(Seat& seat, const Ask& ask, const Press& press);
  void send_open(const Seat& seat);

  // Turns what the arbiter said into output, and goes on until it has nothing more to say.
  void collect(Timestamp now);
  void say(MemberId to, std::uint64_t fseq, const FloorMessage& message, Timestamp now);
  void say(MemberId to, const FloorMessage& message, Timestamp now);
  void note_told(const FloorTold& told, Timestamp now);
  void order(const GateChange& change);
  void discard(const Seat& seat);
  [[nodiscard]] GateOrder make_order(GateOrder::Kind kind, const Seat& seat) const;

  RoomId room_;
  std::uint8_t default_talkers_;
  std::size_t max_members_;
  bool is_link_up_ = true;
  std::uint32_t term_ = 1;
  std::uint64_t open_fseq_ = 1;   // of an OPEN room
  std::uint64_t message_id_ = 0;  // within the term
  FloorPolicy policy_;            // of an OPEN room; the arbiter has its own
  std::optional<FloorPolicy> pending_open_;
  std::unique_ptr<FloorArbiter> arbiter_;
  std::unordered_map<MemberId, Seat> seats_;
  std::unordered_map<PeerId, Seat*> by_peer_;
  std::vector<std::string> delegations_{std::string{}};  // by number; [0] is none
  FloorOutbox outbox_;
  FloorOutput output_;
  FloorNumbers retired_;  // of earlier arbiters of this room, and its access times
};

}  // namespace parley::sfu
