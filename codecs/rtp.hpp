// RTP packets (RFC 3550 5.1) as views, and the header extensions Parley reads (RFC 8285, RFC 6464).
// Pure; the views point into the caller's buffer.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace parley::codecs {

inline constexpr std::size_t kRtpHeaderSize = 12;
inline constexpr std::size_t kMaxRtpPacket = 1300;        // security.md S8
inline constexpr std::size_t kMaxRtpExtensionBytes = 64;  // security.md S8

enum class RtpError : std::uint8_t {
  too_short,
  too_long,
  bad_version,
  has_csrc,       // CSRC count must be 0
  bad_extension,  // longer than the packet or than kMaxRtpExtensionBytes
  bad_padding,    // padding longer than the payload, or of length 0
};

struct RtpView {
  std::uint8_t payload_type;
  bool marker;
  std::uint16_t sequence;
  std::uint32_t timestamp;
  Ssrc ssrc;
  std::uint16_t extension_profile;  // 0 when there is no extension
  Bytes extension;                  // the extension's words, without its 4-byte header
  std::size_t header_size;          // bytes before the payload
  Bytes payload;                    // without padding
};

// First byte of a datagram: which protocol it speaks (RFC 7983 7).
enum class DatagramKind : std::uint8_t { stun, dtls, rtp, rtcp, unknown };
[[nodiscard]] DatagramKind classify(Bytes datagram);

// `is_encrypted`: the payload still is SRTP, so that padding cannot be checked yet.
[[nodiscard]] std::expected<RtpView, RtpError> parse_rtp(Bytes packet, bool is_encrypted = false);

// Only the SSRC of an RTP packet or of the first RTCP packet, for lookup before any crypto.
[[nodiscard]] std::optional<Ssrc> peek_rtp_ssrc(Bytes packet);
[[nodiscard]] std::optional<Ssrc> peek_rtcp_ssrc(Bytes packet);

struct RtpHeader {
  std::uint8_t payload_type;
  bool marker = false;
  std::uint16_t sequence;
  std::uint32_t timestamp;
  Ssrc ssrc;
};
// Writes a 12-byte header without CSRC or extension. `out` holds at least kRtpHeaderSize bytes.
void write_rtp_header(const RtpHeader& header, MutableBytes out);

struct AudioLevel {
  std::uint8_t dbov;  // 0 (loudest) to 127 (silence), in -dBov
  bool voice;
};
// RFC 6464, one- or two-byte form (RFC 8285 4.2, 4.3). nullopt: no such element.
[[nodiscard]] std::optional<AudioLevel> find_audio_level(const RtpView& packet, std::uint8_t id);
// Writes a 12-byte header, the X bit and one audio level element (one-byte form); returns the bytes
// written (20), or 0 when `out` is too small or `id` is not in 1..14.
std::size_t write_rtp_header_with_level(const RtpHeader& header, std::uint8_t id, AudioLevel level,
                                        MutableBytes out);

// Extends 16-bit sequence numbers to 64 bits around the highest seen (RFC 3550 A.1).
class SequenceExtender {
 public:
  // The extended number; moves the reference forward when `sequence` is newer. The first number
  // seen lies in cycle 0; what would lie before that cycle is given as 0.
  std::uint64_t extend(std::uint16_t sequence);
  [[nodiscard]] std::optional<std::uint64_t> highest() const { return highest_; }

 private:
  std::optional<std::uint64_t> highest_;
};

}  // namespace parley::codecs
