// The one place that reads the clocks. Shells read them once per loop turn and pass the values
// down.
#pragma once

#include "base/time.hpp"

namespace parley::net {

// CLOCK_MONOTONIC.
[[nodiscard]] Timestamp read_monotonic();
// CLOCK_MONOTONIC and CLOCK_REALTIME.
[[nodiscard]] Now read_clock();

}  // namespace parley::net
