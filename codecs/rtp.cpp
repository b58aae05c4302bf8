#include "codecs/rtp.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::codecs {
namespace {

constexpr std::uint8_t kVersion2 = 2;
constexpr std::uint8_t kPaddingBit = 0x20;
constexpr std::uint8_t kExtensionBit = 0x10;
constexpr std::uint8_t kMarkerBit = 0x80;
constexpr std::uint16_t kOneByteProfile = 0xbede;  // RFC 8285 4.2
constexpr std::uint16_t kTwoByteProfile = 0x1000;  // RFC 8285 4.3; the low four bits are free
constexpr std::uint16_t kTwoByteProfileMask = 0xfff0;
constexpr std::uint8_t kStopId = 15;  // one-byte form: nothing after it may be read

// Takes the padding off; false when its count cannot be right (RFC 3550 5.1).
bool strip_padding(Bytes& payload) {
  if (payload.empty()) return false;
  const std::size_t padding = payload.back();
  if (padding == 0 || padding > payload.size()) return false;
  payload = payload.first(payload.size() - padding);
  return true;
}

std::optional<AudioLevel> to_audio_level(Bytes element) {
  if (element.size() != 1) return std::nullopt;
  return AudioLevel{.dbov = static_cast<std::uint8_t>(element[0] & 0x7f),
                    .voice = (element[0] & 0x80) != 0};
}

std::optional<AudioLevel> find_in_one_byte_form(Bytes extension, std::uint8_t id) {
  ByteReader reader(extension);
  while (reader.remaining() > 0) {
    const std::uint8_t head = reader.u8();
    if (head == 0) continue;  // padding
    const auto found = static_cast<std::uint8_t>(head >> 4);
    // Id 0 with a length, and id 15, end the reading (RFC 8285 4.2).
    if (found == 0 || found == kStopId) return std::nullopt;
    const Bytes element = reader.take((head & 0x0fU) + 1U);
    if (found == id) return to_audio_level(element);
  }
  return std::nullopt;
}

std::optional<AudioLevel> find_in_two_byte_form(Bytes extension, std::uint8_t id) {
  ByteReader reader(extension);
  while (reader.remaining() > 0) {
    const std::uint8_t found = reader.u8();
    if (found == 0) continue;  // padding has no length byte
    const Bytes element = reader.take(reader.u8());
    if (found == id) return to_audio_level(element);
  }
  return std::nullopt;
}

void write_header(const RtpHeader& header, std::uint8_t flags, ByteWriter& writer) {
  writer.u8(static_cast<std::uint8_t>(kVersion2 << 6 | flags));
  const std::uint8_t marker = header.marker ? kMarkerBit : std::uint8_t{0};
  writer.u8(static_cast<std::uint8_t>(marker | (header.payload_type & 0x7f)));
  writer.u16(header.sequence);
  writer.u32(header.timestamp);
  writer.u32(header.ssrc.value);
}

}  // namespace

DatagramKind classify(Bytes datagram) {
  if (datagram.empty()) return DatagramKind::unknown;
  const std::uint8_t first = datagram[0];
  if (first <= 3) return DatagramKind::stun;
  if (first >= 20 && first <= 63) return DatagramKind::dtls;
  if (first < 128 || first > 191 || datagram.size() < 2) return DatagramKind::unknown;
  // RTCP packet types lie where an RTP marker with payload type 64..95 would (RFC 5761 4).
  const bool is_rtcp = datagram[1] >= 192 && datagram[1] <= 223;
  return is_rtcp ? DatagramKind::rtcp : DatagramKind::rtp;
}

std::expected<RtpView, RtpError> parse_rtp(Bytes packet, bool is_encrypted) {
  if (packet.size() < kRtpHeaderSize) return std::unexpected(RtpError::too_short);
  if (packet.size() > kMaxRtpPacket) return std::unexpected(RtpError::too_long);
  ByteReader reader(packet);
  const std::uint8_t first = reader.u8();
  const std::uint8_t second = reader.u8();
  if (first >> 6 != kVersion2) return std::unexpected(RtpError::bad_version);
  if ((first & 0x0f) != 0) return std::unexpected(RtpError::has_csrc);

  RtpView view{};
  view.payload_type = second & 0x7f;
  view.marker = (second & kMarkerBit) != 0;
  view.sequence = reader.u16();
  view.timestamp = reader.u32();
  view.ssrc = Ssrc{reader.u32()};
  if ((first & kExtensionBit) != 0) {
    view.extension_profile = reader.u16();
    const std::size_t length = std::size_t{reader.u16()} * 4;
    if (length > kMaxRtpExtensionBytes) return std::unexpected(RtpError::bad_extension);
    view.extension = reader.take(length);
    if (!reader.ok()) return std::unexpected(RtpError::bad_extension);
  }
  view.header_size = packet.size() - reader.remaining();
  view.payload = reader.rest();
  const bool is_padded = (first & kPaddingBit) != 0;
  if (is_padded && !is_encrypted && !strip_padding(view.payload)) {
    return std::unexpected(RtpError::bad_padding);
  }
  return view;
}

std::optional<Ssrc> peek_rtp_ssrc(Bytes packet) {
  if (packet.size() < kRtpHeaderSize) return std::nullopt;
  return Ssrc{ByteReader(packet.subspan(8)).u32()};
}

std::optional<Ssrc> peek_rtcp_ssrc(Bytes packet) {
  if (packet.size() < 8) return std::nullopt;
  return Ssrc{ByteReader(packet.subspan(4)).u32()};
}

void write_rtp_header(const RtpHeader& header, MutableBytes out) {
  PARLEY_CHECK(out.size() >= kRtpHeaderSize);
  ByteWriter writer(out);
  write_header(header, 0, writer);
}

std::optional<AudioLevel> find_audio_level(const RtpView& packet, std::uint8_t id) {
  if (id == 0) return std::nullopt;  // 0 is padding in both forms, and "none" in our protocol
  if (packet.extension_profile == kOneByteProfile) {
    return find_in_one_byte_form(packet.extension, id);
  }
  if ((packet.extension_profile & kTwoByteProfileMask) == kTwoByteProfile) {
    return find_in_two_byte_form(packet.extension, id);
  }
  return std::nullopt;
}

std::size_t write_rtp_header_with_level(const RtpHeader& header, std::uint8_t id, AudioLevel level,
                                        MutableBytes out) {
  if (id == 0 || id >= kStopId) return 0;
  ByteWriter writer(out);
  write_header(header, kExtensionBit, writer);
  writer.u16(kOneByteProfile);
  writer.u16(1);                                  // one word
  writer.u8(static_cast<std::uint8_t>(id << 4));  // length field 0: one byte of data
  const std::uint8_t voice = level.voice ? std::uint8_t{0x80} : std::uint8_t{0};
  writer.u8(static_cast<std::uint8_t>(voice | std::min<std::uint8_t>(level.dbov, 127)));
  writer.zeros(2);
  return writer.ok() ? writer.size() : 0;
}

std::uint64_t SequenceExtender::extend(std::uint16_t sequence) {
  if (!highest_) {
    highest_ = sequence;
    return sequence;
  }
  const auto newest = static_cast<std::uint16_t>(*highest_);
  const auto ahead = static_cast<std::uint16_t>(sequence - newest);
  if (ahead < 0x8000) {
    *highest_ += ahead;
    return *highest_;
  }
  const std::uint64_t behind = 0x10000U - ahead;
  return *highest_ >= behind ? *highest_ - behind : 0;
}

}  // namespace parley::codecs
