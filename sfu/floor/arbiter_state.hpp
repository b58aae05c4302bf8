// The inside of FloorArbiter; included by its own files only, which are divided by subject.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sfu/floor/floor_arbiter.hpp"

namespace parley::sfu {

// Presses and other requests that cost an answer: ten a second, twenty at once.
inline constexpr Duration kRequestInterval = std::chrono::milliseconds(100);
inline constexpr std::int64_t kRequestBurst = 20;
// Answers kept per member. A client has one press at a time, so more would only help a flooder.
inline constexpr std::size_t kRememberedAnswers = 16;
inline constexpr std::size_t kStrikes = 3;
inline constexpr Duration kStrikeWindow = std::chrono::seconds(10);
inline constexpr Duration kStrikeBar = std::chrono::seconds(10);
// After the transport of a holder is known dead.
inline constexpr Duration kLostPeer = std::chrono::milliseconds(500);
// Between two messages about the queue.
inline constexpr Duration kQueueInterval = std::chrono::milliseconds(200);
// A broadcast ends this long after its burst.
inline constexpr Duration kBroadcastEnd = std::chrono::seconds(1);
// When a press may be tried again while the home moves.
inline constexpr Duration kFrozenRetry = std::chrono::milliseconds(500);

// RTP timestamps wrap (RFC 3550 5.1).
[[nodiscard]] constexpr bool is_before(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) < 0;
}

[[nodiscard]] constexpr Timestamp after(Timestamp now, Duration time) {
  return time > Duration::zero() ? now + time : kNever;
}

// The final answer to a press.
struct FloorAnswer {
  std::uint32_t req_id = 0;  // 0: none
  Timestamp until{};
  bool is_granted = false;
  Granted granted{};
  Denied denied{};
};

struct FloorMember {
  FloorRights rights;
  bool has_peer = true;
  bool has_signaling = true;
  Timestamp requests_paid_until{};  // the request limit, as in a leaky bucket
  Timestamp retry_at{};             // T9, and what three strikes bring
  Timestamp barred_until{};         // by a chair
  std::array<Timestamp, kStrikes> strikes{};
  std::uint8_t strike_count = 0;
  std::array<FloorAnswer, kRememberedAnswers> answers{};
  std::uint8_t next_answer = 0;
  // The last burst: nothing up to this RTP timestamp is heard again, for as long as `heard_at` is
  // recent.
  std::optional<std::uint32_t> heard_until{};
  Timestamp heard_at{};
  // Of the press that waits.
  std::optional<std::uint32_t> first_timestamp{};
  std::uint16_t told_position = 0;
};

// A press on its way to a place.
struct FloorAsk {
  MemberId member;
  std::uint32_t req_id;
  FloorPriority priority;
  std::optional<std::uint32_t> first_timestamp;
  Timestamp since;
};

enum class HoldingPhase : std::uint8_t { none, granted, talking, revoking, tail };

// The use of one channel by a holder, or by what is still under way of its burst.
struct FloorHolding {
  HoldingPhase phase = HoldingPhase::none;
  bool is_override = false;  // beside the floor: dual, and the chair
  MemberId member{};
  GrantId grant{};
  FloorPriority priority{};
  std::uint32_t req_id = 0;  // of the newest press it answers
  Timestamp since{};
  std::optional<Timestamp> spoke_at{};  // of the first packet
  std::optional<std::uint32_t> first{};
  std::optional<std::uint32_t> last{};    // told by the release
  std::optional<std::uint32_t> newest{};  // that has passed
  RevokeCause cause{};                    // while revoking
  Timestamp media_by = kNever;            // TG, then T1
  Timestamp lost_until = kNever;          // lost peer
  Timestamp early_warning_at = kNever;
  Timestamp warning_at = kNever;
  Timestamp limit_at = kNever;     // T2
  Duration extension{};            // of T2, before the first packet
  Timestamp stuck_at = kNever;     // T2S
  Timestamp grace_until = kNever;  // T3
  Timestamp tail_until = kNever;   // TT

  [[nodiscard]] bool is_holder() const {
    return phase != HoldingPhase::none && phase != HoldingPhase::tail;
  }
  [[nodiscard]] bool is_revoking() const { return phase == HoldingPhase::revoking; }
  // Whether a packet belongs to it.
  [[nodiscard]] bool covers(std::uint32_t rtp) const {
    return (!first || !is_before(rtp, *first)) && (!last || !is_before(*last, rtp));
  }
};

// One call from outside: its time, where it writes, and what it has changed so far.
struct FloorStep {
  Timestamp now;
  FloorOutbox& out;
  bool is_change = false;
  bool holders_changed = false;
};

enum class FloorPlace : std::uint8_t { none, main, beside };

enum class FloorTimer : std::uint8_t {
  none,
  media,
  lost,
  early_warning,
  warning,
  limit,
  stuck,
  grace,
  tail,
  offer,
  queue_age,
  emergency,
  tell_queue,
  call_end,
};

