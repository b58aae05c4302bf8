#include "net/clock.hpp"

#include <ctime>

namespace parley::net {
namespace {

Duration read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(now.tv_sec) +
                                              std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

Timestamp read_monotonic() { return Timestamp(read(CLOCK_MONOTONIC)); }

Now read_clock() { return {.mono = read_monotonic(), .wall = WallTime(read(CLOCK_REALTIME))}; }

}  // namespace parley::net
