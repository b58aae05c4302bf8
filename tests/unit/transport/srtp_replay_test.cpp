#include "sfu/transport/srtp_replay.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/transport/support.hpp"

namespace parley::test {
namespace {

using sfu::ReplayWindow;

TEST(ReplayWindow, KnowsTheWindowAndNothingOlder) {
  ReplayWindow<128> window(500);
  EXPECT_FALSE(window.is_fresh(500));
  EXPECT_TRUE(window.is_fresh(500 - 127));
  EXPECT_FALSE(window.is_fresh(500 - 128)) << "too old to tell";
  EXPECT_TRUE(window.is_fresh(501));
  window.add(400);
  EXPECT_FALSE(window.is_fresh(400));
  EXPECT_EQ(window.highest(), 500U);
  window.add(501);
  EXPECT_FALSE(window.is_fresh(400));
  EXPECT_TRUE(window.is_fresh(401));
}

TEST(ReplayWindow, AJumpForgetsExactlyWhatFallsOut) {
  for (const std::uint64_t jump : {1U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U}) {
    ReplayWindow<128> window(1000);
    for (std::uint64_t i = 900; i < 1000; ++i) window.add(i);
    window.add(1000 + jump);
    for (std::uint64_t i = 800; i <= 1000 + jump; ++i) {
      const bool in_window = 1000 + jump - i < 128;
      const bool seen = (i >= 900 && i <= 1000) || i == 1000 + jump;
      EXPECT_EQ(window.is_fresh(i), in_window && !seen) << jump << ", " << i;
    }
  }
}

TEST(ReplayWindow, AgreesWithASetOfAllThatWasSeen) {
  SeededRandom random(5);
  ReplayWindow<1024> window(0);
  std::set<std::uint64_t> seen = {0};
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t top = *seen.rbegin();
    std::uint64_t index = top + random.below(4);
    if (random.chance(30)) index = top - std::min(top, random.below(1100));
    if (random.chance(1)) index = top + random.below(3000);
    const bool fresh = index > top || (top - index < 1024 && !seen.contains(index));
    ASSERT_EQ(window.is_fresh(index), fresh) << index;
    if (!fresh) continue;
    window.add(index);
    seen.insert(index);
    ASSERT_EQ(window.highest(), *seen.rbegin());
  }
}

}  // namespace
}  // namespace parley::test
