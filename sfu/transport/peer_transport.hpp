// One peer's encrypted transport on the node: ICE-lite, DTLS server, SRTP, demultiplexed by first
// byte (RFC 7983). Pure: datagrams in, datagrams and plain media out, next deadline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "codecs/rtp.hpp"
#include "codecs/stun.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/ice_lite.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::sfu {

struct PeerTransportConfig {
  IceCredentials local;
  IceCredentials remote;
  Fingerprint remote_fingerprint;
  Ssrc uplink_ssrc;  // any other is dropped before any crypto
  Duration consent_timeout = std::chrono::seconds(15);    // without an authenticated check: closed
  Duration handshake_timeout = std::chrono::seconds(10);  // security.md S5
};

enum class TransportState : std::uint8_t { waiting, handshaking, connected, closed };

// What one datagram was.
struct Consumed {};                                    // STUN or DTLS, dealt with
struct ReceivedRtp { codecs::RtpView packet; };        // decrypted; view into the caller's datagram
struct ReceivedRtcp { Bytes compound; };               // decrypted
using Received = std::variant<Consumed, ReceivedRtp, ReceivedRtcp, Drop>;

class PeerTransport {
 public:
  PeerTransport(PeerTransportConfig config, const DtlsContext& dtls, RandomSource& random,
                Timestamp now);

  // A STUN message whose USERNAME names this peer, from any path. After true is returned `from` is
  // proven and the owner routes all datagrams of that path here.
  [[nodiscard]] std::expected<void, Drop> on_stun(const Path& from, const codecs::StunView& stun,
                                                  Timestamp now, PacketBatch& out);
  // Anything else than STUN, from a path that on_stun has proven. Decrypts in place.
  [[nodiscard]] Received on_datagram(const Path& from, MutableBytes datagram, Timestamp now,
                                     PacketBatch& out);

  // Encrypts header + payload into the batch, towards the selected path.
  [[nodiscard]] std::expected<void, Drop> send_rtp(Bytes header, Bytes payload, PacketBatch& out);
  [[nodiscard]] std::expected<void, Drop> send_rtcp(Bytes compound, PacketBatch& out);

  void on_path_closed(const Path& path, Timestamp now);  // an ICE-TCP connection ended
  void tick(Timestamp now, PacketBatch& out);
  [[nodiscard]] Timestamp deadline() const;
  void close(PacketBatch& out);  // DTLS close_notify; state() becomes closed

  [[nodiscard]] TransportState state() const;
  [[nodiscard]] const char* close_reason() const;  // static text: "consent expired", "closed by peer"...
  [[nodiscard]] const std::optional<Path>& selected_path() const;
  [[nodiscard]] bool is_handshaking() const { return state() == TransportState::handshaking; }

 private:
  // filled in by the implementation
};

}  // namespace parley::sfu
