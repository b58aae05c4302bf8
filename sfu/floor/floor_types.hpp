// The words of floor control as values (docs/floor.md; roles, causes and timers after 3GPP
// TS 24.380). Numbers of causes are those of the wire (protocol/floor.proto).
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace parley::sfu {

enum class FloorMode : std::uint8_t {
  open,  // everybody talks, the loudest are forwarded: no arbiter
  ptt,
  dual,
  multi,
  cut_in,
  broadcast,
  private_half,
  private_full,
  chaired,
};

enum class FloorTier : std::uint8_t { routine, priority, peril, command, emergency };

// Order of who is before whom: tier, then level.
struct FloorPriority {
  FloorTier tier = FloorTier::routine;
  std::uint8_t level = 0;  // 0 to 15
  friend constexpr auto operator<=>(const FloorPriority&, const FloorPriority&) = default;
};

enum class FloorRole : std::uint8_t { talker, listener, chair, dispatcher, interpreter, observer };

inline constexpr std::size_t kMaxFloorHolders = 20;  // in one message; no mode has more than 4
inline constexpr std::uint8_t kMaxFloorTalkers = 4;  // multi
inline constexpr std::uint8_t kMaxFloorChannels = 4;
inline constexpr std::size_t kMaxFloorQueue = 16;
inline constexpr std::size_t kMaxChairedQueue = 256;
inline constexpr std::size_t kMaxDelegations = 64;

// The rules of a room. Durations of 0 turn a limit off.
struct FloorPolicy {
  FloorMode mode = FloorMode::open;
  std::uint8_t talkers = 1;  // multi: holders at once (1 to 4)
  bool queues = true;
  bool preempts_by_level = false;
  FloorPriority cap{.tier = FloorTier::emergency, .level = 15};
  MemberId initiator{};                                       // broadcast
  Duration first_media = std::chrono::seconds(1);             // TG
  Duration end_of_media = std::chrono::milliseconds(1500);    // T1
  Duration talk_limit = std::chrono::seconds(30);             // T2; see default_policy()
  Duration warning = std::chrono::seconds(5);                 // before T2
  Duration early_warning{};                                   // chaired: 30 s before T2
  Duration stuck = std::chrono::seconds(300);                 // T2S
  Duration grace_limit = std::chrono::seconds(3);             // T3 after T2
  Duration grace_preempted = std::chrono::milliseconds(800);  // T3 after pre-emption
  Duration grace_emergency = std::chrono::milliseconds(200);  // T3 after one by an emergency
  Duration tail = std::chrono::milliseconds(400);             // TT
  Duration penalty_limit = std::chrono::seconds(1);           // T9 after cause 2
  Duration penalty_stuck = std::chrono::seconds(10);          // T9 after cause 37
  Duration offer = std::chrono::seconds(2);                   // T132
  Duration queue_age = std::chrono::seconds(30);              // TQ
  Duration emergency = std::chrono::minutes(30);              // TE
  Duration answers = std::chrono::seconds(10);                // TR
  // What clients are told and the arbiter does not use.
  Duration emergency_hold = std::chrono::milliseconds(1500);
  Duration emergency_countdown = std::chrono::seconds(3);
  friend bool operator==(const FloorPolicy&, const FloorPolicy&) = default;
};

// Channels that a room of this policy uses: holders and, where there is room, one tail beside them.
[[nodiscard]] std::uint8_t floor_channels(const FloorPolicy& policy);

// The defaults of docs/floor.md for `mode`.
[[nodiscard]] FloorPolicy default_policy(FloorMode mode);

// What a member may do, from the membership.
struct FloorRights {
  FloorRole role = FloorRole::talker;
  bool may_talk = true;
  FloorPriority limit{};
  std::uint8_t delegation = 0;  // 1 to kMaxDelegations; 0: none. The caller keeps the names.
  friend bool operator==(const FloorRights&, const FloorRights&) = default;
};

struct GrantId {
  std::uint32_t term = 0;
  std::uint32_t number = 0;
  [[nodiscard]] constexpr bool is_none() const { return number == 0; }
  friend constexpr auto operator<=>(const GrantId&, const GrantId&) = default;
};

enum class DenyCause : std::uint8_t {
  another_talks = 1,
  internal = 2,
  nobody_else_here = 3,
  retry_timer_runs = 4,
  receive_only = 5,
  no_resources = 6,
  queue_full = 7,
  stale_roster = 32,
  stale_term = 33,
  not_a_member = 34,
  locked = 35,
  frozen = 36,
  rate_limit = 38,
  no_permission = 39,
  other = 255,
};

enum class RevokeCause : std::uint8_t {
  nobody_else_here = 1,
  too_long = 2,
  no_permission = 3,
  preempted = 4,
  no_resources = 6,
  no_media = 32,
  member_revoked = 33,
  cut_by_chair = 34,
  stuck_button = 37,
  other = 255,
};

// ---- member to arbiter --------------------------------------------------------------------------

struct Press {
  std::uint32_t req_id;  // not 0
  FloorPriority asked{};
  bool hands_free = false;
  std::optional<std::uint32_t> first_timestamp{};  // RTP, of the first packet of this press
};
// Without a grant: the button of a press that waits in the queue is up; it keeps its place and is
// offered the floor when its turn comes.
struct Release {
  GrantId grant;
  std::optional<std::uint32_t> last_timestamp{};  // RTP, of the last packet of this press
};
struct Cancel {
  std::uint32_t req_id;
};
struct SnapshotRequest {};
struct SetEmergency {
  std::uint32_t id;  // not 0
  bool is_peril = false;
};
struct ClearEmergency {
  std::uint32_t id;
};
struct Give {
  MemberId member;
};
struct Cut {
  GrantId grant;
  Duration grace{};
};
struct Extend {
  GrantId grant;
  Duration by;
};
struct Order {
  std::array<MemberId, kMaxChairedQueue> members{};
  std::uint16_t count = 0;
};
struct Bar {
  MemberId member;
  Duration time;
};
struct SetPolicy {
  FloorPolicy policy;
};
using FloorRequest = std::variant<Press, Release, Cancel, SnapshotRequest, SetEmergency,
                                  ClearEmergency, Give, Cut, Extend, Order, Bar, SetPolicy>;

// ---- arbiter to member --------------------------------------------------------------------------

struct Granted {
  std::uint32_t req_id;
  GrantId grant;
  Duration limit;  // 0: none
  FloorTier tier;
};
struct Queued {
  std::uint32_t req_id;
  std::uint16_t position;  // 1: next
  std::uint16_t size;
};
struct Denied {
  std::uint32_t req_id;  // 0: not of a press
  DenyCause cause;
  Duration retry{};
};
struct Revoked {
  GrantId grant;
  RevokeCause cause;
  Duration grace{};
  MemberId by{};
};
struct Offer {
  std::uint32_t req_id;
  Duration press_within;
};
struct Warning {
  GrantId grant;
  Duration left;
};
// The gate of this grant is shut.
struct Done {
  GrantId grant;
};
// Holders changed. The receivers are told all of them (FloorArbiter::holders()).
struct Taken {};
struct Idle {};
struct EmergencyChanged {
  MemberId cleared_by{};  // of a cleared one; none: time did
};
struct QueueChanged {};
// To chairs and dispatchers, one message for each of them.
struct Alarm {
  MemberId member;
  GrantId grant;
};
// A full snapshot: everything FloorArbiter can tell.
struct StateTold {};
using FloorMessage = std::variant<Granted, Queued, Denied, Revoked, Offer, Warning, Done, Taken,
                                  Idle, EmergencyChanged, QueueChanged, Alarm, StateTold>;

struct FloorHolder {
  MemberId member{};
  GrantId grant{};
  FloorPriority priority{};
  std::uint8_t channel = 0;  // 0 to kMaxFloorHolders
  Timestamp since{};         // of the grant
  Timestamp limit_at = kNever;
  bool is_revoking = false;
  friend bool operator==(const FloorHolder&, const FloorHolder&) = default;
};

struct FloorWaiting {
  MemberId member{};
  std::uint32_t req_id = 0;
  FloorPriority priority{};
  Timestamp since{};
  bool is_pressing = true;
  friend bool operator==(const FloorWaiting&, const FloorWaiting&) = default;
};

enum class EmergencyKind : std::uint8_t { none, peril, emergency };
struct FloorEmergency {
  EmergencyKind kind = EmergencyKind::none;
  std::uint32_t id = 0;
  MemberId owner{};
  Timestamp since{};
};

enum class FloorState : std::uint8_t {
  idle,
  offered,
  granted,
  talking,
  revoking,
  frozen,
  closed,
};

}  // namespace parley::sfu
