#include "net/clock.hpp"

#include <cerrno>
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

void sleep_until(Timestamp when) {
  const Duration since_start = when.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_start);
  const timespec due{
      .tv_sec = seconds.count(),
      .tv_nsec =
          std::chrono::duration_cast<std::chrono::nanoseconds>(since_start - seconds).count()};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) == EINTR) {
  }
}

}  // namespace parley::net
