#include "sfu/transport/srtp_aead.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "codecs/rtp.hpp"

namespace parley::sfu {

namespace {

constexpr std::uint64_t kIndexLimit = std::uint64_t{1} << 48;      // RFC 3711 9.2
constexpr std::uint32_t kRtcpIndexLimit = std::uint32_t{1} << 31;  // likewise
constexpr std::uint32_t kEncryptedFlag = 0x80000000;  // E of the ESRTCP word (RFC 7714 17.1)
constexpr std::size_t kRtcpHeaderSize = 8;
constexpr std::size_t kRtcpWordSize = 4;
constexpr std::uint64_t kHalf = 1U << 15;  // half of the sequence numbers
constexpr std::uint64_t kRollover = 1U << 16;

// The size of header, CSRCs and extension, which are sent in the clear (RFC 3550 5.1). nullopt: not
// an RTP packet.
std::optional<std::size_t> rtp_header_size(Bytes packet) {
  if (packet.size() < codecs::kRtpHeaderSize || packet[0] >> 6 != 2) return std::nullopt;
  const std::size_t csrcs = packet[0] & 0x0f;
  std::size_t size = codecs::kRtpHeaderSize + 4 * csrcs;
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + 4) return std::nullopt;
    const std::size_t words = static_cast<std::size_t>(packet[size + 2] << 8 | packet[size + 3]);
    size += 4 + 4 * words;
  }
  if (packet.size() < size) return std::nullopt;
  return size;
}

// RFC 3711 3.3.1 and appendix A: the index nearest to the highest authentic one. nullopt: beyond
// the 48 bits.
std::optional<std::uint64_t> estimate_index(std::uint64_t highest, std::uint16_t sequence) {
  std::uint64_t index = (highest & ~(kRollover - 1)) | sequence;
  if (index > highest + kHalf && index >= kRollover) index -= kRollover;
  if (index + kHalf < highest) index += kRollover;
  if (index >= kIndexLimit) return std::nullopt;
  return index;
}

template <class Streams>
auto* find_stream(Streams& streams, Ssrc ssrc) {
  const auto found = std::ranges::find_if(streams, [&](const auto& s) { return s.ssrc == ssrc; });
  return found == streams.end() ? nullptr : &*found;
}

template <class Word>
Word load(const std::uint8_t* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

template <class Word>
void store(std::uint8_t* bytes, Word word) {
  std::memcpy(bytes, &word, sizeof word);
}

// To network order, and back.
template <class Word>
Word big_endian(Word word) {
  return std::endian::native == std::endian::little ? std::byteswap(word) : word;
}

}  // namespace

// Runs for each packet that is sent, so in two words that stay in registers.
AeadIv make_srtp_iv(const AeadSalt& salt, Bytes ssrc, std::uint64_t index) {
  const std::uint64_t sender = big_endian(load<std::uint32_t>(ssrc.data()));
  const std::uint64_t high = big_endian(sender << 16 | index >> 32);
  const std::uint32_t low = big_endian(static_cast<std::uint32_t>(index));
  AeadIv iv;
  store(&iv[0], high ^ load<std::uint64_t>(&salt[0]));
  store(&iv[8], low ^ load<std::uint32_t>(&salt[8]));
  return iv;
}

std::expected<MutableBytes, Drop> SrtpAead::unprotect_rtp(MutableBytes packet) {
  const auto header_size = rtp_header_size(packet);
  if (!header_size || packet.size() - *header_size < kAeadTagSize) {
    return std::unexpected(Drop::srtp_error);
  }
  ByteReader reader(packet.subspan(2));
  const std::uint16_t sequence = reader.u16();
  reader.skip(4);  // timestamp
  const Ssrc ssrc{reader.u32()};
  auto* stream = find_stream(rtp_streams_, ssrc);
  const auto index =
      stream == nullptr ? sequence : estimate_index(stream->seen.highest(), sequence);
  if (!index) return std::unexpected(Drop::srtp_error);
  if (stream == nullptr && rtp_streams_.size() == kMaxSrtpSsrcs) {
    return std::unexpected(Drop::srtp_ssrc_limit);
  }
  if (stream != nullptr && !stream->seen.is_fresh(*index))
    return std::unexpected(Drop::srtp_replay);
  const MutableBytes sealed = packet.subspan(*header_size);
  if (receive_rtp_key_.is_empty()) {
    receive_rtp_key_ = AeadKey(receive_.rtp.key.view(), engine_);
    if (receive_rtp_key_.is_empty()) return std::unexpected(Drop::srtp_error);
  }
  const AeadIv iv = make_srtp_iv(receive_.rtp.salt, packet.subspan(8, 4), *index);
  if (!receive_rtp_key_.open(iv, packet.first(*header_size), sealed)) {
    return std::unexpected(Drop::srtp_auth);
  }
  if (stream != nullptr) {
    stream->seen.add(*index);
  } else {
    rtp_streams_.push_back({.ssrc = ssrc, .seen = ReplayWindow<kSrtpReplayWindow>(*index)});
  }
  return packet.first(packet.size() - kAeadTagSize);
}

