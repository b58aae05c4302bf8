#include "client/media/jitter_buffer.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace parley::client {
namespace {

constexpr std::int64_t kTicksPerSecond = 48000;
// A packet this far from where the last one pointed belongs to a new stream of time.
constexpr std::int64_t kDiscontinuity = 2 * kTicksPerSecond;
constexpr std::uint64_t kSequenceDiscontinuity = 3000;  // RFC 3550 A.1: MAX_DROPOUT
// The share of packets that the target delay waits for.
constexpr std::size_t kPercentile = 97;
// Too much delay above the target is worked off by merging, one pair at a time.
constexpr std::int64_t kMergeAbove = 2 * JitterBuffer::kFrame;
constexpr std::int64_t kMergeEvery = kTicksPerSecond / 5;
// Longer made-up sound is worse than silence (20 ms each).
constexpr std::uint32_t kMaxConcealed = 5;
// Between packets of Opus DTX, which come every 400 ms, the decoder makes comfort noise.
constexpr std::uint32_t kMaxComfort = 50;

std::int64_t to_ticks(Timestamp time) {
  return time.time_since_epoch().count() * kTicksPerSecond / 1'000'000;
}

}  // namespace

void JitterBuffer::reset() {
  *this = [this] {
    JitterBuffer fresh;
    fresh.counters_ = counters_;
    return fresh;
  }();
}

Duration JitterBuffer::target_delay() const {
  return Duration(target_ * 1'000'000 / kTicksPerSecond);
}

std::int64_t JitterBuffer::extend_timestamp(std::uint32_t timestamp) {
  if (last_timestamp_) {
    extended_timestamp_ += static_cast<std::int32_t>(timestamp - *last_timestamp_);
  } else {
    extended_timestamp_ = timestamp;
  }
  last_timestamp_ = timestamp;
  return extended_timestamp_;
}

void JitterBuffer::measure(std::int64_t transit) {
  if (!transits_.empty() && std::abs(transit - transits_.back()) > kDiscontinuity) {
    transits_.clear();
    entries_.clear();
    is_playing_ = false;
  }
  if (transits_.size() == kTransits) transits_.pop_front();
  transits_.push_back(transit);
  std::array<std::int64_t, kTransits> sorted{};
  const auto end = std::copy(transits_.begin(), transits_.end(), sorted.begin());
  fastest_transit_ = *std::min_element(sorted.begin(), end);
  const auto late =
      sorted.begin() + static_cast<std::ptrdiff_t>((transits_.size() - 1) * kPercentile / 100);
  std::nth_element(sorted.begin(), late, end);
  target_ = std::clamp(*late - fastest_transit_ + kMinDelay, kMinDelay, kMaxDelay);
}

void JitterBuffer::push(const Packet& packet, Timestamp now) {
  std::uint64_t sequence = extender_.extend(packet.sequence);
  const bool is_far_behind = next_sequence_ > sequence + kSequenceDiscontinuity;
  const bool is_far_ahead = sequence > next_sequence_ + kSequenceDiscontinuity;
  if (last_timestamp_ && (is_far_behind || is_far_ahead)) {
    reset();
    sequence = extender_.extend(packet.sequence);
  }
  if (!last_timestamp_) next_sequence_ = sequence;
  if (!has_played_) next_sequence_ = std::min(next_sequence_, sequence);
  ++counters_.received;
  const std::int64_t timestamp = extend_timestamp(packet.timestamp);
  measure(to_ticks(now) - timestamp);
  const std::int64_t samples = packet.samples;
  const bool is_over = is_playing_ && timestamp + samples <= position_;
  if (sequence < next_sequence_ || is_over) {
    ++counters_.late;
    if (sequence >= next_sequence_ && entries_.empty()) next_sequence_ = sequence + 1;
    return;
  }
  insert({.sequence = sequence,
          .timestamp = timestamp,
          .samples = samples,
          .marker = packet.marker,
          .is_silence = packet.is_silence,
          .opus = {packet.opus.begin(), packet.opus.end()}});
}

void JitterBuffer::insert(Entry entry) {
  const auto after = std::ranges::lower_bound(entries_, entry.sequence, {}, &Entry::sequence);
  if (after != entries_.end() && after->sequence == entry.sequence) {
    ++counters_.late;
    return;
  }
  entries_.insert(after, std::move(entry));
  drop_oldest();
}

