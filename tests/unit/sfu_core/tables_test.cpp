// The small parts a worker is made of.
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "sfu/core/ice_token.hpp"
#include "sfu/core/timer_heap.hpp"
#include "sfu/core/ufrag_hash.hpp"
#include "tests/support/seeded_random.hpp"

namespace parley::sfu {
namespace {

TEST(Siphash, GivesTheAuthorsTestVectors) {
  // Key 00 01 .. 0f, messages 00 01 .. (n-1): vectors of the reference implementation.
  const SipKey key{.low = 0x0706050403020100U, .high = 0x0f0e0d0c0b0a0908U};
  std::array<std::uint8_t, 15> message{};
  std::iota(message.begin(), message.end(), std::uint8_t{0});
  EXPECT_EQ(siphash(key, {}), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(siphash(key, Bytes(message).first(1)), 0x74f839c593dc67fdU);
  EXPECT_EQ(siphash(key, Bytes(message).first(8)), 0x93f5f5799a932462U);
  EXPECT_EQ(siphash(key, message), 0xa129ca6149be45e5U);
}

TEST(IceToken, HoldsOnlyIceCharacters) {
  test::SeededRandom random(3);
  const std::string token = make_ice_token(10000, random);
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789+/"),
            std::string::npos);
  for (const char character : std::string_view("Az09+/")) {
    EXPECT_NE(token.find(character), std::string::npos);
  }
}

TEST(TimerHeap, GivesTimersInOrderAndOnlyWhenDue) {
  TimerHeap timers;
  EXPECT_EQ(timers.earliest(), kNever);
  const auto at = [](int second) { return Timestamp(std::chrono::seconds(second)); };
  for (const int second : {5, 1, 3}) {
    timers.push({.when = at(second), .owner = TimerOwner::room, .id = 9});
  }
  EXPECT_EQ(timers.earliest(), at(1));
  EXPECT_FALSE(timers.pop_due(at(0)));
  EXPECT_EQ(timers.pop_due(at(4))->when, at(1));
  EXPECT_EQ(timers.pop_due(at(4))->when, at(3));
  EXPECT_FALSE(timers.pop_due(at(4)));
  EXPECT_EQ(timers.size(), 1U);
}

}  // namespace
}  // namespace parley::sfu
