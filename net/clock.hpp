// The one place that reads the clocks. Shells read them once per loop turn and pass the values
// down.
#pragma once

#include "base/time.hpp"

namespace parley::net {

// CLOCK_MONOTONIC.
[[nodiscard]] Timestamp read_monotonic();
// CLOCK_MONOTONIC and CLOCK_REALTIME.
[[nodiscard]] Now read_clock();
// Blocks this thread until then; returns at once for a time in the past. For programs without a
// loop.
void sleep_until(Timestamp when);

}  // namespace parley::net
