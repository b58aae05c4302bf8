#include "client/load/schedule.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds(10)};

TEST(Schedules, GiveOneTalkerAbsoluteTimes) {
  Schedule schedule(kStart, 1, 50, seconds(1));
  EXPECT_EQ(schedule.total(), 50U);
  for (std::uint64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(schedule.due(), kStart + milliseconds(20) * i);
    const auto send = schedule.take(schedule.due());
    EXPECT_EQ(send.talker, 0U);
    EXPECT_EQ(send.packet, i);
  }
  EXPECT_TRUE(schedule.is_over());
  EXPECT_EQ(schedule.due(), kNever);
  EXPECT_EQ(schedule.late(), 0U);
}

TEST(Schedules, SpreadTalkersOverTheInterval) {
  Schedule schedule(kStart, 4, 50, milliseconds(40));
  std::vector<std::uint32_t> talkers;
  std::vector<Timestamp> times;
  while (!schedule.is_over()) {
    times.push_back(schedule.due());
    talkers.push_back(schedule.take(schedule.due()).talker);
  }
  EXPECT_EQ(talkers, (std::vector<std::uint32_t>{0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_EQ(times.back(), kStart + milliseconds(35));
}

TEST(Schedules, CountLateSendsAndDoNotShiftTheOnesBehind) {
  Schedule schedule(kStart, 1, 100, seconds(1));
  schedule.take(kStart + Schedule::kLateAfter);
  EXPECT_EQ(schedule.late(), 0U);
  schedule.take(kStart + milliseconds(10) + Schedule::kLateAfter + Duration(1));
  EXPECT_EQ(schedule.late(), 1U);
  EXPECT_EQ(schedule.worst_lateness(), Schedule::kLateAfter + Duration(1));
  EXPECT_EQ(schedule.due(), kStart + milliseconds(20));
}

TEST(Schedules, MoveBehindALateSendWhenPaced) {
  Schedule schedule(kStart, 1, 100, seconds(1), true);
  schedule.take(kStart + milliseconds(25));
  EXPECT_EQ(schedule.worst_lateness(), milliseconds(25));
  EXPECT_EQ(schedule.due(), kStart + milliseconds(35));
  schedule.take(kStart + milliseconds(35));
  EXPECT_EQ(schedule.due(), kStart + milliseconds(45));
}

TEST(Schedules, OfNobodyOrAtNoRateAreOver) {
  EXPECT_TRUE(Schedule(kStart, 0, 50, seconds(1)).is_over());
  EXPECT_TRUE(Schedule(kStart, 1, 0, seconds(1)).is_over());
  EXPECT_TRUE(Schedule(kStart, 1, 50, milliseconds(10)).is_over());
}

TEST(Schedules, KeepARateThatDoesNotDivideASecond) {
  Schedule schedule(kStart, 1, 3000, seconds(1));
  EXPECT_EQ(schedule.total(), 3000U);
  while (schedule.total() - 1 > schedule.take(schedule.due()).packet) {
  }
  EXPECT_TRUE(schedule.is_over());
}

}  // namespace
}  // namespace parley::client
