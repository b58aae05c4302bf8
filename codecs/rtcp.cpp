#include "codecs/rtcp.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace parley::codecs {
namespace {

constexpr std::uint8_t kSenderReport = 200;
constexpr std::uint8_t kReceiverReport = 201;
constexpr std::uint8_t kSourceDescription = 202;
constexpr std::uint8_t kBye = 203;
constexpr std::uint8_t kCname = 1;
constexpr std::uint8_t kPaddingBit = 0x20;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kMaxCount = 31;        // five bits
constexpr std::size_t kMaxCname = 255;       // one byte of length
constexpr std::int32_t kLostMax = 0x7fffff;  // 24 bits, signed
constexpr std::int32_t kLostMin = -0x800000;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

// One packet of a compound, without its 4-byte header and padding.
struct Packet {
  std::uint8_t type;
  std::uint8_t count;
  Bytes body;
};

std::expected<Packet, RtcpError> take_packet(ByteReader& reader) {
  if (reader.remaining() < kHeaderSize) return std::unexpected(RtcpError::too_short);
  const std::uint8_t first = reader.u8();
  if (first >> 6 != 2) return std::unexpected(RtcpError::bad_version);
  Packet packet{};
  packet.count = first & 0x1f;
  packet.type = reader.u8();
  packet.body = reader.take(std::size_t{reader.u16()} * 4);
  if (!reader.ok()) return std::unexpected(RtcpError::bad_length);
  if ((first & kPaddingBit) == 0) return packet;
  // Only the last packet may be padded, by a multiple of four (RFC 3550 6.4.1).
  if (reader.remaining() > 0 || packet.body.empty()) return std::unexpected(RtcpError::bad_padding);
  const std::size_t padding = packet.body.back();
  if (padding == 0 || padding % 4 != 0 || padding > packet.body.size()) {
    return std::unexpected(RtcpError::bad_padding);
  }
  packet.body = packet.body.first(packet.body.size() - padding);
  return packet;
}

ReportBlock read_block(ByteReader& reader) {
  ReportBlock block;
  block.ssrc = Ssrc{reader.u32()};
  block.fraction_lost = reader.u8();
  const std::uint32_t lost = reader.u24();
  const bool is_negative = (lost & 0x800000U) != 0;
  block.cumulative_lost = static_cast<std::int32_t>(lost) - (is_negative ? 0x1000000 : 0);
  block.highest_sequence = reader.u32();
  block.jitter = reader.u32();
  block.last_sr = reader.u32();
  block.delay_since_last_sr = reader.u32();
  return block;
}

SenderReport read_sender_info(ByteReader& reader) {
  SenderReport report;
  report.ssrc = Ssrc{reader.u32()};
  report.ntp = reader.u64();
  report.rtp_timestamp = reader.u32();
  report.packets = reader.u32();
  report.octets = reader.u32();
  return report;
}

// Appends to one list of the view, nullopt when done, too_many at its bound.
template <class T>
std::optional<RtcpError> append(std::vector<T>& list, const T& item, const ByteReader& reader) {
  if (!reader.ok()) return RtcpError::bad_length;
  if (list.size() == RtcpView::kMaxItems) return RtcpError::too_many;
  list.push_back(item);
  return std::nullopt;
}

std::optional<RtcpError> read_packet(const Packet& packet, RtcpView& view) {
  ByteReader reader(packet.body);
  const bool is_report = packet.type == kSenderReport || packet.type == kReceiverReport;
  if (packet.type == kSenderReport) {
    const SenderReport report = read_sender_info(reader);
    if (const auto error = append(view.sender_reports, report, reader)) return error;
  } else if (packet.type == kReceiverReport) {
    reader.skip(4);  // the reporter's own SSRC: known from the transport
    if (!reader.ok()) return RtcpError::bad_length;
  }
  for (unsigned i = 0; is_report && i < packet.count; ++i) {
    const ReportBlock block = read_block(reader);
    if (const auto error = append(view.reports, block, reader)) return error;
  }
  for (unsigned i = 0; packet.type == kBye && i < packet.count; ++i) {
    const Ssrc ssrc{reader.u32()};
    if (const auto error = append(view.byes, ssrc, reader)) return error;
  }
  return std::nullopt;
}

// `size`: of the whole packet in bytes, a multiple of four.
void write_packet_header(ByteWriter& writer, std::uint8_t type, std::size_t count,
                         std::size_t size) {
  writer.u8(static_cast<std::uint8_t>(0x80U | count));
  writer.u8(type);
  writer.u16(static_cast<std::uint16_t>(size / 4 - 1));
}

void write_blocks(ByteWriter& writer, std::span<const ReportBlock> blocks) {
  for (const ReportBlock& block : blocks) {
    writer.u32(block.ssrc.value);
    writer.u8(block.fraction_lost);
    writer.u24(static_cast<std::uint32_t>(std::clamp(block.cumulative_lost, kLostMin, kLostMax)) &
               0xffffffU);
    writer.u32(block.highest_sequence);
    writer.u32(block.jitter);
    writer.u32(block.last_sr);
    writer.u32(block.delay_since_last_sr);
  }
}

constexpr std::size_t kBlockSize = 24;
constexpr std::size_t kSenderInfoSize = 24;

std::size_t finished(const ByteWriter& writer) { return writer.ok() ? writer.size() : 0; }

// A time in units of an RTP clock. Split at the second so that no start of the timeline overflows.
std::int64_t in_clock_units(Timestamp time, std::uint32_t clock_rate) {
  const std::int64_t micros = time.time_since_epoch().count();
  const std::int64_t rate = clock_rate;
  return micros / kMicrosPerSecond * rate + micros % kMicrosPerSecond * rate / kMicrosPerSecond;
}

}  // namespace

