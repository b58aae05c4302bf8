// The gate of one talker in arbitrated rooms, on the worker where he lives. Shut: what he says is
// held back (PreRoll). Open: it passes, and what was held for this press goes first. It knows no
// rooms and no rules: the home of his talk room says when. Packets that belong to a burst that is
// over never come back through it, in whatever order they arrive. Owned by its peer; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.hpp"
#include "sfu/forwarding/pre_roll.hpp"
#include "sfu/forwarding/uplink.hpp"

namespace parley::sfu {

// Voice at a shut gate is told to the room's home after this long, and again each time it goes on
// for as long. More: a press by voice (signaling is away) is granted late; kPreRoll must be longer.
// Less: a press that is on its way looks like voice without one.
inline constexpr Duration kUnclaimedVoice = std::chrono::milliseconds(200);
static_assert(kUnclaimedVoice < kPreRoll);

// Voice that was held back and is lost.
struct HeldLosses {
  std::size_t unclaimed = 0;    // no press wanted it
  std::size_t crowded_out = 0;  // there was no room for it
};

class UplinkGate {
 public:
  explicit UplinkGate(PreRollPool& pool) : pool_(pool) {}
  UplinkGate(const UplinkGate&) = delete;
  UplinkGate& operator=(const UplinkGate&) = delete;
  ~UplinkGate();

  enum class Verdict : std::uint8_t {
    pass,
    hold,  // for the next press: give it to hold()
    late,  // of a burst that is over, or of before this press
  };
  // Hot path.
  [[nodiscard]] Verdict judge(const VoicePacket& packet);

  struct Held {
    bool is_held;
    HeldLosses lost;        // older ones
    bool is_claim_missing;  // for kUnclaimedVoice: the room's home is to be told
  };
  [[nodiscard]] Held hold(const VoicePacket& packet, Timestamp now);

  // Opens for the grant named `grant` (never 0): take_held() then gives what was held for it. What
  // is older than `first_timestamp` (RTP, modulo 2^32) is not for it: judge() says so. Again for
  // the grant it is open for: changes nothing.
  HeldLosses open(std::uint32_t grant, std::optional<std::uint32_t> first_timestamp, Timestamp now);
  // The next held packet, by sequence number, while the gate is open; judge() decides about it as
  // about any other. Valid until the next hold().
  [[nodiscard]] std::optional<VoicePacket> take_held();
  // The burst ends: nothing newer than `last_timestamp` belongs to it (none: all that comes does).
  void open_until(std::uint32_t grant, std::optional<std::uint32_t> last_timestamp);
  void shut(std::uint32_t grant);
  // The press is over without a burst: what is held for it is destroyed.
  HeldLosses discard();
  // The talk room is another one now. The gate is shut; what is held passes only for a press that
  // names its first timestamp.
  void change_room();
  // Forgets what is too old; due at deadline().
  HeldLosses tick(Timestamp now);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] bool is_open() const { return state_ != State::shut; }
  // The grant that it is open for, or was last.
  [[nodiscard]] std::uint32_t grant() const { return grant_; }
  [[nodiscard]] std::size_t held() const { return ring_ ? ring_->size() : 0; }
  // RTP timestamp of the newest packet that passed in this burst.
  [[nodiscard]] std::optional<std::uint32_t> newest_passed() const { return newest_passed_; }

 private:
  enum class State : std::uint8_t { shut, open, closing };

  void give_ring_back();
  HeldLosses forget(Timestamp now);

  PreRollPool& pool_;
  State state_ = State::shut;
  std::uint32_t grant_ = 0;
  std::optional<std::uint32_t> first_timestamp_;
  std::optional<std::uint32_t> last_timestamp_;  // of the burst that ends, or ended last
  std::optional<std::uint32_t> newest_passed_;
  // Extended sequence numbers, each one beyond the last of its kind (0 is a packet's number too).
  std::uint64_t over_until_ = 0;  // of bursts and presses that are over
  std::uint64_t judged_until_ = 0;
  std::uint64_t passed_until_ = 0;
  std::uint64_t foreign_until_ = 0;  // held when the talk room changed
  std::optional<Timestamp> last_held_;
  Timestamp unclaimed_since_{};
  std::unique_ptr<PreRoll> ring_;  // only while something is held
};

}  // namespace parley::sfu
