// A million presses at virtual time, over every kind of bad network, in every mode.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/unit/floor/floor_storm.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kPressesPerStorm = 32'000;

struct Weather {
  unsigned loss_percent;
  unsigned duplicate_percent;
  Duration latest;
  bool is_rough;  // partitions, moves of the home, members who come and go
};
constexpr Weather kWeathers[] = {
    {.loss_percent = 0, .duplicate_percent = 0, .latest = milliseconds(5), .is_rough = false},
    {.loss_percent = 5, .duplicate_percent = 5, .latest = milliseconds(60), .is_rough = false},
    {.loss_percent = 15, .duplicate_percent = 20, .latest = milliseconds(150), .is_rough = true},
    {.loss_percent = 30, .duplicate_percent = 10, .latest = milliseconds(400), .is_rough = true},
};
constexpr FloorMode kModes[] = {FloorMode::ptt,       FloorMode::dual,         FloorMode::multi,
                                FloorMode::cut_in,    FloorMode::private_half, FloorMode::chaired,
                                FloorMode::broadcast, FloorMode::private_full};

StormOptions options_of(FloorMode mode, const Weather& weather, std::uint64_t seed) {
  FloorPolicy policy = default_policy(mode);
  policy.talkers = 3;
  policy.initiator = MemberId{1};
  policy.talk_limit = milliseconds(seed % 2 == 0 ? 300 : 30'000);
  return {.seed = seed,
          .policy = policy,
          .clients = mode == FloorMode::private_half || mode == FloorMode::private_full ? 2U : 5U,
          .presses = kPressesPerStorm,
          .loss_percent = weather.loss_percent,
          .duplicate_percent = weather.duplicate_percent,
          .latest = weather.latest,
          .has_partitions = weather.is_rough,
          .has_moves = weather.is_rough,
          .has_emergencies = seed % 3 == 0,
          .has_comers = weather.is_rough};
}

TEST(Storm, AMillionPressesKeepEveryInvariant) {
  std::uint64_t presses = 0;
  std::uint64_t bursts = 0;
  std::uint64_t seed = 0;
  for (const FloorMode mode : kModes) {
    for (const Weather& weather : kWeathers) {
      const StormOptions options = options_of(mode, weather, ++seed);
      const StormResult result = run_storm(options);
      EXPECT_EQ(result.violation, "") << "seed " << seed;
      EXPECT_TRUE(weather.loss_percent > 0 || result.unanswered == 0) << "seed " << seed;
      presses += result.presses;
      bursts += result.bursts;
    }
  }
  EXPECT_GE(presses, 1'000'000U);
  EXPECT_GT(bursts, presses / 5);
  std::printf("[figure] floor presses in storms: %llu, bursts %llu\n",
              static_cast<unsigned long long>(presses), static_cast<unsigned long long>(bursts));
}

TEST(Storm, TheSameSeedSaysTheSame) {
  StormOptions options = options_of(FloorMode::ptt, kWeathers[3], 7);
  options.presses = 5000;
  const StormResult first = run_storm(options);
  const StormResult second = run_storm(options);
  EXPECT_EQ(first.digest, second.digest);
  options.seed = 8;
  EXPECT_NE(run_storm(options).digest, first.digest);
}

}  // namespace
}  // namespace parley::sfu
