// The sockets of one worker: UDP, and TCP where wanted, on every listen address, all with one port
// number, so that one firewall rule and one candidate port per worker are enough.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/tcp_listener.hpp"
#include "net/udp_port.hpp"

namespace parley::sfu {

struct WorkerSockets {
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<net::UdpPort>> udp;      // in the order of the listen addresses
  std::vector<std::unique_ptr<net::TcpListener>> tcp;  // likewise, or empty
};

struct SocketHandlers {
  net::UdpPort::OnBatch on_batch;
  std::function<void(net::ConnectedSocket socket, std::uint16_t local)> on_accept;
};

// Port 0: the kernel chooses one that is free on every address. Path::local is the index of the
// listen address. Errors: unavailable, with the address and port in the text.
Result<WorkerSockets> open_sockets(net::Loop& loop, std::span<const IpAddress> listen,
                                   std::uint16_t port, bool with_tcp,
                                   const SocketHandlers& handlers);

}  // namespace parley::sfu
