// The floor as one device sees it, over all its rooms (docs/floor.md): what the button asks for,
// what became of it, and which voice may leave. Pure: button, events of the arbiters, voice and
// time in; requests, voice and changes out. One button and one microphone, so one press at a time.
//
// Voice is sent ahead of the answer (the node holds it until the grant). Voice for one room is
// never sent before the device knows that its last burst in another room is over; meanwhile the
// newest 300 ms are held back here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "client/core/hold_back.hpp"
#include "protocol/client.pb.h"

namespace parley::client {

// What became of the button.
enum class FloorPhase : std::uint8_t {
  idle,      // it is up
  asking,    // pressed, not answered yet
  queued,    // waits for the floor
  offered,   // it is up, and the floor is there for whoever presses in time
  granted,   // talks
  revoking,  // talks, until the grace is over
  denied,    // down without effect; it has to be pressed anew
  ended,     // the same, after a grant
};

struct PressOptions {
  std::uint64_t room_id = 0;
  floor::Tier tier = floor::ROUTINE;
  std::uint32_t level = 0;
  bool hands_free = false;
  // RTP timestamp of the first frame of this press.
  std::optional<std::uint32_t> first_timestamp{};
};

// An event of an arbiter that is neither late nor a duplicate.
struct FloorHeard {
  floor::Event event;
};
// What became of this device's own press.
struct OwnFloorChanged {
  std::uint64_t room_id = 0;
  FloorPhase phase = FloorPhase::idle;
  std::uint32_t cause = 0;     // denied, revoking, ended: of Denied or Revoked
  std::uint32_t position = 0;  // queued: 1 is next
  std::uint32_t size = 0;
  Timestamp until =
      kNever;  // granted: talk limit; revoking: end of the grace; offered: press before
  friend bool operator==(const OwnFloorChanged&, const OwnFloorChanged&) = default;
};
using FloorNotice = std::variant<FloorHeard, OwnFloorChanged>;

// Filled by every call; the owner empties it.
struct FloorOutput {
  std::vector<floor::Request> requests;
  // After the requests.
  std::optional<api::SetTalkRoom> talk_room{};
  std::vector<VoiceFrame> voice;  // to be sent now, in this order
  std::vector<FloorNotice> notices;
};

// Where the next frame of the microphone goes.
struct FloorGate {
  enum class Kind : std::uint8_t { shut, hold, pass };
  Kind kind = Kind::shut;
  std::uint64_t room_id = 0;
  friend bool operator==(const FloorGate&, const FloorGate&) = default;
};

class FloorClient {
 public:
  // Shorter: more traffic while the answer is on its way. Longer: a lost press is noticed late.
  static constexpr Duration kPressRepeat = std::chrono::milliseconds(250);
  // How long an end without an answer waits before it is said again.
  static constexpr Duration kCloseRepeat = std::chrono::seconds(1);
  // Ends of bursts that wait for their answer; with more, presses are refused.
  static constexpr std::size_t kMaxClosings = 32;

  // `first_req_id`: random, so that a restarted client is not taken for the one before.
  explicit FloorClient(std::uint32_t first_req_id);

  // Joined, for the first time or again after a lost connection. The first room is the talk room.
  void enter(const api::Joined& joined, Timestamp now, FloorOutput& out);
  void leave(std::uint64_t room_id, FloorOutput& out);
  // Until enter() nothing can be asked for in any room; voice in the talk room asks instead.
  void on_signaling_lost();
  // The node begins anew: it expects voice for the first room.
  void on_new_transport(Timestamp now);
  // A press that is on ends. False: no such room, or it cannot be asked for now.
  bool set_talk_room(std::uint64_t room_id, Timestamp now, FloorOutput& out);

  // The button goes down. A press that is on in another room ends; one in the same room goes on
  // with the new tier and level. False: no such room, an OPEN room, or too many ends are
  // unanswered.
  bool press(const PressOptions& options, Timestamp now, FloorOutput& out);
  // The button goes up: ends a grant, takes back what was not granted.
  void release(Timestamp now, FloorOutput& out);
  // The same; an offer is turned down as well.
  void cancel(Timestamp now, FloorOutput& out);

  void on_event(const floor::Event& event, Timestamp now, FloorOutput& out);
  // The node has carried out what FloorOutput::talk_room asked for.
  void on_talk_room_set(std::uint32_t change_id, Timestamp now, FloorOutput& out);
  void on_frame(VoiceFrame frame, Timestamp now, FloorOutput& out);
  void tick(Timestamp now, FloorOutput& out);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] FloorGate gate(Timestamp now) const;
  [[nodiscard]] FloorPhase phase() const;
  [[nodiscard]] std::uint64_t talk_room() const { return talk_room_; }
  // Everything known of a room's floor: policy, holders, queue, emergency, own rights. nullptr: not
  // in this room.
  [[nodiscard]] const floor::State* floor_of(std::uint64_t room_id) const;
  // Request and grant of the press that is on; 0: none.
  [[nodiscard]] std::uint32_t req_id() const { return burst_ ? burst_->press.req_id() : 0; }
  [[nodiscard]] floor::GrantId grant() const { return burst_ ? burst_->grant : floor::GrantId(); }

