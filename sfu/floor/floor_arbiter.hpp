// Who has the right to talk in one room (docs/floor.md). Pure and bounded: requests, packets seen
// and time in; messages and gate changes out. Allocates only when a member is added. Owned by the
// room's home worker; one thread. The same events give the same output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "sfu/floor/floor_types.hpp"

namespace parley::sfu {

// A message of the arbiter; `to` none: everybody in the room.
struct FloorTold {
  MemberId to{};
  std::uint64_t fseq = 0;
  std::uint64_t message_id = 0;
  FloorMessage message;
};

// What the gate has to do, in this order, in the same step. A member has one open gate at most: its
// old one is shut before a new one opens. `open` again with the same grant: for its new transport.
struct GateChange {
  enum class Kind : std::uint8_t {
    open,        // packets of `member` from first_timestamp on pass, on `channel`
    open_until,  // ... up to and with last_timestamp (none: all that come); shut follows
    shut,
  };
  Kind kind;
  MemberId member;
  GrantId grant;
  std::uint8_t channel = 0;
  std::optional<std::uint32_t> first_timestamp{};
  std::optional<std::uint32_t> last_timestamp{};
};

// Filled by every call; the owner empties it (and thereby keeps its memory).
struct FloorOutbox {
  std::vector<FloorTold> told;
  std::vector<GateChange> gates;
};

struct FloorCounters {
  std::uint64_t presses = 0;
  std::uint64_t repeated_presses = 0;
  std::uint64_t grants = 0;
  std::uint64_t bursts = 0;  // grants in which media came
  std::uint64_t queued = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t cut_tails = 0;    // tails that ended before their last packet came
  std::uint64_t ignored = 0;      // pairs of state and event that the table does not list
  std::uint64_t strikes = 0;      // media without a grant
  std::uint64_t forged = 0;       // requests that name a grant of somebody else or of nobody
  std::uint64_t calls_ended = 0;  // of a broadcast
  std::array<std::uint64_t, 256> denied{};   // by DenyCause
  std::array<std::uint64_t, 256> revoked{};  // by RevokeCause
};

// What became of a packet at the gate.
enum class GateVerdict : std::uint8_t { pass, shut };

class FloorArbiter {
 public:
  // `term` is not 0 and greater than that of any earlier arbiter of the room. `policy.mode` is not
  // open. `max_members` are more than there will be.
  FloorArbiter(const FloorPolicy& policy, std::uint32_t term, std::size_t max_members);
  // A copy goes its own way from here on.
  FloorArbiter(const FloorArbiter& other);
  FloorArbiter& operator=(const FloorArbiter&) = delete;
  FloorArbiter(FloorArbiter&&) noexcept;
  FloorArbiter& operator=(FloorArbiter&&) noexcept;
  ~FloorArbiter();

  // Membership. A member that is added again has new rights and keeps its floor; it is told the
  // state.
  void add(MemberId member, const FloorRights& rights, Timestamp now, FloorOutbox& out);
  // Left by itself (its burst is over) or expelled (revoke 33 at once).
  void remove(MemberId member, bool is_expelled, Timestamp now, FloorOutbox& out);
  // Its transport is known dead, or is there again: nothing but T1 and the lost-peer timer follow.
  // A new transport has new RTP timestamps: to replace one, call both.
  void on_peer_lost(MemberId member, Timestamp now, FloorOutbox& out);
  void on_peer_back(MemberId member, Timestamp now, FloorOutbox& out);
  // Whether the member can reach us by signaling; while not, its voice is its press.
  void set_signaling(MemberId member, bool is_reachable, Timestamp now, FloorOutbox& out);

  void on_request(MemberId from, const FloorRequest& request, Timestamp now, FloorOutbox& out);

  // Hot path: a packet of `member` (RTP timestamp `rtp`) is at the gate. pass: it is forwarded on
  // `channel` as part of `burst`, which names this holding and never repeats within a term.
  struct Passage {
    GateVerdict verdict;
    std::uint8_t channel = 0;
    std::uint32_t burst = 0;
  };
  [[nodiscard]] Passage on_packet(MemberId member, std::uint32_t rtp, Timestamp now,
                                  FloorOutbox& out);
  // Voice of `member` has come for 200 ms while its gate was shut: a strike, or, while it cannot
  // reach us by signaling, a press.
  void on_voice_without_grant(MemberId member, Timestamp now, FloorOutbox& out);

  void tick(Timestamp now, FloorOutbox& out);
  [[nodiscard]] Timestamp deadline() const;

  // The home moves: no new grants. thaw() has the new term.
  void freeze(Timestamp now, FloorOutbox& out);
  void thaw(std::uint32_t term, Timestamp now, FloorOutbox& out);
  void close(Timestamp now, FloorOutbox& out);

  // For snapshots, tests and invariants.
  [[nodiscard]] FloorState state() const;
  [[nodiscard]] const FloorPolicy& policy() const;
  [[nodiscard]] std::uint32_t term() const;
  [[nodiscard]] std::uint64_t fseq() const;
  // Holders of the floor, in the order of their channels.
  [[nodiscard]] std::span<const FloorHolder> holders() const;
  // Holders and those whose tails run: whoever may pass the gate.
  [[nodiscard]] bool is_open(MemberId member) const;
  [[nodiscard]] std::span<const FloorWaiting> queue() const;  // first first
  [[nodiscard]] const FloorEmergency& emergency() const;
  [[nodiscard]] const FloorRights* rights(MemberId member) const;
  // Own pending request of a member, 0: none.
  [[nodiscard]] std::uint32_t pending(MemberId member) const;
  // Speaking time added up, by delegation number (index 0: without one).
  [[nodiscard]] std::span<const Duration> spoken() const;
  [[nodiscard]] std::size_t member_count() const;
  [[nodiscard]] const FloorCounters& counters() const;

 private:
  friend struct FloorProbe;  // of the tests: sees the whole state
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::sfu
