// The signaling service as a media node sees it: takes the node's control connection (mutual TLS),
// welcomes it, vouches for its peers and passes messages. The node may end the connection and come
// again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/os_random.hpp"
#include "net/tls_context.hpp"
#include "net/tls_listener.hpp"
#include "net/tls_stream.hpp"
#include "protocol/control.pb.h"
#include "protocol/ticket.hpp"

namespace parley::client {

class NodeLink {
 public:
  // Room for the requests of a few thousand joins at once.
  static constexpr std::size_t kMaxQueuedBytes = 16 << 20;

  // Listens on loopback; port 0: the kernel chooses. Errors: those of the files and the port.
  static Result<std::unique_ptr<NodeLink>> listen(const net::TlsFiles& files, std::uint16_t port);
  NodeLink(const NodeLink&) = delete;
  NodeLink& operator=(const NodeLink&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_->local_endpoint().port; }
  // A node is connected, was welcomed and has told what it holds.
  [[nodiscard]] bool is_ready() const { return is_ready_; }
  [[nodiscard]] const std::string& node_name() const { return node_name_; }
  // Handles what has come, and pings when it is time; returns the node's messages since the last
  // call.
  std::vector<control::FromNode> poll(Timestamp now);
  // What lets a peer with this DTLS certificate in at the node that is connected (AddPeer.ticket).
  [[nodiscard]] std::string mint_ticket(PeerId peer,
                                        const std::array<std::uint8_t, 32>& fingerprint,
                                        WallTime now) const;
  // False: no node is there, or it takes nothing more.
  bool send(const control::ToNode& message);

 private:
  static constexpr Duration kPingInterval = std::chrono::seconds(5);  // as the real service

  NodeLink() = default;
  void on_stream(std::unique_ptr<net::TlsStream> stream);
  void on_message(Bytes bytes);

  net::Loop loop_;
  net::OsRandom random_;
  const protocol::TicketMint mint_{random_};
  std::unique_ptr<net::TlsListener> listener_;
  std::unique_ptr<net::TlsStream> stream_;
  bool is_ready_ = false;
  std::string node_name_;
  std::uint64_t boot_id_ = 0;
  Timestamp next_ping_{};
  std::vector<control::FromNode> inbox_;
};

}  // namespace parley::client
