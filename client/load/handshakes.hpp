// The pure cost of DTLS handshakes: server and client objects in one thread, without sockets. What
// a storm of joins is compared with.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

struct HandshakeReport {
  std::uint64_t count = 0;
  // Processor time of this thread within the calls of each side: from the construction of its
  // object to its SRTP session.
  Duration server{0};
  Duration client{0};
};

// failed_precondition when a handshake does not end.
[[nodiscard]] Result<HandshakeReport> measure_handshakes(std::uint64_t count,
                                                         sfu::SrtpProfile profile);

}  // namespace parley::client