void JitterBuffer::drop_oldest() {
  while (entries_.size() > kMaxPackets ||
         (entries_.size() > 1 && entries_.back().end() - entries_.front().timestamp > kMaxDelay)) {
    next_sequence_ = entries_.front().sequence + 1;
    entries_.pop_front();
    ++counters_.overflow;
    if (is_playing_) position_ = std::max(position_, entries_.front().timestamp);
  }
}

std::int64_t JitterBuffer::wanted_position(std::int64_t now) const {
  return now - fastest_transit_ - target_;
}

PlayoutStep JitterBuffer::pop(Timestamp at) {
  const std::int64_t now = to_ticks(at);
  if (!is_playing_) {
    if (entries_.empty() || wanted_position(now) < entries_.front().timestamp) return Silence{};
    is_playing_ = true;
    position_ = entries_.front().timestamp;
  }
  if (entries_.empty()) return run_dry(now);
  if (entries_.front().timestamp > position_) return bridge_gap(now);
  return take(now);
}

// Only the next packet tells whether the sound was interrupted or the talker had stopped.
void JitterBuffer::account_for(const Entry& next) {
  const std::uint64_t missing = has_played_ ? next.sequence - next_sequence_ : 0;
  const bool is_pause = missing == 0 && (next.marker || next.timestamp > played_until_);
  counters_.lost += missing;
  if (missing > 0 || (made_up_ > 0 && !is_pause)) {
    ++counters_.gaps;
    counters_.concealed += made_up_;
  }
  made_up_ = 0;
}

PlayoutStep JitterBuffer::take(std::int64_t now) {
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  account_for(entry);
  has_played_ = true;
  concealed_in_row_ = 0;
  last_was_silence_ = entry.is_silence;
  position_ = played_until_ = entry.end();
  next_sequence_ = entry.sequence + 1;
  ++counters_.played;
  const std::int64_t excess = wanted_position(now) - entry.timestamp;
  const bool has_neighbour = !entries_.empty() && entries_.front().sequence == next_sequence_ &&
                             entries_.front().timestamp == position_ && entry.samples == kFrame &&
                             entries_.front().samples == kFrame;
  if (excess <= kMergeAbove || !has_neighbour || now < next_merge_) {
    return PlayPacket{.opus = std::move(entry.opus), .starts_talk = entry.marker};
  }
  Entry second = std::move(entries_.front());
  entries_.pop_front();
  last_was_silence_ = second.is_silence;
  position_ = played_until_ = second.end();
  next_sequence_ = second.sequence + 1;
  next_merge_ = now + kMergeEvery;
  ++counters_.played;
  ++counters_.merged;
  return PlayMerged{.first = std::move(entry.opus), .second = std::move(second.opus)};
}

// The next packet is there, and something before it is not: lost, or never sent (a pause).
PlayoutStep JitterBuffer::bridge_gap(std::int64_t now) {
  const Entry& next = entries_.front();
  const std::int64_t missing = next.timestamp - position_;
  const bool is_loss = next.sequence != next_sequence_;
  if (is_loss && missing <= kFrame) {
    account_for(next);
    position_ = next.timestamp;
    next_sequence_ = next.sequence;
    ++counters_.restored;
    return RestoreBefore{next.opus};
  }
  if (is_loss && concealed_in_row_ < kMaxConcealed && missing <= kMaxDelay) {
    position_ += kFrame;
    return conceal();
  }
  // A pause costs nothing, so it is where the delay returns to its target.
  if (wanted_position(now) >= next.timestamp) {
    position_ = next.timestamp;
    return take(now);
  }
  if (next.marker || !last_was_silence_ || concealed_in_row_ >= kMaxComfort) return Silence{};
  ++concealed_in_row_;
  return Conceal{};
}

// Nothing is buffered: the talker paused, or his packets are late or lost.
PlayoutStep JitterBuffer::run_dry(std::int64_t now) {
  if (concealed_in_row_ >= conceal_limit()) {
    is_playing_ = false;
    concealed_in_row_ = 0;
    return Silence{};
  }
  // Below the target the clock waits for the late packet, which makes the delay grow; above it the
  // packet's time passes.
  if (position_ <= wanted_position(now)) position_ += kFrame;
  return conceal();
}

std::uint32_t JitterBuffer::conceal_limit() const {
  return last_was_silence_ ? kMaxComfort : kMaxConcealed;
}

PlayoutStep JitterBuffer::conceal() {
  ++made_up_;
  ++concealed_in_row_;
  return Conceal{};
}

}  // namespace parley::client
