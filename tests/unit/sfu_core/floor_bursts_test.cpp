// A thousand bursts over networks that lose nothing: whoever is in the room hears each of them from
// its first to its last packet, as soon as the way of its press and of its voice allow, and nothing
// that was said outside of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/unit/sfu_core/radio_exchange.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using test::RadioExchange;
using test::WayLengths;

constexpr int kBursts = 1000;

struct Network {
  const char* name;
  WayLengths ways;
  std::uint16_t workers = 1;
};

class FloorBursts : public testing::TestWithParam<Network> {};

// When this word was heard, by everybody at the same moment; `never` where it was not.
Timestamp heard_at(const RadioExchange& exchange, std::size_t member, const std::string& word) {
  const auto& heard = exchange.heard_by(member);
  const auto found = std::ranges::find(heard, word, &RadioExchange::Heard::word);
  return found == heard.end() ? kNever : found->when;
}

TEST_P(FloorBursts, AreHeardFromTheirFirstToTheirLastPacketAndNothingElseIs) {
  const Network& network = GetParam();
  RadioExchange exchange({.ways = network.ways, .workers = network.workers});
  const std::uint64_t dropped_before = exchange.drops_without(Drop::no_floor);
  exchange.talk(kBursts);
  exchange.finish();
  for (std::size_t member = 0; member < exchange.members(); ++member) {
    EXPECT_EQ(exchange.words_heard_by(member), exchange.said_to(member)) << "member " << member;
  }
  const FloorCounters& counters = exchange.call().numbers().counters;
  EXPECT_EQ(counters.presses, kBursts);
  EXPECT_EQ(counters.grants, kBursts);
  EXPECT_EQ(counters.cut_tails, 0U);
  EXPECT_GT(exchange.said_outside(), 0U);
  EXPECT_EQ(exchange.call().dropped(Drop::no_floor), exchange.said_outside());
  EXPECT_EQ(exchange.drops_without(Drop::no_floor), dropped_before);
}

TEST_P(FloorBursts, BeginWhenPressAndVoiceAreThereWithoutARoundTrip) {
  const Network& network = GetParam();
  RadioExchange exchange({.ways = network.ways, .workers = network.workers});
  exchange.talk(kBursts / 10);
  exchange.finish();
  const Duration way = std::max(network.ways.media, network.ways.requests);
  for (const RadioExchange::Burst& burst : exchange.bursts()) {
    for (std::size_t member = 0; member < exchange.members(); ++member) {
      if (member == burst.talker) continue;
      EXPECT_LE(heard_at(exchange, member, burst.words.front()) - burst.pressed, way)
          << burst.words.front();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, FloorBursts,
    testing::Values(Network{"WithoutDelay", {}},
                    Network{"FiftyMillisecondsForEverything", {milliseconds(50), milliseconds(50)}},
                    Network{"SlowRequests", {milliseconds(5), milliseconds(50)}},
                    Network{"SlowMedia", {milliseconds(50), milliseconds(5)}},
                    Network{"TwoWorkers", {milliseconds(50), milliseconds(50)}, 2}),
    [](const auto& network) { return network.param.name; });

}  // namespace
}  // namespace parley::sfu