struct FloorDue {
  Timestamp at = kNever;
  FloorTimer timer = FloorTimer::none;
  std::size_t index = 0;  // of the channel, or in the queue

  void consider(Timestamp when, FloorTimer what, std::size_t where = 0) {
    if (when < at) *this = {.at = when, .timer = what, .index = where};
  }
};

// The same, with the least without which nothing would end.
[[nodiscard]] FloorPolicy bounded(FloorPolicy policy);
[[nodiscard]] bool is_receive_only(const FloorRights& rights);
[[nodiscard]] bool is_director(const FloorRights& rights);  // chair or dispatcher

struct FloorArbiter::State {
  State(const FloorPolicy& policy, std::uint32_t term, std::size_t max_members);

  // ---- arbiter.cpp: steps, and what is told
  [[nodiscard]] FloorStep begin(Timestamp now, FloorOutbox& out);
  void finish(FloorStep& step);
  void note_change(FloorStep& step);
  void note_holders(FloorStep& step);
  void tell(FloorStep& step, MemberId to, const FloorMessage& message);
  void tell_queue(FloorStep& step);
  void refresh_holders();
  void apply_policy(FloorStep& step);
  void close(FloorStep& step);
  [[nodiscard]] FloorState state() const;

  // ---- members.cpp
  [[nodiscard]] FloorMember* find(MemberId member);
  [[nodiscard]] const FloorMember* find(MemberId member) const;
  void add(FloorStep& step, MemberId member, const FloorRights& rights);
  void remove(FloorStep& step, MemberId member, bool is_expelled);
  void set_peer(FloorStep& step, MemberId member, bool is_there);
  void set_signaling(FloorStep& step, MemberId member, bool is_there);
  void on_voice(FloorStep& step, MemberId member);
  void strike(FloorStep& step, MemberId id, FloorMember& member);
  void leave_alone(FloorStep& step);
  [[nodiscard]] bool may_ask(MemberId id, const FloorMember& member, FloorTier tier) const;
  [[nodiscard]] FloorPriority entitled(MemberId id, const FloorMember& member,
                                       FloorPriority asked) const;

  // ---- answers.cpp: exactly one for each press
  [[nodiscard]] static bool take_token(FloorMember& member, Timestamp now);
  [[nodiscard]] const FloorAnswer* remembered(const FloorMember& member, std::uint32_t req_id,
                                              Timestamp now) const;
  void repeat(FloorStep& step, MemberId id, const FloorAnswer& answer);
  void deny(FloorStep& step, MemberId id, std::uint32_t req_id, DenyCause cause,
            Duration retry = {});
  void answer_granted(FloorStep& step, FloorHolding& holding, std::uint32_t req_id);
  void tell_queued(FloorStep& step, std::size_t position);
  void remember(FloorMember& member, const FloorAnswer& answer);

  // ---- presses.cpp
  void on(FloorStep& step, MemberId from, const Press& press);
  void on(FloorStep& step, MemberId from, const Release& release);
  void on(FloorStep& step, MemberId from, const Cancel& cancel);
  void on(FloorStep& step, MemberId from, const SnapshotRequest& request);
  void press(FloorStep& step, MemberId from, FloorMember& member, const Press& press,
             bool is_implicit);
  void press_of_holder(FloorStep& step, FloorMember& member, FloorHolding& holding,
                       const Press& press);
  void press_of_waiting(FloorStep& step, std::size_t index, FloorMember& member,
                        const Press& press);
  [[nodiscard]] std::optional<Denied> refusal(Timestamp now, MemberId id, const FloorMember& member,
                                              FloorTier tier, std::uint32_t req_id) const;
  void ask(FloorStep& step, const FloorAsk& ask, bool is_implicit);

  // ---- queue.cpp: who waits, and who is next
  void arbitrate(FloorStep& step);
  [[nodiscard]] bool serve_next(FloorStep& step);
  [[nodiscard]] bool preempt(FloorStep& step);
  // A free place for this one, if `reserved` places of the floor are left out.
  [[nodiscard]] FloorPlace free_place(FloorPriority priority, const FloorRights& rights,
                                      std::size_t reserved = 0) const;
  [[nodiscard]] std::size_t main_places() const;
  [[nodiscard]] FloorPlace place_now(const FloorAsk& ask) const;
  [[nodiscard]] bool may_wait(const FloorAsk& ask, bool is_implicit) const;
  [[nodiscard]] bool may_preempt(FloorPriority priority, const FloorHolding& holding) const;
  [[nodiscard]] FloorHolding* victim_of(FloorPriority priority);
  [[nodiscard]] Duration grace_for(FloorPriority priority) const;
  [[nodiscard]] std::size_t queue_limit() const;
  [[nodiscard]] bool has_waiting() const;  // the mode knows people who wait
  [[nodiscard]] bool has_queue() const;    // and the policy lets everybody wait
  [[nodiscard]] std::optional<std::size_t> waiting_index(MemberId member) const;
  // False when it is full of those who are not behind this one.
  [[nodiscard]] bool enqueue(FloorStep& step, const FloorAsk& ask, bool is_pressing);
  [[nodiscard]] std::size_t place_in_queue(FloorPriority priority) const;
  FloorAsk dequeue(std::size_t index);
  void requeue(std::size_t index, FloorPriority priority);
  void deny_waiting(FloorStep& step, std::size_t index, DenyCause cause, Duration retry = {});
  void offer(FloorStep& step);
  void withdraw_offer();
  [[nodiscard]] bool is_offering() const { return offer_until != kNever; }

