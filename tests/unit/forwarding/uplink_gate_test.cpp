#include "sfu/forwarding/uplink_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Verdict = UplinkGate::Verdict;

class Gate : public testing::Test {
 protected:
  static VoicePacket packet(std::uint64_t sequence) {
    return {.sequence = sequence,
            .timestamp = timestamp(sequence),
            .marker = false,
            .level = 30,
            .payload = as_bytes("words")};
  }
  // Wraps after a few packets.
  static std::uint32_t timestamp(std::uint64_t sequence) {
    return 0xffffff00U + static_cast<std::uint32_t>(sequence) * 960;
  }
  Verdict judge(std::uint64_t sequence) { return gate.judge(packet(sequence)); }
  UplinkGate::Held hold(std::uint64_t sequence) {
    EXPECT_EQ(judge(sequence), Verdict::hold);
    return gate.hold(packet(sequence), now);
  }
  // What is held and passes, by sequence number.
  std::vector<std::uint64_t> flush() {
    std::vector<std::uint64_t> passed;
    while (const auto one = gate.take_held()) {
      if (gate.judge(*one) == Verdict::pass) passed.push_back(one->sequence);
    }
    return passed;
  }

  PreRollPool pool;
  UplinkGate gate{pool};
  Timestamp now{std::chrono::hours(1)};
};

TEST_F(Gate, HoldsWhileShutAndPassesWhileOpen) {
  (void)hold(1);
  (void)hold(2);
  (void)gate.open(7, std::nullopt, now);
  EXPECT_THAT(flush(), ElementsAre(1, 2));
  EXPECT_EQ(judge(3), Verdict::pass);
  gate.shut(7);
  EXPECT_EQ(judge(4), Verdict::hold);
  EXPECT_EQ(pool.in_use(), 0U) << "no ring before something is held";
}

TEST_F(Gate, TakesNoRingWithoutVoiceAndGivesItBack) {
  EXPECT_EQ(pool.in_use(), 0U);
  (void)hold(1);
  EXPECT_EQ(pool.in_use(), 1U);
  EXPECT_EQ(gate.deadline(), now + kPreRoll);
  EXPECT_EQ(gate.tick(now + kPreRoll - milliseconds(1)).unclaimed, 0U);
  EXPECT_EQ(gate.tick(now + kPreRoll).unclaimed, 1U);
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(gate.deadline(), kNever);
}

TEST_F(Gate, FirstTimestampDividesOldFromNewAcrossTheWrap) {
  for (std::uint64_t i = 0; i < 4; ++i) (void)hold(i + 1);
  (void)gate.open(7, timestamp(2), now);
  EXPECT_THAT(flush(), ElementsAre(2, 3, 4));
}

TEST_F(Gate, SequenceNumberZeroIsAPacketLikeAnyOther) {
  (void)hold(0);
  (void)gate.open(7, timestamp(0), now);
  EXPECT_THAT(flush(), ElementsAre(0));
  gate.open_until(7, timestamp(0));
  gate.shut(7);
  EXPECT_EQ(judge(0), Verdict::late) << "it has passed";
  EXPECT_EQ(judge(1), Verdict::hold);
}

TEST_F(Gate, SequenceNumberZeroIsDestroyedWithItsPress) {
  (void)hold(0);
  EXPECT_EQ(gate.discard().unclaimed, 1U);
  EXPECT_EQ(judge(0), Verdict::late);
  (void)hold(1);
  (void)gate.open(7, std::nullopt, now);
  EXPECT_THAT(flush(), ElementsAre(1));
}

TEST_F(Gate, ABurstGoesOnAndEndsAcrossTheWrapOfItsTimestamps) {
  ASSERT_GT(timestamp(0), timestamp(1));
  (void)gate.open(7, timestamp(0), now);
  EXPECT_EQ(judge(0), Verdict::pass);
  EXPECT_EQ(gate.newest_passed(), timestamp(0));
  EXPECT_EQ(judge(2), Verdict::pass);
  EXPECT_EQ(gate.newest_passed(), timestamp(2));
  gate.open_until(7, timestamp(2));
  EXPECT_EQ(judge(1), Verdict::pass) << "reordered";
  EXPECT_EQ(gate.newest_passed(), timestamp(2));
  (void)hold(3);
  gate.shut(7);
  (void)gate.open(8, timestamp(3), now);
  EXPECT_THAT(flush(), ElementsAre(3));
}

