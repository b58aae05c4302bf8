// A whole client side on the real DTLS, SRTP and STUN code, against one PeerTransport in memory:
// full ICE agent (controlling), DTLS client, one uplink.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codecs/stun.hpp"
#include "sfu/transport/peer_transport.hpp"
#include "tests/unit/transport/support.hpp"
#include "tests/unit/transport/virtual_time.hpp"

namespace parley::test {

inline const sfu::IceCredentials kNodeCredentials{.ufrag = "nodeufrag1234567",
                                                  .pwd = "node-password-node-password"};
inline const sfu::IceCredentials kClientCredentials{.ufrag = "clnt",
                                                    .pwd = "client-password-client-pwd"};
inline constexpr Ssrc kUplink{0x5eed};

// Both ends of one call and the network between them.
class Call {
 public:
  explicit Call(sfu::PeerTransportConfig changes = {});

  // One check from `path`; answers come back at once.
  void check(const Path& path, bool use_candidate);
  // ICE nominates `path`, then the DTLS handshake runs to its end.
  void connect(const Path& path);
  void start_dtls(const Path& path);
  // A new DTLS client, as a browser that starts again.
  void restart_dtls(const Path& path);
  // Carries everything the node wants to send to the client, and its answers back.
  void deliver();
  // Lets time pass, running both sides' timers.
  void pass(Duration time);

  sfu::Received receive(const Path& from, Datagram datagram);
  [[nodiscard]] Datagram make_check(bool use_candidate) const;
  // The client's encrypted voice packet of this extended sequence number, or report.
  [[nodiscard]] Datagram make_rtp(std::uint64_t index, Ssrc ssrc = kUplink);
  [[nodiscard]] Datagram make_rtcp(Ssrc sender);

  struct Arrived {
    Path path;
    Datagram bytes;
  };
  [[nodiscard]] sfu::Dtls& client_dtls() { return *client_dtls_; }

  SeededRandom random{11};
  sfu::DtlsContext node_context = make_context();
  sfu::DtlsContext client_context = make_context();
  sfu::PeerTransport node;
  PacketBatch from_node{1U << 18, 1024};
  std::optional<sfu::SrtpSession> client_srtp;
  std::vector<Arrived> media;  // encrypted packets that reached the client
  std::vector<Path> answers;   // paths on which the node answered a check
  bool answers_challenges = true;

 private:
  void on_client_datagram(const Path& path, const Datagram& datagram);
  void send_to_node(PacketBatch& batch);

  std::optional<sfu::Dtls> client_dtls_;
  Path dtls_path_;
  PacketBatch from_client_{1U << 18, 256};
};

}  // namespace parley::test
