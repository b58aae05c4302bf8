// Time as a value. Nothing below the shells reads a clock; shells read it once per loop turn and
// pass it down.
#pragma once

#include <chrono>
#include <cstdint>

namespace parley {

using Duration = std::chrono::microseconds;

// A clock type without now(): only a shell or a test can make a Timestamp out of a real clock.
struct MonotonicTimeline {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<MonotonicTimeline>;
  static constexpr bool is_steady = true;
};

struct WallTimeline {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<WallTimeline>;
  static constexpr bool is_steady = false;
};

// Monotonic, microseconds since an arbitrary start. For timers and measurements.
using Timestamp = MonotonicTimeline::time_point;
// Microseconds since 1970-01-01 UTC, for expiry dates and NTP stamps. May jump.
using WallTime = WallTimeline::time_point;

inline constexpr Timestamp kNever = Timestamp::max();

// The two readings a shell takes together.
struct Now {
  Timestamp mono;
  WallTime wall;
};

}  // namespace parley
