#include "net/loop.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "net/clock.hpp"
#include "net/descriptor_limit.hpp"
#include "net/os_random.hpp"
#include "net/signals.hpp"
#include "net/timer.hpp"
#include "net/waker.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::net {
namespace {

using std::chrono::milliseconds;
using test::run_until;

TEST(Loop, ClosesWhatAForeignLibraryLeftOpen) {
  uv_timer_t foreign;
  {
    Loop loop;
    ASSERT_EQ(uv_timer_init(loop.raw(), &foreign), 0);
    uv_timer_start(&foreign, [](uv_timer_t*) {}, 1'000'000, 0);
  }
  EXPECT_NE(uv_is_closing(reinterpret_cast<uv_handle_t*>(&foreign)), 0);
}

TEST(Timer, IsNeverDueBeforeItsDeadline) {
  Loop loop;
  std::optional<Timestamp> due;
  Timer timer(loop, [&] { due = read_monotonic(); });
  for (const int wait_us : {1, 500, 1'000, 1'001, 7'300}) {
    due.reset();
    const Timestamp deadline = read_monotonic() + Duration(wait_us);
    timer.arm(deadline);
    ASSERT_TRUE(run_until(loop, [&] { return due.has_value(); }));
    EXPECT_GE(*due, deadline);
    EXPECT_FALSE(timer.is_armed());
  }
}

TEST(Timer, WithADeadlineInThePastIsDueInTheNextTurn) {
  Loop loop;
  bool is_due = false;
  Timer timer(loop, [&] { is_due = true; });
  timer.arm(Timestamp{});
  EXPECT_FALSE(is_due);
  EXPECT_TRUE(run_until(loop, [&] { return is_due; }));
}

TEST(Timer, KeepsOnlyItsLastDeadline) {
  Loop loop;
  int due = 0;
  Timer timer(loop, [&] { ++due; });
  timer.arm(read_monotonic() + std::chrono::hours(1));
  timer.arm(read_monotonic() + milliseconds(2));
  ASSERT_TRUE(run_until(loop, [&] { return due == 1; }));
  timer.arm(read_monotonic() + milliseconds(1));
  timer.arm(kNever);
  EXPECT_FALSE(timer.is_armed());
  loop.run();  // nothing is left to wait for
  EXPECT_EQ(due, 1);
}

TEST(Timer, MayArmOrDestroyItselfWhenDue) {
  Loop loop;
  int due = 0;
  std::optional<Timer> timer;
  timer.emplace(loop, [&] {
    if (++due < 3) {
      timer->arm(read_monotonic() + milliseconds(1));
    } else {
      timer.reset();
    }
  });
  timer->arm(Timestamp{});
  loop.run();
  EXPECT_EQ(due, 3);
  EXPECT_FALSE(timer.has_value());
}

TEST(Waker, WakesALoopThatAnotherThreadRuns) {
  Loop loop;
  Waker waker(loop, [&] { loop.stop(); });
  std::thread runner([&] { loop.run(); });
  waker.wake();
  runner.join();
}

TEST(Signals, OfAnOperatorAreEventsOfTheLoop) {
  Loop loop;
  std::vector<Signal> got;
  Signals signals(loop, [&](Signal signal) { got.push_back(signal); });
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    const std::size_t before = got.size();
    ASSERT_EQ(raise(number), 0);
    ASSERT_TRUE(run_until(loop, [&] { return got.size() > before; }));
  }
  EXPECT_EQ(got, (std::vector{Signal::terminate, Signal::interrupt, Signal::hang_up}));
}

TEST(Clock, GoesForwardAndKnowsTheYear) {
  const Now first = read_clock();
  const Now second = read_clock();
  EXPECT_LE(first.mono, second.mono);
  EXPECT_GT(first.wall.time_since_epoch(), std::chrono::days(365 * 50));
}

TEST(OsRandom, NeverGivesTheSameTwice) {
  OsRandom random;
  EXPECT_NE(random.next_u64(), random.next_u64());
  random.fill({});
}

TEST(DescriptorLimit, BecomesAsHighAsTheSystemAllows) {
  raise_descriptor_limit();
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
}

}  // namespace
}  // namespace parley::net
