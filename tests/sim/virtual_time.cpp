#include "tests/sim/virtual_time.hpp"

#include <sys/time.h>

#include <ctime>

namespace parley::sim {
namespace {

// Monotonic and wall time start apart, so that code which mixes them up fails.
constexpr Duration kMonoStart = std::chrono::hours(1000);
constexpr Duration kWallStart = std::chrono::seconds(1'800'000'000);

Duration elapsed{};

}  // namespace

void VirtualTime::reset() { elapsed = Duration{}; }
void VirtualTime::set(Timestamp now) { elapsed = now.time_since_epoch() - kMonoStart; }
Timestamp VirtualTime::mono() { return Timestamp(kMonoStart + elapsed); }
Now VirtualTime::now() { return {.mono = mono(), .wall = WallTime(kWallStart + elapsed)}; }

}  // namespace parley::sim

// The validity of certificates comes from here.
extern "C" time_t time(time_t* out) noexcept {
  const auto wall = parley::sim::VirtualTime::now().wall.time_since_epoch();
  const auto seconds = static_cast<time_t>(wall / std::chrono::seconds(1));
  if (out != nullptr) *out = seconds;
  return seconds;
}

extern "C" int gettimeofday(struct timeval* __restrict tv, void* __restrict) noexcept {
  const auto wall = parley::sim::VirtualTime::now().wall.time_since_epoch().count();
  tv->tv_sec = static_cast<time_t>(wall / 1'000'000);
  tv->tv_usec = static_cast<suseconds_t>(wall % 1'000'000);
  return 0;
}
