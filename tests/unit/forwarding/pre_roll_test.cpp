#include "sfu/forwarding/pre_roll.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;

constexpr Timestamp kStart{std::chrono::hours(1)};

VoicePacket packet(std::uint64_t sequence, Bytes payload) {
  return {.sequence = sequence,
          .timestamp = static_cast<std::uint32_t>(sequence * 960),
          .marker = false,
          .level = 30,
          .payload = payload};
}

TEST(PreRoll, GivesBackInTheOrderOfSequence) {
  PreRoll ring;
  EXPECT_EQ(ring.push(packet(2, as_bytes("two")), kStart), 0U);
  EXPECT_EQ(ring.push(packet(1, as_bytes("one")), kStart), 0U);
  EXPECT_EQ(ring.push(packet(3, as_bytes("three")), kStart), 0U);
  EXPECT_EQ(ring.highest_sequence(), 3U);
  for (const std::string_view word : {"one", "two", "three"}) {
    const auto first = ring.take_first();
    ASSERT_TRUE(first);
    EXPECT_EQ(as_text(first->payload), word);
    EXPECT_EQ(first->level, 30);
  }
  EXPECT_FALSE(ring.take_first());
}

TEST(PreRoll, OnePacketMoreThanItHoldsCrowdsOutTheOldest) {
  PreRoll ring;
  for (std::uint64_t i = 0; i < PreRoll::kMaxPackets; ++i) {
    EXPECT_EQ(ring.push(packet(i, as_bytes("x")), kStart), 0U);
  }
  EXPECT_EQ(ring.push(packet(100, as_bytes("x")), kStart), 1U);
  EXPECT_EQ(ring.size(), PreRoll::kMaxPackets);
  EXPECT_EQ(ring.take_first()->sequence, 1U);
}

TEST(PreRoll, ForgetsByAge) {
  PreRoll ring;
  (void)ring.push(packet(1, as_bytes("a")), kStart);
  (void)ring.push(packet(2, as_bytes("b")), kStart + milliseconds(1));
  EXPECT_EQ(ring.oldest(), kStart);
  EXPECT_EQ(ring.forget_until(kStart - milliseconds(1)), 0U);
  EXPECT_EQ(ring.forget_until(kStart), 1U);
  EXPECT_EQ(ring.oldest(), kStart + milliseconds(1));
  EXPECT_EQ(ring.forget_until(kStart + milliseconds(1)), 1U);
  EXPECT_EQ(ring.oldest(), kNever);
}

// Payloads of every length go round and round, and each stays as it was.
TEST(PreRoll, PayloadsNeverOverwriteEachOther) {
  PreRoll ring;
  std::uint64_t oldest = 0;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const std::size_t size = 1 + (i * 7919) % 1400;
    const std::vector<std::uint8_t> payload(size, static_cast<std::uint8_t>(i));
    oldest += ring.push(packet(i, payload), kStart);
    if (i % 17 != 0) continue;
    PreRoll copy = ring;
    for (std::uint64_t expected = oldest; expected <= i; ++expected) {
      const auto one = copy.take_first();
      ASSERT_TRUE(one);
      ASSERT_EQ(one->sequence, expected);
      for (const std::uint8_t byte : one->payload) {
        ASSERT_EQ(byte, static_cast<std::uint8_t>(expected));
      }
    }
  }
}

TEST(PreRoll, APoolHasAnEnd) {
  PreRollPool pool;
  std::vector<std::unique_ptr<PreRoll>> rings;
  for (std::size_t i = 0; i < PreRollPool::kMaxRings; ++i) {
    rings.push_back(pool.take());
    ASSERT_TRUE(rings.back());
  }
  EXPECT_FALSE(pool.take());
  (void)rings.back()->push(packet(1, as_bytes("x")), kStart);
  pool.give(std::move(rings.back()));
  EXPECT_EQ(pool.in_use(), PreRollPool::kMaxRings - 1);
  rings.back() = pool.take();
  ASSERT_TRUE(rings.back());
  EXPECT_TRUE(rings.back()->is_empty());
}

}  // namespace
}  // namespace parley::sfu
