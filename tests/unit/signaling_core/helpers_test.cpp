#include <gtest/gtest.h>

#include "signaling/core/deadline_queue.hpp"
#include "signaling/core/token_bucket.hpp"

namespace parley::signaling {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp at(int second) { return Timestamp(seconds(second)); }

TEST(DeadlineQueue, GivesKeysInTheOrderOfTheirDeadlines) {
  DeadlineQueue<int> queue;
  queue.set(1, at(30));
  queue.set(2, at(10));
  EXPECT_EQ(queue.next(), at(10));
  EXPECT_EQ(queue.pop_due(at(30)), 2);
  EXPECT_EQ(queue.pop_due(at(30)), 1);
  EXPECT_EQ(queue.pop_due(at(30)), std::nullopt);
  EXPECT_EQ(queue.next(), kNever);
}

TEST(DeadlineQueue, GivesNothingEarly) {
  DeadlineQueue<int> queue;
  queue.set(1, at(10));
  EXPECT_EQ(queue.pop_due(at(10) - Duration(1)), std::nullopt);
}

TEST(DeadlineQueue, KeepsOneDeadlineForAKeyAndNoneForNever) {
  DeadlineQueue<int> queue;
  queue.set(1, at(10));
  queue.set(1, at(20));
  EXPECT_EQ(queue.next(), at(20));
  queue.set(1, kNever);
  EXPECT_EQ(queue.pop_due(kNever), std::nullopt);
  queue.cancel(7);
}

TEST(TokenBucket, AllowsItsBurstAndThenItsRate) {
  TokenBucket bucket(10, 20, at(0));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(bucket.take(at(0)));
  EXPECT_FALSE(bucket.take(at(0)));
  EXPECT_FALSE(bucket.take(at(0) + milliseconds(99)));
  EXPECT_TRUE(bucket.take(at(0) + milliseconds(100)));
  EXPECT_FALSE(bucket.take(at(0) + milliseconds(100)));
}

TEST(TokenBucket, NeverHoldsMoreThanItsBurst) {
  TokenBucket bucket(10, 20, at(0));
  const Timestamp later = at(0) + hours(100'000);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(bucket.take(later));
  EXPECT_FALSE(bucket.take(later));
}

TEST(TokenBucket, IsNotFilledByAClockThatStandsStill) {
  TokenBucket bucket(1, 1, at(10));
  EXPECT_TRUE(bucket.take(at(10)));
  EXPECT_FALSE(bucket.take(at(5)));
  EXPECT_FALSE(bucket.take(at(10)));
}

}  // namespace
}  // namespace parley::signaling
