#include "sfu/forwarding/uplink_gate.hpp"

#include <algorithm>
#include <utility>

namespace parley::sfu {

namespace {

// RFC 3550 timestamps are compared by their distance.
bool is_newer(std::uint32_t timestamp, std::uint32_t than) {
  return static_cast<std::int32_t>(timestamp - than) > 0;
}

}  // namespace

UplinkGate::~UplinkGate() { give_ring_back(); }

UplinkGate::Verdict UplinkGate::judge(const VoicePacket& packet) {
  if (packet.sequence < over_until_) return Verdict::late;
  judged_until_ = std::max(judged_until_, packet.sequence + 1);
  if (state_ == State::shut) {
    const bool is_of_last = last_timestamp_ && !is_newer(packet.timestamp, *last_timestamp_);
    return is_of_last ? Verdict::late : Verdict::hold;
  }
  if (first_timestamp_ && is_newer(*first_timestamp_, packet.timestamp)) return Verdict::late;
  const bool is_for_next =
      state_ == State::closing && last_timestamp_ && is_newer(packet.timestamp, *last_timestamp_);
  if (is_for_next) return Verdict::hold;
  passed_until_ = std::max(passed_until_, packet.sequence + 1);
  if (!newest_passed_ || is_newer(packet.timestamp, *newest_passed_)) {
    newest_passed_ = packet.timestamp;
  }
  return Verdict::pass;
}

UplinkGate::Held UplinkGate::hold(const VoicePacket& packet, Timestamp now) {
  HeldLosses lost = forget(now);
  if (!ring_) ring_ = pool_.take();
  const bool is_held = ring_ != nullptr && packet.payload.size() <= PreRoll::kMaxBytes;
  if (is_held) lost.crowded_out += ring_->push(packet, now);
  const bool begins = !last_held_ || now - *last_held_ >= kUnclaimedVoice;
  last_held_ = now;
  if (begins) unclaimed_since_ = now;
  const bool is_claim_missing = now - unclaimed_since_ >= kUnclaimedVoice;
  if (is_claim_missing) unclaimed_since_ = now;
  return {.is_held = is_held, .lost = lost, .is_claim_missing = is_claim_missing};
}

HeldLosses UplinkGate::open(std::uint32_t grant, std::optional<std::uint32_t> first_timestamp,
                            Timestamp now) {
  const HeldLosses lost = forget(now);
  if (state_ != State::shut && grant == grant_) return lost;
  if (state_ != State::shut) shut(grant_);
  first_timestamp_ = first_timestamp;
  newest_passed_.reset();
  if (!first_timestamp) over_until_ = std::max(over_until_, foreign_until_);
  grant_ = grant;
  state_ = State::open;
  last_timestamp_.reset();
  last_held_.reset();
  return lost;
}

std::optional<VoicePacket> UplinkGate::take_held() {
  if (!ring_ || state_ != State::open) return std::nullopt;
  auto packet = ring_->take_first();
  if (!packet) give_ring_back();
  return packet;
}

void UplinkGate::open_until(std::uint32_t grant, std::optional<std::uint32_t> last_timestamp) {
  if (state_ == State::shut || grant != grant_) return;
  state_ = State::closing;
  last_timestamp_ = last_timestamp;
}

void UplinkGate::shut(std::uint32_t grant) {
  if (state_ == State::shut || grant != grant_) return;
  state_ = State::shut;
  over_until_ = std::max(over_until_, passed_until_);
}

HeldLosses UplinkGate::discard() {
  HeldLosses lost;
  if (!ring_) return lost;
  lost.unclaimed = ring_->size();
  over_until_ = std::max(over_until_, ring_->highest_sequence() + 1);
  last_held_.reset();
  give_ring_back();
  return lost;
}

void UplinkGate::change_room() {
  shut(grant_);
  grant_ = 0;  // another room's grant may have the same number
  foreign_until_ = judged_until_;
}

HeldLosses UplinkGate::tick(Timestamp now) { return forget(now); }

Timestamp UplinkGate::deadline() const { return ring_ ? ring_->oldest() + kPreRoll : kNever; }

HeldLosses UplinkGate::forget(Timestamp now) {
  HeldLosses lost;
  if (!ring_) return lost;
  lost.unclaimed = ring_->forget_until(now - kPreRoll);
  if (ring_->is_empty()) give_ring_back();
  return lost;
}

void UplinkGate::give_ring_back() {
  if (ring_) pool_.give(std::exchange(ring_, nullptr));
}

}  // namespace parley::sfu
