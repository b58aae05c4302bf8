// How long to wait before the next attempt to reach a service: doubling, bounded, and never the
// same for all who lost it at once. Pure.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

namespace parley {

class Backoff {
 public:
  // Shorter: a service that restarts is found sooner, and a dead one is asked more often.
  struct Limits {
    Duration first;
    Duration longest;
  };
  // `random` outlives it.
  Backoff(RandomSource& random, Limits limits)
      : random_(&random), limits_(limits), limit_(limits.first) {}
  // Between half and all of the first limit, of twice that, ... of the longest.
  [[nodiscard]] Duration next();
  void reset() { limit_ = limits_.first; }

 private:
  RandomSource* random_;
  Limits limits_;
  Duration limit_;
};

}  // namespace parley
