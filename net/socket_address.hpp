// Between the kernel's socket addresses and plain endpoints. Only net/ includes this.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace parley::net {

// Writes `endpoint` and returns the size of what was written.
socklen_t to_socket_address(const Endpoint& endpoint, sockaddr_storage& out);
// nullopt for other families than IPv4 and IPv6.
[[nodiscard]] std::optional<Endpoint> from_socket_address(const sockaddr_storage& address);
// "UDP 192.0.2.1:5000 is in use by another process" and the like: one sentence for the operator.
// `error` is an errno value. ErrorCode::unavailable.
[[nodiscard]] Error bind_error(std::string_view transport, const Endpoint& endpoint, int error);

}  // namespace parley::net
