#include "net/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace parley::net {

socklen_t to_socket_address(const Endpoint& endpoint, sockaddr_storage& out) {
  out = {};
  if (endpoint.address.is_v6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), sizeof v6.sin6_addr);
    return sizeof v6;
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(out);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(endpoint.port);
  std::memcpy(&v4.sin_addr, endpoint.address.bytes.data(), sizeof v4.sin_addr);
  return sizeof v4;
}

std::optional<Endpoint> from_socket_address(const sockaddr_storage& address) {
  Endpoint endpoint;
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    endpoint.address.is_v6 = true;
    endpoint.port = ntohs(v6.sin6_port);
    std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    return endpoint;
  }
  if (address.ss_family != AF_INET) return std::nullopt;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  endpoint.port = ntohs(v4.sin_port);
  std::memcpy(endpoint.address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
  return endpoint;
}

Error bind_error(std::string_view transport, const Endpoint& endpoint, int error) {
  const std::string what = std::string(transport) + " " + endpoint.to_string();
  if (error == EADDRINUSE) {
    return {.code = ErrorCode::unavailable, .message = what + " is in use by another process."};
  }
  if (error == EADDRNOTAVAIL) {
    return {.code = ErrorCode::unavailable,
            .message = what + " cannot be opened: this machine does not have the address."};
  }
  return {.code = ErrorCode::unavailable,
          .message = what + " cannot be opened: " + std::generic_category().message(error) + "."};
}

}  // namespace parley::net