 private:
  struct Offered {
    std::uint32_t req_id;
    Timestamp until;
  };
  struct Room {
    std::uint32_t term = 0;
    std::uint64_t message_id = 0;   // newest of the term
    std::uint32_t done_number = 0;  // newest own grant of the term that is over
    bool is_reachable = false;
    floor::State view;
    std::optional<Offered> offer;
    [[nodiscard]] bool is_open() const { return view.policy().mode() == floor::OPEN; }
  };
  // The press that the button is on.
  struct Burst {
    std::uint64_t room_id = 0;
    FloorPhase phase = FloorPhase::asking;
    std::uint32_t first_req_id = 0;  // it may have been pressed again since
    floor::Press press{};
    floor::GrantId grant{};
    Timestamp repeat_at = kNever;  // of a press that has no answer yet
    bool is_retrying = false;      // denied for the moment: asks again at repeat_at
    Timestamp stop_at = kNever;    // end of the grace
    std::optional<std::uint32_t> last_timestamp{};
    [[nodiscard]] bool talks() const {
      return phase == FloorPhase::granted || phase == FloorPhase::revoking;
    }
    [[nodiscard]] bool waits() const {
      return phase == FloorPhase::asking || phase == FloorPhase::queued;
    }
  };
  // A burst that has ended here, and perhaps not yet at its arbiter.
  struct Closing {
    std::uint64_t room_id = 0;
    std::uint32_t first_req_id = 0;
    std::uint32_t req_id = 0;  // of a press that was taken back; or
    floor::GrantId grant{};    // of a grant that was given back
    bool is_answered = true;   // the arbiter has seen the press: its next State knows
    Timestamp since{};
    Timestamp repeat_at = kNever;
    std::optional<std::uint32_t> last_timestamp{};
    [[nodiscard]] bool has_grant() const { return grant.number() != 0; }
  };

  [[nodiscard]] Room* find(std::uint64_t room_id);
  [[nodiscard]] bool is_burst_in(std::uint64_t room_id) const;
  [[nodiscard]] Closing* closing_of_req(std::uint64_t room_id, std::uint32_t req_id);
  [[nodiscard]] Closing* closing_of_grant(std::uint64_t room_id, const floor::GrantId& grant);
  // Of a press that was taken back, or of one that it had replaced.
  [[nodiscard]] Closing* closing_of_any_req(std::uint64_t room_id, std::uint32_t req_id);
  [[nodiscard]] std::uint32_t take_req_id();

  void ask(std::uint64_t room_id, floor::Request request, FloorOutput& out);
  void ask_snapshot(std::uint64_t room_id, FloorOutput& out);
  void ask_press(Timestamp now, FloorOutput& out);
  void ask_talk_room(Timestamp now, FloorOutput& out);
  void be_sure_of_talk_room();
  void ask_close(Closing& closing, Timestamp now, FloorOutput& out);
  void close(Closing closing, Timestamp now, FloorOutput& out);
  void give_back(std::uint64_t room_id, const floor::GrantId& grant, Timestamp now,
                 FloorOutput& out);
  void take_back(std::uint64_t room_id, std::uint32_t req_id, FloorOutput& out);

  void notice(FloorPhase phase, FloorOutput& out, OwnFloorChanged details = {});
  void grant_burst(const floor::GrantId& grant, Timestamp until, FloorOutput& out);
  void end_burst(std::uint32_t cause, Timestamp now, FloorOutput& out);
  void retry(const floor::Denied& denied, Timestamp now);

  [[nodiscard]] bool is_news(Room& room, const floor::Event& event, FloorOutput& out);
  void on_new_term(Room& room, std::uint64_t room_id, FloorOutput& out);
  void on_granted(Room& room, std::uint64_t room_id, const floor::Granted& granted, Timestamp now,
                  FloorOutput& out);
  void on_queued(std::uint64_t room_id, const floor::Queued& queued, FloorOutput& out);
  void on_denied(std::uint64_t room_id, const floor::Denied& denied, Timestamp now,
                 FloorOutput& out);
  void on_revoked(std::uint64_t room_id, const floor::Revoked& revoked, Timestamp now,
                  FloorOutput& out);
  void on_offer(Room& room, std::uint64_t room_id, const floor::Offer& offer, Timestamp now,
                FloorOutput& out);
  void on_warning(std::uint64_t room_id, const floor::Warning& warning, Timestamp now,
                  FloorOutput& out);
  void on_done(Room& room, std::uint64_t room_id, const floor::GrantId& grant, FloorOutput& out);
  void on_state(Room& room, std::uint64_t room_id, const floor::State& state, Timestamp now,
                FloorOutput& out);
  void agree_on_grant(Room& room, std::uint64_t room_id, const floor::State& state, Timestamp now,
                      FloorOutput& out);
  void agree_on_no_grant(std::uint64_t room_id, const floor::State& state, Timestamp now,
                         FloorOutput& out);

  [[nodiscard]] bool may_pass(Timestamp now) const;
  void flush(Timestamp now, FloorOutput& out);
  void send(VoiceFrame frame, FloorOutput& out);

  std::map<std::uint64_t, Room> rooms_;
  std::uint32_t next_req_id_;
  std::optional<Burst> burst_;
  std::vector<Closing> closings_;
  HoldBack held_;

  std::uint64_t talk_room_ = 0;
  std::uint32_t talk_change_ = 0;    // the newest choice
  bool is_talk_room_sure_ = false;   // the node has it too
  bool has_left_open_room_ = false;  // whose microphone the node may still take for open
  Timestamp talk_room_repeat_at_ = kNever;
  std::optional<std::uint32_t> newest_sent_{};  // timestamp, of this transport
};

}  // namespace parley::client
