// The media side of one WebRTC participant, as lean as a load of thousands wants it: one ICE path
// (full agent, controlling, one remote candidate), DTLS in the client's role, SRTP. Parley and
// Janus are driven with it. No socket of its own: datagrams in, datagrams out by its member's sink.
// The DTLS object is freed once the keys are out (75 KiB each): so no close_notify, leave by
// signaling.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "client/core/ice_agent.hpp"
#include "client/load/target.hpp"
#include "codecs/stun.hpp"
#include "net/udp_sink.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::client {

// What is shared by all endpoints of a thread. Outlives them.
struct RtcShared {
  const sfu::DtlsContext& dtls;
  RandomSource& random;
  PacketBatch scratch{1U << 16, 32};  // what OpenSSL writes in one step
};

struct RtcRemote {
  IceCredentials ice;
  sfu::Fingerprint fingerprint{};
  Endpoint candidate;
};

enum class RtcState : std::uint8_t { idle, checking, handshaking, connected, failed };

class RtcEndpoint {
 public:
  static constexpr Duration kFirstCheckTimeout = std::chrono::milliseconds(100);  // doubles
  static constexpr std::uint8_t kMaxChecks = 8;
  static constexpr Duration kConsentInterval = std::chrono::seconds(5);  // RFC 7675 5.1
  static constexpr Duration kHandshakeLimit = std::chrono::seconds(30);

  RtcEndpoint(RtcShared& shared, net::UdpSink& socket, IceCredentials local);

  [[nodiscard]] const IceCredentials& local_credentials() const { return local_; }
  void start(RtcRemote remote, Now now);
  // Anything its socket got. A voice packet of one of `ssrcs`: which of them, as the clear header
  // tells; everything else is dealt with or left, and heard is nothing.
  std::optional<Heard> on_datagram(MutableBytes datagram, std::span<const std::uint32_t> ssrcs,
                                   Now now);
  void tick(Now now);     // cheap when nothing is due
  void refresh(Now now);  // a consent check now

  [[nodiscard]] RtcState state() const { return state_; }
  // One RTP packet: header, payload, the extended sequence number. False: not sent.
  bool send_rtp(Bytes header, Bytes payload, std::uint64_t index);
  // Decrypts in place; the payload or nullopt.
  std::optional<Bytes> open_rtp(MutableBytes datagram);

 private:
  void send_check(Now now);
  void on_stun(Bytes datagram, Now now);
  void flush();
  void follow_dtls(Now now);

  RtcShared* shared_;
  net::UdpSink* socket_;
  IceCredentials local_;
  RtcRemote remote_;
  RtcState state_ = RtcState::idle;
  std::uint8_t checks_ = 0;
  Timestamp next_check_ = kNever;
  Timestamp handshake_by_ = kNever;
  codecs::StunTransactionId transaction_{};
  std::optional<sfu::Dtls> dtls_;
  std::optional<sfu::SrtpSession> srtp_;
};

}  // namespace parley::client