  // ---- grants.cpp: holdings from grant to shut gate
  void grant(FloorStep& step, const FloorAsk& ask, FloorPlace place);
  [[nodiscard]] std::uint8_t take_channel(FloorStep& step);
  void set_priority(FloorStep& step, FloorHolding& holding, FloorPriority priority);
  void release(FloorStep& step, FloorHolding& holding, std::optional<std::uint32_t> last);
  void revoke(FloorStep& step, FloorHolding& holding, RevokeCause cause, Duration grace,
              MemberId by = {});
  void shorten_grace(FloorStep& step, FloorHolding& holding, Duration grace, MemberId by);
  void burst_over(FloorStep& step, FloorHolding& holding);
  void shut(FloorStep& step, FloorHolding& holding);
  void account(FloorStep& step, const FloorHolding& holding);
  void add_spoken(std::uint8_t delegation, Duration time);
  [[nodiscard]] FloorHolding* holding_of(MemberId member);
  [[nodiscard]] const FloorHolding* beside() const;
  [[nodiscard]] Duration limit_of(const FloorHolding& holding) const;
  // Before the first packet it is told as if it ran since the grant.
  [[nodiscard]] Timestamp limit_told(const FloorHolding& holding) const;

  // ---- packets.cpp
  Passage on_packet(MemberId member, std::uint32_t rtp, Timestamp now, FloorOutbox& out);
  void start_talking(FloorHolding& holding, Timestamp now);
  void start_limit(FloorHolding& holding, Timestamp limit_at, Timestamp now);

  // ---- timers.cpp
  void run_timers(FloorStep& step);
  [[nodiscard]] FloorDue next_due() const;
  void consider(FloorDue& due, const FloorHolding& holding, std::size_t channel) const;
  void fire(FloorStep& step, const FloorDue& due);
  void warn(FloorStep& step, FloorHolding& holding, Timestamp& at);
  void stuck(FloorStep& step, FloorHolding& holding);

  // ---- chair.cpp
  [[nodiscard]] bool may_direct(FloorStep& step, MemberId from);
  void on(FloorStep& step, MemberId from, const Give& give);
  void on(FloorStep& step, MemberId from, const Cut& cut);
  void on(FloorStep& step, MemberId from, const Extend& extend);
  void on(FloorStep& step, MemberId from, const Order& order);
  void on(FloorStep& step, MemberId from, const Bar& bar);
  void on(FloorStep& step, MemberId from, const SetPolicy& set);
  [[nodiscard]] FloorHolding* named(const GrantId& grant);

  // ---- emergency.cpp
  void on(FloorStep& step, MemberId from, const SetEmergency& set);
  void on(FloorStep& step, MemberId from, const ClearEmergency& clear);
  void clear_emergency(FloorStep& step, MemberId by);
  void reconsider(FloorStep& step, MemberId owner);
  [[nodiscard]] bool may_declare(const FloorMember& member, FloorTier tier) const;

  FloorPolicy policy;
  std::optional<FloorPolicy> next_policy;
  std::uint32_t term;
  std::size_t max_members;
  std::uint64_t fseq = 1;
  std::uint64_t message_id = 0;
  std::uint32_t last_grant = 0;
  bool is_frozen = false;
  bool is_closed = false;

  std::map<MemberId, FloorMember> members;
  std::array<FloorHolding, kMaxFloorChannels> holdings{};  // by channel
  std::array<FloorHolder, kMaxFloorChannels> holders{};    // what of it is told
  std::size_t holders_told = 0;
  std::vector<FloorWaiting> queue;
  Timestamp offer_until = kNever;  // T132 of the head of the queue
  MemberId given{};                // by the chair: next, as soon as there is a place
  bool is_queue_told = true;
  Timestamp queue_told_at{};
  FloorEmergency emergency{};
  Timestamp emergency_until = kNever;  // TE
  Timestamp call_ends_at = kNever;     // broadcast
  std::array<Duration, kMaxDelegations + 1> spoken{};
  FloorCounters counters{};
  // Not later than the next timer: a packet only moves T1 away, and leaves this as it is.
  Timestamp next_deadline = kNever;
};

}  // namespace parley::sfu
