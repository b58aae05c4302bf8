// A client's media transport on real sockets: one ICE check after the other, then DTLS, then voice.
// Just enough to see that a node's sockets and workers carry a transport from its first packet to
// its last.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/packet_batch.hpp"
#include "codecs/tcp_framing.hpp"
#include "net/loop.hpp"
#include "net/os_random.hpp"
#include "net/tcp_connection.hpp"
#include "net/timer.hpp"
#include "net/udp_port.hpp"
#include "protocol/client.pb.h"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::test {

class MediaClient {
 public:
  explicit MediaClient(net::Loop& loop);
  MediaClient(const MediaClient&) = delete;
  MediaClient& operator=(const MediaClient&) = delete;

  [[nodiscard]] api::Connect offer() const;
  // Begins towards one of the answer's candidates.
  void start(const api::Connected& answer, const api::Candidate& candidate);

  [[nodiscard]] bool is_ice_answered() const { return is_ice_answered_; }
  [[nodiscard]] sfu::DtlsState dtls_state() const {
    return dtls_ ? dtls_->state() : sfu::DtlsState::handshaking;
  }
  // Once connected: sends one packet of voice.
  void say(std::string_view words);
  // What every voice packet so far said.
  [[nodiscard]] const std::vector<std::string>& heard() const { return heard_; }

 private:
  void on_packet(MutableBytes packet);
  void on_voice(MutableBytes packet);
  void send_check();
  void flush();

  net::Loop* loop_;
  net::OsRandom random_;
  sfu::DtlsContext context_;
  std::string node_ufrag_;
  std::string node_pwd_;
  Path path_;
  bool is_ice_answered_ = false;
  std::optional<sfu::Dtls> dtls_;
  sfu::SrtpSession srtp_;
  std::uint64_t next_index_ = 0;
  std::vector<std::string> heard_;
  PacketBatch out_{1U << 18, 256};
  codecs::TcpDeframer deframer_;
  net::Timer retry_;
  std::unique_ptr<net::UdpPort> udp_;
  std::unique_ptr<net::TcpConnection> tcp_;
};

}  // namespace parley::test
