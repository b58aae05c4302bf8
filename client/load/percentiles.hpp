// Percentiles of a list of times. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace parley::client {

struct Percentiles {
  std::size_t count = 0;
  Duration p50{0};
  Duration p95{0};
  Duration p99{0};
  Duration max{0};
};

// Nearest rank: the smallest value that at least p percent of all do not exceed. Of nothing: zeros.
[[nodiscard]] Percentiles percentiles_of(std::vector<Duration> values);

}  // namespace parley::client
