#include "sfu/node/sockets.hpp"

#include <utility>

namespace parley::sfu {
namespace {

// A port that the kernel chose for one socket may be taken on the others.
constexpr int kMaxPortAttempts = 32;

Result<WorkerSockets> open_once(net::Loop& loop, std::span<const IpAddress> listen,
                                std::uint16_t port, bool with_tcp, const SocketHandlers& handlers) {
  WorkerSockets sockets{.port = port, .udp = {}, .tcp = {}};
  for (std::size_t i = 0; i < listen.size(); ++i) {
    const auto local = static_cast<std::uint16_t>(i);
    const Endpoint bind{.address = listen[i], .port = sockets.port};
    auto udp = net::UdpPort::open(loop, {.bind = bind, .local = local}, handlers.on_batch);
    if (!udp) return std::unexpected(std::move(udp.error()));
    sockets.port = (*udp)->local_endpoint().port;
    sockets.udp.push_back(*std::move(udp));
    if (!with_tcp) continue;
    auto tcp = net::TcpListener::open(
        loop, {.address = listen[i], .port = sockets.port},
        [on_accept = handlers.on_accept, local](net::ConnectedSocket socket) {
          on_accept(std::move(socket), local);
        });
    if (!tcp) return std::unexpected(std::move(tcp.error()));
    sockets.tcp.push_back(*std::move(tcp));
  }
  return sockets;
}

}  // namespace

Result<WorkerSockets> open_sockets(net::Loop& loop, std::span<const IpAddress> listen,
                                   std::uint16_t port, bool with_tcp,
                                   const SocketHandlers& handlers) {
  auto sockets = open_once(loop, listen, port, with_tcp, handlers);
  for (int i = 1; !sockets && port == 0 && i < kMaxPortAttempts; ++i) {
    sockets = open_once(loop, listen, port, with_tcp, handlers);
  }
  return sockets;
}

}  // namespace parley::sfu
