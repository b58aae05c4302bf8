#include "base/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/seeded_random.hpp"

namespace parley {
namespace {

TEST(Backoff, DoublesFromTheFirstToTheLongestAndStartsAgain) {
  constexpr Backoff::Limits kLimits{.first = std::chrono::milliseconds(100),
                                    .longest = std::chrono::seconds(5)};
  test::SeededRandom random(1);
  Backoff backoff(random, kLimits);
  for (int round = 0; round < 2; ++round) {
    Duration limit = kLimits.first;
    for (int i = 0; i < 10; ++i) {
      const Duration wait = backoff.next();
      EXPECT_GE(wait, limit / 2);
      EXPECT_LE(wait, limit);
      limit = std::min(limit * 2, kLimits.longest);
    }
    backoff.reset();
  }
}

TEST(Backoff, IsNotTheSameForAll) {
  constexpr Backoff::Limits kLimits{.first = std::chrono::seconds(1),
                                    .longest = std::chrono::seconds(1)};
  test::SeededRandom random(1);
  Backoff backoff(random, kLimits);
  Duration least = kLimits.longest;
  Duration most{0};
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = backoff.next();
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_LT(least, std::chrono::milliseconds(510));
  EXPECT_GT(most, std::chrono::milliseconds(990));
}

}  // namespace
}  // namespace parley
