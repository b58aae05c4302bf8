#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "client/load/percentiles.hpp"
#include "client/load/sequence_tracker.hpp"
#include "client/load/voice_payload.hpp"

namespace parley::client {
namespace {

SequenceTracker track(const std::vector<std::uint16_t>& sequences, std::uint8_t bits = 16) {
  SequenceTracker tracker(bits);
  for (const std::uint16_t one : sequences) tracker.on_packet(one);
  return tracker;
}

TEST(SequenceTrackers, CountAWholeStreamAcrossTheWrap) {
  const auto tracker = track({65534, 65535, 0, 1});
  EXPECT_EQ(tracker.received(), 4U);
  EXPECT_EQ(tracker.missing(), 0U);
  EXPECT_EQ(tracker.duplicated(), 0U);
  EXPECT_EQ(tracker.reordered(), 0U);
}

TEST(SequenceTrackers, TellLossReorderingAndDuplicatesApart) {
  const auto tracker = track({10, 12, 11, 12, 15});
  EXPECT_EQ(tracker.received(), 5U);
  EXPECT_EQ(tracker.duplicated(), 1U);
  EXPECT_EQ(tracker.reordered(), 1U);
  EXPECT_EQ(tracker.missing(), 2U);
}

TEST(SequenceTrackers, WorkOnTheLowByteOfANonce) {
  const auto tracker = track({254, 255, 0, 2, 2}, 8);
  EXPECT_EQ(tracker.received(), 5U);
  EXPECT_EQ(tracker.missing(), 1U);
  EXPECT_EQ(tracker.duplicated(), 1U);
}

TEST(SequenceTrackers, CallWhatIsOlderThanTheirWindowReordered) {
  const auto tracker = track({100, 200, 101});
  EXPECT_EQ(tracker.reordered(), 1U);
  EXPECT_EQ(tracker.duplicated(), 0U);
}

TEST(VoicePayloads, AreVerifiedByteForByte) {
  const VoiceStamp stamp{.talker = 7, .sequence = 1ULL << 40, .sent_at = WallTime(Duration(123))};
  std::array<std::uint8_t, 80> payload{};
  write_voice_payload(stamp, payload);
  EXPECT_EQ(verify_voice_payload(payload), stamp);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    auto other = payload;
    other[i] ^= 1;
    EXPECT_NE(verify_voice_payload(other), stamp) << i;
  }
}

TEST(VoicePayloads, OfFewerBytesThanTheirStampAreRefused) {
  std::array<std::uint8_t, kMinVoicePayload> payload{};
  write_voice_payload({.talker = 1, .sequence = 2, .sent_at = WallTime(Duration(3))}, payload);
  EXPECT_TRUE(verify_voice_payload(payload).has_value());
  EXPECT_FALSE(verify_voice_payload(Bytes(payload).first(kMinVoicePayload - 1)).has_value());
}

TEST(PercentilesOf, TakeTheNearestRank) {
  std::vector<Duration> values;
  for (int i = 200; i >= 1; --i) values.emplace_back(i);
  const Percentiles found = percentiles_of(values);
  EXPECT_EQ(found.count, 200U);
  EXPECT_EQ(found.p50, Duration(100));
  EXPECT_EQ(found.p95, Duration(190));
  EXPECT_EQ(found.p99, Duration(198));
  EXPECT_EQ(found.max, Duration(200));
}

TEST(PercentilesOf, NothingAreZeroAndOfOneValueThatValue) {
  EXPECT_EQ(percentiles_of({}).count, 0U);
  EXPECT_EQ(percentiles_of({}).max, Duration(0));
  EXPECT_EQ(percentiles_of({Duration(5)}).p50, Duration(5));
  EXPECT_EQ(percentiles_of({Duration(5)}).p99, Duration(5));
}

}  // namespace
}  // namespace parley::client