// RFC 7714 9: header | ciphertext | tag | ESRTCP word; header and word are authenticated. One index
// counts the packets of all SSRCs, so that each has its own.
std::expected<std::size_t, Drop> SrtpAead::protect_rtcp(MutableBytes buffer, std::size_t size) {
  if (size < kRtcpHeaderSize || next_rtcp_index_ == kRtcpIndexLimit) {
    return std::unexpected(Drop::send_error);
  }
  const std::uint32_t index = next_rtcp_index_++;
  std::array<std::uint8_t, kRtcpHeaderSize + kRtcpWordSize> aad;
  ByteWriter writer(aad);
  writer.bytes(buffer.first(kRtcpHeaderSize));
  writer.u32(kEncryptedFlag | index);
  const AeadIv iv = make_srtp_iv(send_rtcp_.salt, buffer.subspan(4, 4), index);
  const Bytes plain = buffer.first(size).subspan(kRtcpHeaderSize);
  if (!seal_once(engine_, send_rtcp_.key.view(), iv, aad, plain, buffer.subspan(kRtcpHeaderSize))) {
    return std::unexpected(Drop::send_error);
  }
  std::ranges::copy(Bytes(aad).last(kRtcpWordSize), buffer.subspan(size + kAeadTagSize).begin());
  return size + kAeadTagSize + kRtcpWordSize;
}

std::expected<MutableBytes, Drop> SrtpAead::unprotect_rtcp(MutableBytes packet) {
  if (packet.size() < kRtcpHeaderSize + kAeadTagSize + kRtcpWordSize || packet[0] >> 6 != 2) {
    return std::unexpected(Drop::srtp_error);
  }
  const Ssrc ssrc{ByteReader(packet.subspan(4)).u32()};
  const std::uint32_t word = ByteReader(packet.last(kRtcpWordSize)).u32();
  // Reports in the clear are possible (RFC 7714 9.3); we accept none.
  if ((word & kEncryptedFlag) == 0) return std::unexpected(Drop::srtp_error);
  const std::uint32_t index = word & ~kEncryptedFlag;
  auto* stream = find_stream(rtcp_streams_, ssrc);
  if (stream == nullptr && rtcp_streams_.size() == kMaxSrtpSsrcs) {
    return std::unexpected(Drop::srtp_ssrc_limit);
  }
  if (stream != nullptr && !stream->seen.is_fresh(index)) return std::unexpected(Drop::srtp_replay);
  std::array<std::uint8_t, kRtcpHeaderSize + kRtcpWordSize> aad;
  ByteWriter writer(aad);
  writer.bytes(packet.first(kRtcpHeaderSize));
  writer.bytes(packet.last(kRtcpWordSize));
  const AeadIv iv = make_srtp_iv(receive_.rtcp.salt, packet.subspan(4, 4), index);
  const MutableBytes sealed =
      packet.subspan(kRtcpHeaderSize, packet.size() - kRtcpHeaderSize - kRtcpWordSize);
  if (!open_once(engine_, receive_.rtcp.key.view(), iv, aad, sealed)) {
    return std::unexpected(Drop::srtp_auth);
  }
  if (stream != nullptr) {
    stream->seen.add(index);
  } else {
    rtcp_streams_.push_back({.ssrc = ssrc, .seen = ReplayWindow<kSrtcpReplayWindow>(index)});
  }
  return packet.first(packet.size() - kAeadTagSize - kRtcpWordSize);
}

}  // namespace parley::sfu
