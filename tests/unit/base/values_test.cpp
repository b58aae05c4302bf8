// The small values of base: ids, secrets, results, randomness, invariants.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace parley {
namespace {

// Gives 1, 2, 3, ...: what a test needs of a random source.
class CountingSource final : public RandomSource {
 public:
  void fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

TEST(StrongId, OfDifferentKindsDoNotMix) {
  static_assert(!std::is_convertible_v<PeerId, RoomId>);
  static_assert(!std::is_convertible_v<std::uint64_t, PeerId>);
  EXPECT_LT(PeerId{1}, PeerId{2});
  EXPECT_TRUE(PeerId{}.is_none());
  EXPECT_FALSE(PeerId{1}.is_none());
}

TEST(StrongId, IsAKeyOfTables) {
  std::unordered_map<Ssrc, int> table;
  table[Ssrc{7}] = 1;
  EXPECT_EQ(table.at(Ssrc{7}), 1);
  EXPECT_FALSE(table.contains(Ssrc{8}));
}

TEST(Secret, HoldsUpToItsCapacity) {
  const std::vector<std::uint8_t> key{1, 2, 3, 4, 5};
  EXPECT_TRUE(std::ranges::equal(Secret<5>(key).view(), key));
  EXPECT_EQ(Secret<4>(key).view().size(), 4U);
  EXPECT_TRUE(Secret<4>().empty());
}

TEST(Secret, MovesAndLeavesNothingBehind) {
  static_assert(!std::is_copy_constructible_v<Secret<4>>);
  static_assert(!std::is_copy_assignable_v<Secret<4>>);
  const std::vector<std::uint8_t> key{1, 2, 3, 4};
  Secret<4> from(key);
  const std::uint8_t* old_bytes = from.view().data();
  Secret<4> to(std::move(from));
  EXPECT_TRUE(std::ranges::equal(to.view(), key));
  EXPECT_TRUE(std::all_of(old_bytes, old_bytes + 4, [](std::uint8_t byte) { return byte == 0; }));
  Secret<4> assigned;
  assigned = std::move(to);
  EXPECT_TRUE(std::ranges::equal(assigned.view(), key));
  assigned.clear();
  EXPECT_TRUE(assigned.empty());
}

TEST(Wipe, OverwritesEveryByte) {
  std::array<std::uint8_t, 4> bytes{1, 2, 3, 4};
  wipe(bytes);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{}));
}

TEST(RandomSource, MakesNumbersOfItsBytes) {
  CountingSource source;
  EXPECT_EQ(source.next_u64(), 0x0102030405060708U);
  EXPECT_EQ(source.next_u32(), 0x090a0b0cU);
}

TEST(Result, CarriesACodeAndASentence) {
  const Result<int> failed = fail(ErrorCode::expired, "The invitation has expired.");
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::expired);
  EXPECT_EQ(failed.error().message, "The invitation has expired.");
}

TEST(Time, NeverIsAfterEverything) {
  EXPECT_GT(kNever, Timestamp{std::chrono::hours(24 * 365 * 1000)});
  static_assert(!std::is_convertible_v<Timestamp, WallTime>);
}

TEST(CheckDeathTest, ABrokenInvariantEndsTheProcess) {
  PARLEY_CHECK(1 + 1 == 2);
  EXPECT_DEATH(PARLEY_CHECK(1 + 1 == 3), "");
}

}  // namespace
}  // namespace parley
