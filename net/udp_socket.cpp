#include "net/udp_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/check.hpp"
#include "net/socket_address.hpp"

namespace parley::net {

Result<int> open_udp_socket(const Endpoint& bind) {
  const int family = bind.address.is_v6 ? AF_INET6 : AF_INET;
  const int fd = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(bind_error("UDP", bind, errno));
  return fd;
}

void set_buffer(int fd, int forced, int plain, int bytes) {
  if (bytes <= 0 || setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) == 0) return;
  static_cast<void>(setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes));
}

Result<Endpoint> bind_udp_socket(int fd, const Endpoint& bind) {
  sockaddr_storage address{};
  socklen_t size = to_socket_address(bind, address);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    return std::unexpected(bind_error("UDP", bind, errno));
  }
  size = sizeof address;
  PARLEY_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return from_socket_address(address).value();
}

}  // namespace parley::net
