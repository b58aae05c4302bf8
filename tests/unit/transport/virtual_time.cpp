#include "tests/unit/transport/virtual_time.hpp"

#include <sys/time.h>

// Defined in the executable, so that libssl's timers run on virtual time.
extern "C" int gettimeofday(timeval* time, void*) noexcept {
  constexpr std::chrono::seconds kSomeDay(1'790'000'000);  // NSS wants a plausible year
  parley::test::clock_now += parley::test::clock_step;
  const auto since = parley::test::clock_now.time_since_epoch() + kSomeDay;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  time->tv_sec = seconds.count();
  time->tv_usec = (since - seconds).count();
  return 0;
}