std::uint64_t to_ntp(WallTime time) {
  constexpr std::int64_t kSecondsFrom1900To1970 = 2'208'988'800;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  const auto micros = static_cast<std::uint64_t>((time.time_since_epoch() - seconds).count());
  // The cast to 32 bits is the era of RFC 5905 6: the count starts again in 2036.
  const auto era_seconds = static_cast<std::uint32_t>(seconds.count() + kSecondsFrom1900To1970);
  return std::uint64_t{era_seconds} << 32 | (micros << 32) / kMicrosPerSecond;
}

std::expected<RtcpView, RtcpError> parse_rtcp(Bytes compound) {
  RtcpView view;
  ByteReader reader(compound);
  do {
    const auto packet = take_packet(reader);
    if (!packet) return std::unexpected(packet.error());
    if (const auto error = read_packet(*packet, view)) return std::unexpected(*error);
  } while (reader.remaining() > 0);
  return view;
}

std::size_t write_sender_report(const SenderReport& report, std::span<const ReportBlock> blocks,
                                MutableBytes out) {
  if (blocks.size() > kMaxCount) return 0;
  ByteWriter writer(out);
  write_packet_header(writer, kSenderReport, blocks.size(),
                      kHeaderSize + kSenderInfoSize + blocks.size() * kBlockSize);
  writer.u32(report.ssrc.value);
  writer.u64(report.ntp);
  writer.u32(report.rtp_timestamp);
  writer.u32(report.packets);
  writer.u32(report.octets);
  write_blocks(writer, blocks);
  return finished(writer);
}

std::size_t write_receiver_report(Ssrc sender, std::span<const ReportBlock> blocks,
                                  MutableBytes out) {
  if (blocks.size() > kMaxCount) return 0;
  ByteWriter writer(out);
  write_packet_header(writer, kReceiverReport, blocks.size(),
                      kHeaderSize + 4 + blocks.size() * kBlockSize);
  writer.u32(sender.value);
  write_blocks(writer, blocks);
  return finished(writer);
}

