#include "sfu/forwarding/downlink.hpp"

#include <algorithm>

namespace parley::sfu {

namespace {

constexpr std::uint32_t kFirstSequenceMask = 0x7fff;
constexpr std::uint64_t kPlacedWindow = 64;
// Counting begins one rollover above the packet index, so that "one before the first" is a number
// too.
constexpr std::uint64_t kOneRollover = 1U << 16;

// Extended sequence numbers are compared by their distance, so that an offset may be negative.
bool is_ahead(std::uint64_t sequence, std::uint64_t of) {
  return static_cast<std::int64_t>(sequence - of) > 0;
}

std::uint32_t in_clock_units(Duration elapsed) {
  return static_cast<std::uint32_t>(elapsed.count() * (kOpusClockRate / 1000) / 1000);
}

}  // namespace

Downlink::Downlink(Ssrc ssrc, RandomSource& random)
    : ssrc_(ssrc),
      highest_out_(kOneRollover + (random.next_u32() & kFirstSequenceMask) - 1),
      last_timestamp_(random.next_u32()) {}

std::expected<DownlinkStamp, Drop> Downlink::place(const DownlinkSource& source,
                                                   const VoicePacket& packet, Timestamp now) {
  const bool is_started = !room_.is_none();
  const bool changed = source.room != room_ || source.burst != burst_;
  if (is_started && source.room != room_ && now - last_placed_ < kSlotHold) {
    return std::unexpected(Drop::listener_no_slot);
  }
  std::uint64_t out = packet.sequence + sequence_offset_;
  const bool begins = changed || is_ahead(out, highest_out_ + kMaxHole);
  if (begins) {
    rebase(packet, now);
    room_ = source.room;
    burst_ = source.burst;
    out = packet.sequence + sequence_offset_;
  }
  const std::uint32_t timestamp = packet.timestamp + timestamp_offset_;
  const bool newest = is_ahead(out, highest_out_);
  if (!mark_fresh(out)) return std::unexpected(Drop::listener_late);
  if (newest) {
    last_timestamp_ = timestamp;
    last_placed_ = now;
  }
  return DownlinkStamp{
      .index = out - kOneRollover, .timestamp = timestamp, .marker = begins || packet.marker};
}

void Downlink::rebase(const VoicePacket& packet, Timestamp now) {
  std::uint32_t step = kMinTimestampStep;
  if (!room_.is_none() && now > last_placed_) {
    step = std::max(step, in_clock_units(now - last_placed_));
  }
  timestamp_offset_ = last_timestamp_ + step - packet.timestamp;
  sequence_offset_ = highest_out_ + 1 - packet.sequence;
  placed_ = ~std::uint64_t{0};  // nothing from before this packet is to come after it
}

bool Downlink::mark_fresh(std::uint64_t sequence) {
  if (is_ahead(sequence, highest_out_)) {
    const std::uint64_t ahead = sequence - highest_out_;
    placed_ = ahead >= kPlacedWindow ? 1 : (placed_ << ahead) | 1;
    highest_out_ = sequence;
    return true;
  }
  const std::uint64_t behind = highest_out_ - sequence;
  if (behind >= kPlacedWindow) return false;
  const std::uint64_t bit = std::uint64_t{1} << behind;
  if ((placed_ & bit) != 0) return false;
  placed_ |= bit;
  return true;
}

void Downlink::on_sent(std::size_t payload_bytes) {
  ++packets_;
  octets_ += static_cast<std::uint32_t>(payload_bytes);
}

std::optional<codecs::SenderReport> Downlink::make_report(Now now) {
  if (packets_ == reported_packets_) return std::nullopt;
  reported_packets_ = packets_;
  return codecs::SenderReport{
      .ssrc = ssrc_,
      .ntp = codecs::to_ntp(now.wall),
      .rtp_timestamp = last_timestamp_ + in_clock_units(now.mono - last_placed_),
      .packets = packets_,
      .octets = octets_};
}

void Downlink::on_reception_report(const codecs::ReportBlock& block, WallTime now) {
  remote_ = {.fraction_lost = block.fraction_lost,
             .cumulative_lost = block.cumulative_lost,
             .jitter = block.jitter,
             .round_trip = remote_.round_trip};
  if (block.last_sr == 0) return;
  // RFC 3550 6.4.1: A - LSR - DLSR, in 1/65536 s. A negative result is a clock step or a lie.
  const std::uint32_t arrival = codecs::middle_of_ntp(codecs::to_ntp(now));
  const auto units = static_cast<std::int32_t>(arrival - block.last_sr - block.delay_since_last_sr);
  if (units >= 0) remote_.round_trip = Duration(std::int64_t{units} * 1'000'000 / 65536);
}

}  // namespace parley::sfu
