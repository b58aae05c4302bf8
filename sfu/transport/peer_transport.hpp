// One peer's encrypted transport on the node: ICE-lite, DTLS server, SRTP, demultiplexed by first
// byte (RFC 7983). Pure: datagrams in, datagrams and plain media out, next deadline. Laid out for
// the fan-out: sending a voice packet touches one cache line, beside the expanded key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "codecs/rtp.hpp"
#include "codecs/stun.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/ice_lite.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::sfu {

struct PeerTransportConfig {
  IceCredentials local;
  IceCredentials remote;
  Fingerprint remote_fingerprint;
  Ssrc uplink_ssrc;                                       // any other is dropped before any crypto
  Duration consent_timeout = std::chrono::seconds(15);    // without an authenticated check: closed
  Duration handshake_timeout = std::chrono::seconds(10);  // security.md S5
};

enum class TransportState : std::uint8_t { waiting, handshaking, connected, closed };

// What one datagram was.
struct Consumed {};  // STUN or DTLS, dealt with
struct ReceivedRtp {
  codecs::RtpView packet;
};  // decrypted; view into the caller's datagram
struct ReceivedRtcp {
  Bytes compound;
};  // decrypted
using Received = std::variant<Consumed, ReceivedRtp, ReceivedRtcp, Drop>;

// A browser reports under the SSRC of its microphone and of each of its receivers.
inline constexpr std::size_t kMaxRtcpSsrcs = 32;

class alignas(64) PeerTransport {
 public:
  PeerTransport(PeerTransportConfig config, const DtlsContext& dtls, RandomSource& random,
                Timestamp now);

  // A STUN request whose USERNAME names this peer, from any path; or a STUN response (it has no
  // USERNAME) from a path that is proven already. After success `from` is proven and the owner
  // routes all datagrams of that path here.
  [[nodiscard]] std::expected<void, Drop> on_stun(const Path& from, const codecs::StunView& stun,
                                                  Timestamp now, PacketBatch& out);
  // Anything else than STUN, from a path that on_stun has proven. Decrypts in place.
  [[nodiscard]] Received on_datagram(const Path& from, MutableBytes datagram, Timestamp now,
                                     PacketBatch& out);

  // Encrypts header + payload into the batch, towards the selected path; returns the size of the
  // datagram. `index` as in SrtpSession::protect_rtp.
  [[nodiscard]] std::expected<std::size_t, Drop> send_rtp(Bytes header, Bytes payload,
                                                          std::uint64_t index, PacketBatch& out);
  [[nodiscard]] std::expected<void, Drop> send_rtcp(Bytes compound, PacketBatch& out);
  // True: connected, and there is a path to send on.
  [[nodiscard]] bool is_sending() const { return is_sending_; }
  // Ask memory for what the next send_rtp touches: first this object, later its key.
  void prefetch() const { __builtin_prefetch(this); }
  void prefetch_key() const { srtp_.prefetch_send(); }

  // False: `path` was never proven, or was forgotten for a newer one (kMaxPaths); the owner then
  // stops routing it here.
  [[nodiscard]] bool is_path_proven(const Path& path) const { return ice_.is_proven(path); }
  void on_path_closed(const Path& path, Timestamp now);  // an ICE-TCP connection ended
  void tick(Timestamp now, PacketBatch& out);
  [[nodiscard]] Timestamp deadline() const;
  void close(PacketBatch& out);  // DTLS close_notify; state() becomes closed

  [[nodiscard]] TransportState state() const;
  [[nodiscard]] const char* close_reason()
      const;  // static text: "consent expired", "closed by peer"...
  [[nodiscard]] const std::optional<Path>& selected_path() const { return ice_.selected(); }
  [[nodiscard]] bool is_handshaking() const { return state() == TransportState::handshaking; }

 private:
  // No DTLS yet, or a handshake that has failed: the next datagram starts a new one.
  struct Opening {
    std::optional<Dtls> dtls;
    Path dtls_path;  // where the peer's last DTLS datagram came from
  };
  struct Connected {
    Dtls dtls;
  };
  struct Closed {
    const char* reason;
  };

  void on_dtls(const Path& from, Bytes datagram, Timestamp now, PacketBatch& out);
  void settle_handshake(Opening& opening);
  Received on_rtp(MutableBytes datagram);
  Received on_rtcp(MutableBytes datagram);
  [[nodiscard]] Timestamp consent_deadline() const;
  [[nodiscard]] Timestamp handshake_deadline() const;
  void close_for(const char* reason);
  void refresh_sending();

  // What send_rtp touches: the first cache line. What the session keeps cold is behind it.
  Path sending_path_;
  bool is_sending_ = false;
  SrtpSession srtp_;  // without keys until connected

  PeerTransportConfig config_;
  const DtlsContext* dtls_;
  Timestamp created_;
  std::optional<Timestamp> first_proven_;
  IceLite ice_;
  std::variant<Opening, Connected, Closed> state_;
  // SSRCs that have sent valid RTCP, so that a hostile member cannot fill the SRTP library's table.
  std::array<Ssrc, kMaxRtcpSsrcs> rtcp_ssrcs_{};
  std::size_t rtcp_ssrc_count_ = 0;
};

}  // namespace parley::sfu
