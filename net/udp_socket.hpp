// What every UDP socket of this folder goes through before its first datagram. Only net/ includes
// this. `fd` is the caller's to close.
#pragma once

#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace parley::net {

// A socket of the family of `bind`, not waiting, not bound yet. Errors: unavailable.
[[nodiscard]] Result<int> open_udp_socket(const Endpoint& bind);
// Best effort, of SO_RCVBUFFORCE and SO_RCVBUF or their like: `forced` passes the kernel's bound if
// the process may, `plain` does not. 0 bytes: the kernel's default.
void set_buffer(int fd, int forced, int plain, int bytes);
// Where it is bound, with the real port. Errors: unavailable.
[[nodiscard]] Result<Endpoint> bind_udp_socket(int fd, const Endpoint& bind);

}  // namespace parley::net