std::size_t write_sdes_cname(Ssrc ssrc, std::string_view cname, MutableBytes out) {
  if (cname.size() > kMaxCname) return 0;
  // The item list ends with one zero byte or more, up to the next word (RFC 3550 6.5).
  const std::size_t item = 2 + cname.size();
  const std::size_t zeros = 4 - item % 4;
  ByteWriter writer(out);
  write_packet_header(writer, kSourceDescription, 1, kHeaderSize + 4 + item + zeros);
  writer.u32(ssrc.value);
  writer.u8(kCname);
  writer.u8(static_cast<std::uint8_t>(cname.size()));
  writer.bytes(as_bytes(cname));
  writer.zeros(zeros);
  return finished(writer);
}

std::size_t write_bye(std::span<const Ssrc> ssrcs, MutableBytes out) {
  if (ssrcs.size() > kMaxCount) return 0;
  ByteWriter writer(out);
  write_packet_header(writer, kBye, ssrcs.size(), kHeaderSize + 4 * ssrcs.size());
  for (const Ssrc ssrc : ssrcs) writer.u32(ssrc.value);
  return finished(writer);
}

void ReceptionStatistics::on_packet(std::uint64_t extended_sequence, std::uint32_t rtp_timestamp,
                                    Timestamp arrival) {
  // Only differences of transit times matter, so 32 wrapping bits are enough.
  const std::int64_t transit = in_clock_units(arrival, clock_rate_) - std::int64_t{rtp_timestamp};
  if (received_ == 0) {
    base_sequence_ = extended_sequence;
    highest_sequence_ = extended_sequence;
  } else {
    const auto change = static_cast<std::int32_t>(static_cast<std::uint32_t>(transit) -
                                                  static_cast<std::uint32_t>(last_transit_));
    const auto size = static_cast<std::uint32_t>(std::abs(std::int64_t{change}));
    const std::int64_t grown =
        std::int64_t{jitter_q4_} + size - ((std::int64_t{jitter_q4_} + 8) >> 4);
    jitter_q4_ = static_cast<std::uint32_t>(std::min<std::int64_t>(grown, UINT32_MAX));
  }
  last_transit_ = transit;
  base_sequence_ = std::min(base_sequence_, extended_sequence);
  highest_sequence_ = std::max(highest_sequence_, extended_sequence);
  ++received_;
}

void ReceptionStatistics::on_sender_report(const SenderReport& report, Timestamp arrival) {
  last_sr_ = middle_of_ntp(report.ntp);
  last_sr_arrival_ = arrival;
}

ReportBlock ReceptionStatistics::make_report(Ssrc ssrc, Timestamp now) {
  ReportBlock block{.ssrc = ssrc};
  if (last_sr_ != 0) {
    const std::int64_t micros = std::max<std::int64_t>((now - last_sr_arrival_).count(), 0);
    const std::int64_t units =
        micros / kMicrosPerSecond * 65536 + micros % kMicrosPerSecond * 65536 / kMicrosPerSecond;
    block.last_sr = last_sr_;
    block.delay_since_last_sr =
        static_cast<std::uint32_t>(std::min<std::int64_t>(units, UINT32_MAX));
  }
  if (!has_packets()) return block;

  const std::uint64_t expected = highest_sequence_ - base_sequence_ + 1;
  const auto lost = static_cast<std::int64_t>(expected - received_);
  block.cumulative_lost =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(lost, kLostMin, kLostMax));
  const std::uint64_t expected_now = expected - expected_before_;
  const std::uint64_t received_now = received_ - received_before_;
  if (expected_now > received_now) {  // duplicates never make it negative
    const std::uint64_t fraction = ((expected_now - received_now) << 8) / expected_now;
    block.fraction_lost = static_cast<std::uint8_t>(std::min<std::uint64_t>(fraction, 255));
  }
  expected_before_ = expected;
  received_before_ = received_;
  block.highest_sequence = static_cast<std::uint32_t>(highest_sequence_);
  block.jitter = jitter_q4_ >> 4;
  return block;
}

}  // namespace parley::codecs
