// The client's media sockets: one UDP port for each address family, and ICE-TCP connections.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "codecs/tcp_framing.hpp"
#include "net/loop.hpp"
#include "net/tcp_connection.hpp"
#include "net/timer.hpp"
#include "net/udp_port.hpp"

namespace parley::client {

struct MediaHandlers {
  std::function<void(const Path& from, MutableBytes datagram, Now now)> on_datagram;
  std::function<void(const Endpoint& remote, std::uint32_t connection)> on_tcp_connected;
  std::function<void(std::uint32_t connection)> on_tcp_closed;
};

class MediaSockets {
 public:
  static constexpr std::size_t kMaxConnections = 32;  // more are not opened

  // UDP only where `with_udp`; a machine without IPv6 goes on with IPv4 and the other way round.
  static Result<std::unique_ptr<MediaSockets>> open(net::Loop& loop, bool with_udp,
                                                    MediaHandlers handlers);
  MediaSockets(const MediaSockets&) = delete;
  MediaSockets& operator=(const MediaSockets&) = delete;
  ~MediaSockets() = default;

  void send(const PacketBatch& batch);
  void connect_tcp(const Endpoint& remote);
  void close_tcp(std::uint32_t connection);
  [[nodiscard]] std::uint64_t send_drops() const;

 private:
  struct Connection {
    std::unique_ptr<net::TcpConnection> stream;
    codecs::TcpDeframer deframer;
    Endpoint remote;
  };

  MediaSockets(net::Loop& loop, MediaHandlers handlers);
  void on_bytes(std::uint32_t id, MutableBytes bytes);
  void on_closed(std::uint32_t id);
  void send_framed(Connection& connection, Bytes packet);

  net::Loop& loop_;
  MediaHandlers handlers_;
  std::unique_ptr<net::UdpPort> ipv4_;
  std::unique_ptr<net::UdpPort> ipv6_;
  std::map<std::uint32_t, Connection> connections_;
  std::uint32_t next_connection_ = 1;
};

}  // namespace parley::client
