#include "tests/unit/net/wait.hpp"

#include "net/clock.hpp"
#include "net/timer.hpp"

namespace parley::test {

bool run_until(net::Loop& loop, const std::function<bool()>& done, Duration limit) {
  bool is_over = false;
  net::Timer guard(loop, [&] { is_over = true; });
  guard.arm(net::read_monotonic() + limit);
  while (!is_over && !done()) loop.run_once();
  return done();
}

}  // namespace parley::test