TEST_F(Gate, WhatIsOlderThanThePressIsLateAlsoWhenItComesLate) {
  (void)gate.open(7, timestamp(5), now);
  EXPECT_EQ(judge(4), Verdict::late);
  EXPECT_EQ(judge(5), Verdict::pass);
}

TEST_F(Gate, WhatIsNewerThanTheLastIsForTheNextPress) {
  (void)gate.open(7, std::nullopt, now);
  EXPECT_EQ(judge(1), Verdict::pass);
  gate.open_until(7, timestamp(3));
  EXPECT_EQ(judge(2), Verdict::pass);
  (void)hold(4);
  EXPECT_THAT(flush(), IsEmpty()) << "a closing gate gives nothing out";
  EXPECT_EQ(judge(3), Verdict::pass);
  gate.shut(7);
  (void)gate.open(8, std::nullopt, now);
  EXPECT_THAT(flush(), ElementsAre(4));
}

TEST_F(Gate, PacketsOfABurstThatIsOverNeverComeBack) {
  (void)gate.open(7, std::nullopt, now);
  EXPECT_EQ(judge(1), Verdict::pass);
  EXPECT_EQ(judge(4), Verdict::pass);
  gate.open_until(7, timestamp(5));
  gate.shut(7);
  EXPECT_EQ(judge(3), Verdict::late) << "lower than one that has passed";
  EXPECT_EQ(judge(5), Verdict::late) << "it was the last one, and comes after the end";
  (void)hold(6);
  (void)gate.open(8, std::nullopt, now);
  EXPECT_EQ(judge(2), Verdict::late);
  EXPECT_THAT(flush(), ElementsAre(6));
}

TEST_F(Gate, DiscardDestroysWhatIsHeldAndWhatWasBefore) {
  (void)hold(3);
  (void)hold(5);
  EXPECT_EQ(gate.discard().unclaimed, 2U);
  EXPECT_EQ(judge(4), Verdict::late);
  (void)hold(6);
  (void)gate.open(8, std::nullopt, now);
  EXPECT_THAT(flush(), ElementsAre(6));
}

TEST_F(Gate, AnotherRoomHearsOnlyAPressThatNamesItsFirstTimestamp) {
  (void)hold(1);
  gate.change_room();
  (void)hold(2);
  (void)gate.open(7, std::nullopt, now);
  EXPECT_THAT(flush(), ElementsAre(2));
  gate.shut(7);
  (void)hold(3);
  gate.change_room();
  (void)gate.open(7, timestamp(3), now);
  EXPECT_THAT(flush(), ElementsAre(3));
}

TEST_F(Gate, OrdersOfOtherGrantsChangeNothing) {
  (void)gate.open(7, std::nullopt, now);
  gate.shut(6);
  gate.open_until(6, timestamp(0));
  EXPECT_EQ(judge(1), Verdict::pass);
  gate.open_until(7, timestamp(1));
  (void)gate.open(7, std::nullopt, now);  // the same order again
  EXPECT_EQ(judge(2), Verdict::hold) << "it is closing";
}

TEST_F(Gate, VoiceWithoutAClaimIsToldEvery200Milliseconds) {
  std::vector<int> told;
  for (int i = 0; i <= 30; ++i) {
    if (hold(static_cast<std::uint64_t>(i) + 1).is_claim_missing) told.push_back(i * 20);
    now += milliseconds(20);
  }
  EXPECT_THAT(told, ElementsAre(200, 400, 600));
  now += kUnclaimedVoice;
  EXPECT_FALSE(hold(100).is_claim_missing) << "a pause begins anew";
}

TEST_F(Gate, WithoutARingVoiceIsLostByName) {
  std::vector<std::unique_ptr<PreRoll>> all;
  for (std::size_t i = 0; i < PreRollPool::kMaxRings; ++i) all.push_back(pool.take());
  EXPECT_FALSE(hold(1).is_held);
  for (auto& ring : all) pool.give(std::move(ring));
  EXPECT_TRUE(hold(2).is_held);
}

TEST_F(Gate, TooManyPacketsCrowdOutTheOldest) {
  for (std::uint64_t i = 1; i <= PreRoll::kMaxPackets; ++i) {
    EXPECT_EQ(hold(i).lost.crowded_out, 0U);
  }
  EXPECT_EQ(hold(PreRoll::kMaxPackets + 1).lost.crowded_out, 1U);
}

}  // namespace
}  // namespace parley::sfu
