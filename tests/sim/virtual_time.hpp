// The simulator's clock. It also defines gettimeofday() for the whole executable, which is the
// clock OpenSSL's DTLS timers read: retransmissions then happen at virtual time too.
#pragma once

#include "base/time.hpp"

namespace parley::sim {

// One clock per process, since gettimeofday() is one symbol per process.
class VirtualTime {
 public:
  static void reset();
  static void set(Timestamp now);
  [[nodiscard]] static Timestamp mono();
  [[nodiscard]] static Now now();
};

}  // namespace parley::sim
