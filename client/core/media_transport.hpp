// One media transport of the client, from granted credentials to its end: ICE, then DTLS, then SRTP
// with the uplink's RTP, the slots and RTCP both ways. Pure; a transport that ended is replaced,
// not repaired.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "client/core/client_core.hpp"
#include "client/core/ice_agent.hpp"
#include "codecs/rtcp.hpp"
#include "codecs/rtp.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::client {

inline constexpr std::uint8_t kOpusPayloadType = 111;
inline constexpr std::uint8_t kAudioLevelExtensionId = 1;
inline constexpr std::uint32_t kOpusClockRate = 48000;

struct MediaTransportConfig {
  IceAgentConfig ice;
  sfu::Fingerprint remote_fingerprint{};
  Ssrc uplink_ssrc;
  std::vector<Ssrc> slot_ssrcs{};
  std::uint16_t first_sequence = 0;  // below 2^15, so that no loss meets the first rollover
};

class MediaTransport {
 public:
  static constexpr Duration kHandshakeLimit = std::chrono::seconds(10);
  static constexpr Duration kRtcpInterval = std::chrono::seconds(1);

  enum class State : std::uint8_t { connecting, connected, ended };

  // `dtls`, `random` and `counters` outlive the transport.
  MediaTransport(MediaTransportConfig config, const sfu::DtlsContext& dtls, RandomSource& random,
                 ClientCounters& counters, Timestamp now);

  void on_datagram(const Path& from, MutableBytes datagram, Now now, ClientOutbox& out);
  void on_tcp_connected(const Endpoint& remote, std::uint32_t connection, Now now,
                        ClientOutbox& out);
  void on_tcp_closed(std::uint32_t connection, Now now, ClientOutbox& out);
  void send_audio(Bytes opus, std::uint32_t rtp_timestamp, std::uint8_t level, Now now,
                  ClientOutbox& out);
  void tick(Now now, ClientOutbox& out);
  // BYE (only `politely`), close_notify, and the end of the TCP connections.
  void close(bool politely, Now now, ClientOutbox& out);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const char* end_reason() const { return end_reason_; }

 private:
  struct Slot {
    Ssrc ssrc;
    codecs::SequenceExtender extender;
    codecs::ReceptionStatistics statistics{kOpusClockRate};
  };

  void advance(Now now, ClientOutbox& out);
  void start_dtls(Timestamp now, ClientOutbox& out);
  void follow_dtls(Now now, ClientOutbox& out);
  void on_rtp(MutableBytes datagram, Now now, ClientOutbox& out);
  void on_rtcp(MutableBytes datagram, Now now);
  [[nodiscard]] Slot* find_slot(std::optional<Ssrc> ssrc);
  void count_refusal(sfu::Drop drop);
  void send_rtcp(bool with_bye, Now now, ClientOutbox& out);
  std::size_t write_report(Now now, MutableBytes buffer);
  void end(const char* reason);

  const sfu::DtlsContext& context_;
  ClientCounters& counters_;
  sfu::Fingerprint remote_fingerprint_;
  State state_ = State::connecting;
  const char* end_reason_ = "";
  IceAgent ice_;
  std::optional<sfu::Dtls> dtls_;
  Timestamp handshake_by_ = kNever;
  std::optional<sfu::SrtpSession> srtp_;

  Ssrc uplink_ssrc_;
  std::uint64_t next_index_;  // extended sequence number; its rollover counter begins with 0
  std::uint32_t packets_sent_ = 0;
  std::uint32_t octets_sent_ = 0;
  std::uint32_t last_rtp_timestamp_ = 0;
  Timestamp last_sent_{};

  std::vector<Slot> slots_;
  std::string cname_;
  Timestamp next_rtcp_ = kNever;
};

}  // namespace parley::client
