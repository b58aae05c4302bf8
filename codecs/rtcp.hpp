// RTCP (RFC 3550 6): the packets a node sends and the ones it reads. Pure. RTCP ends at the node.
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace parley::codecs {

// 64-bit NTP time (RFC 3550 4): seconds since 1900 in the high half.
[[nodiscard]] std::uint64_t to_ntp(WallTime time);
// The middle 32 bits of an NTP time, as LSR and DLSR use it (1/65536 s).
[[nodiscard]] constexpr std::uint32_t middle_of_ntp(std::uint64_t ntp) {
  return static_cast<std::uint32_t>(ntp >> 16);
}

struct ReportBlock {
  Ssrc ssrc{};
  std::uint8_t fraction_lost = 0;         // 1/256
  std::int32_t cumulative_lost = 0;       // 24 bits, may be negative
  std::uint32_t highest_sequence = 0;     // extended
  std::uint32_t jitter = 0;               // in RTP timestamp units
  std::uint32_t last_sr = 0;              // middle of the NTP time of the last SR, 0: none
  std::uint32_t delay_since_last_sr = 0;  // 1/65536 s
};

struct SenderReport {
  Ssrc ssrc{};
  std::uint64_t ntp = 0;
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t octets = 0;
};

enum class RtcpError : std::uint8_t { too_short, bad_version, bad_length, bad_padding, too_many };

// What Parley reads of one compound packet. Unknown packet types are skipped.
struct RtcpView {
  static constexpr std::size_t kMaxItems = 64;  // of each kind; more is too_many
  std::vector<SenderReport> sender_reports;
  std::vector<ReportBlock> reports;  // from SR and RR alike
  std::vector<Ssrc> byes;
};
[[nodiscard]] std::expected<RtcpView, RtcpError> parse_rtcp(Bytes compound);

// Each writer returns the bytes written, 0 when `out` is too small. A compound packet starts with
// SR or RR and carries an SDES CNAME (RFC 3550 6.1).
std::size_t write_sender_report(const SenderReport& report, std::span<const ReportBlock> blocks,
                                MutableBytes out);
std::size_t write_receiver_report(Ssrc sender, std::span<const ReportBlock> blocks,
                                  MutableBytes out);
std::size_t write_sdes_cname(Ssrc ssrc, std::string_view cname, MutableBytes out);
std::size_t write_bye(std::span<const Ssrc> ssrcs, MutableBytes out);

// Loss, jitter and highest sequence of one received stream (RFC 3550 6.4.1, A.3, A.8).
class ReceptionStatistics {
 public:
  // `clock_rate` in Hz of the RTP timestamp (48000 for Opus).
  explicit ReceptionStatistics(std::uint32_t clock_rate) : clock_rate_(clock_rate) {}
  void on_packet(std::uint64_t extended_sequence, std::uint32_t rtp_timestamp, Timestamp arrival);
  void on_sender_report(const SenderReport& report, Timestamp arrival);
  // The block since the last call (fraction lost is per interval).
  [[nodiscard]] ReportBlock make_report(Ssrc ssrc, Timestamp now);
  [[nodiscard]] bool has_packets() const { return received_ > 0; }

 private:
  std::uint32_t clock_rate_;
  std::uint64_t base_sequence_ = 0;
  std::uint64_t highest_sequence_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t expected_before_ = 0;
  std::uint64_t received_before_ = 0;
  std::int64_t last_transit_ = 0;
  std::uint32_t jitter_q4_ = 0;  // 4 fractional bits
  std::uint32_t last_sr_ = 0;
  Timestamp last_sr_arrival_{};
};

}  // namespace parley::codecs
