// How long to wait before the next attempt to reach a service: doubling, bounded, and never the
// same for all nodes at once.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

namespace parley::sfu {

// Lower: a restarted signaling service is found sooner, and a dead one is asked more often.
inline constexpr Duration kMinBackoff = std::chrono::milliseconds(100);
inline constexpr Duration kMaxBackoff = std::chrono::seconds(5);

class Backoff {
 public:
  explicit Backoff(RandomSource& random) : random_(&random) {}
  // Between half and all of 100 ms, 200 ms, ... 5 s.
  [[nodiscard]] Duration next();
  void reset() { limit_ = kMinBackoff; }

 private:
  RandomSource* random_;
  Duration limit_ = kMinBackoff;
};

}  // namespace parley::sfu
