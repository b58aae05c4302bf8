// One slot's stream: it never jumps back and never repeats, whatever its sources do.
#include "sfu/forwarding/downlink.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/seeded_random.hpp"

namespace parley::sfu {
namespace {

constexpr DownlinkSource kAnna{.room = RoomId{1}, .burst = 1};
constexpr DownlinkSource kBen{.room = RoomId{1}, .burst = 2};
constexpr DownlinkSource kElsewhere{.room = RoomId{2}, .burst = 1};

VoicePacket packet(std::uint64_t sequence, std::uint32_t timestamp = 0, bool marker = false) {
  return {.sequence = sequence,
          .timestamp = timestamp,
          .marker = marker,
          .level = 30,
          .payload = as_bytes("voice")};
}

class DownlinkTest : public testing::Test {
 protected:
  auto place(const DownlinkSource& source, const VoicePacket& voice) {
    return slot.place(source, voice, now);
  }
  test::SeededRandom random{1};
  Downlink slot{Ssrc{77}, random};
  Timestamp now{std::chrono::hours(1)};
};

TEST_F(DownlinkTest, TheFirstSequenceIsBelowHalfTheSpace) {
  std::set<std::uint16_t> firsts;
  for (int i = 0; i < 500; ++i) {
    Downlink fresh(Ssrc{1}, random);
    const auto stamp = fresh.place(kAnna, packet(60000), now);
    ASSERT_TRUE(stamp);
    EXPECT_LT(stamp->sequence(), 0x8000);
    EXPECT_TRUE(stamp->marker);
    firsts.insert(stamp->sequence());
  }
  EXPECT_GT(firsts.size(), 450U) << "and not to be guessed";
}

TEST_F(DownlinkTest, MarkersOfTheTalkerPassAndAChangeSetsOne) {
  (void)place(kAnna, packet(1));
  EXPECT_FALSE(place(kAnna, packet(2))->marker);
  EXPECT_TRUE(place(kAnna, packet(3, 0, true))->marker);
  EXPECT_TRUE(place(kBen, packet(900))->marker);
}

TEST_F(DownlinkTest, AChangeAdvancesTheTimestampByAtLeastOneFrame) {
  const auto first = place(kAnna, packet(1, 5000));
  const auto second = place(kBen, packet(700, 123456789));
  EXPECT_EQ(second->timestamp - first->timestamp, kMinTimestampStep);
  EXPECT_EQ(second->index - first->index, 1U);
}

TEST_F(DownlinkTest, AChangeAdvancesTheTimestampByTheTimeThatPassed) {
  const auto first = place(kAnna, packet(1, 5000));
  now += std::chrono::seconds(2);
  const auto second = place(kBen, packet(700, 1));
  EXPECT_EQ(second->timestamp - first->timestamp, 96000U);
}

TEST_F(DownlinkTest, LatePacketsOfTheTalkerBeforeAreDropped) {
  (void)place(kAnna, packet(10));
  (void)place(kBen, packet(500));
  EXPECT_EQ(place(kBen, packet(499)).error(), Drop::listener_late);
  EXPECT_TRUE(place(kBen, packet(501)));
}

TEST_F(DownlinkTest, ARepeatedPacketIsDropped) {
  (void)place(kAnna, packet(10));
  EXPECT_EQ(place(kAnna, packet(10)).error(), Drop::listener_late);
  (void)place(kAnna, packet(12));
  EXPECT_TRUE(place(kAnna, packet(11)));
  EXPECT_EQ(place(kAnna, packet(11)).error(), Drop::listener_late);
}

TEST_F(DownlinkTest, AnOutageIsClosedAndLossIsNot) {
  const auto first = place(kAnna, packet(10, 0));
  const auto after_loss = place(kAnna, packet(10 + kMaxHole, 0));
  EXPECT_EQ(after_loss->index - first->index, kMaxHole);
  const auto after_outage = place(kAnna, packet(10 + 2 * kMaxHole + 1, 0));
  EXPECT_EQ(after_outage->index - after_loss->index, 1U);
  EXPECT_TRUE(after_outage->marker);
}

TEST_F(DownlinkTest, AnotherRoomWaitsUntilTheSlotIsQuiet) {
  (void)place(kAnna, packet(1));
  now += kSlotHold - Duration(1);
  EXPECT_EQ(place(kElsewhere, packet(1)).error(), Drop::listener_no_slot);
  now += Duration(1);
  EXPECT_TRUE(place(kElsewhere, packet(1)));
}

TEST_F(DownlinkTest, ASenderReportCountsWhatWentOutAndComesOnlyWithNews) {
  const Now wall{.mono = now, .wall = WallTime(std::chrono::hours(1))};
  EXPECT_FALSE(slot.make_report(wall));
  const auto stamp = place(kAnna, packet(1, 1000));
  slot.on_sent(40);
  now += std::chrono::milliseconds(500);
  const auto report = slot.make_report({.mono = now, .wall = wall.wall});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->ssrc, Ssrc{77});
  EXPECT_EQ(report->packets, 1U);
  EXPECT_EQ(report->octets, 40U);
  EXPECT_EQ(report->rtp_timestamp, stamp->timestamp + 24000);
  EXPECT_FALSE(slot.make_report(wall));
}

TEST_F(DownlinkTest, AReceptionReportGivesLossAndRoundTrip) {
  const WallTime sent{std::chrono::hours(1)};
  const std::uint32_t last_sr = codecs::middle_of_ntp(codecs::to_ntp(sent));
  slot.on_reception_report({.ssrc = Ssrc{77},
                            .fraction_lost = 25,
                            .cumulative_lost = 3,
                            .jitter = 9,
                            .last_sr = last_sr,
                            .delay_since_last_sr = 65536 / 2},
                           sent + std::chrono::milliseconds(600));
  EXPECT_EQ(slot.remote_reception().fraction_lost, 25);
  EXPECT_EQ(slot.remote_reception().cumulative_lost, 3);
  ASSERT_TRUE(slot.remote_reception().round_trip);
  EXPECT_NEAR(static_cast<double>(slot.remote_reception().round_trip->count()), 100000, 50);
}

TEST_F(DownlinkTest, ReceptionReportsThatLieGiveNoRoundTrip) {
  slot.on_reception_report({.ssrc = Ssrc{77}, .last_sr = 0xffffffff, .delay_since_last_sr = 5},
                           WallTime(std::chrono::hours(1)));
  slot.on_reception_report({.ssrc = Ssrc{77}}, WallTime(std::chrono::hours(1)));
  EXPECT_TRUE(!slot.remote_reception().round_trip ||
              slot.remote_reception().round_trip->count() >= 0);
}

// Two talkers in turn with reordering, repeats and jumps: no number is ever given twice, and every
// step a receiver sees is small.
TEST_F(DownlinkTest, NoSequenceIsEverGivenTwice) {
  std::set<std::uint64_t> given;
  std::uint64_t extended = 0;
  std::uint16_t last = 0;
  DownlinkSource source = kAnna;
  std::uint64_t next = 1000;
  for (int i = 0; i < 200000; ++i) {
    const std::uint32_t dice = random.next_u32() % 1000;
    if (dice < 5) ++source.burst;
    if (dice == 6) next += 5000;
    if (dice == 7) next = random.next_u32();
    const std::uint64_t back = dice > 900 ? random.next_u32() % 100 : 0;
    ++next;
    now += Duration(random.next_u32() % 20000);
    const auto stamp = place(source, packet(next > back ? next - back : next));
    if (!stamp) continue;
    const auto step = static_cast<std::int16_t>(stamp->sequence() - last);
    ASSERT_LT(std::abs(step), given.empty() ? 0x8000 : 1000);
    extended = given.empty()
                   ? (1U << 20) + stamp->sequence()
                   : static_cast<std::uint64_t>(static_cast<std::int64_t>(extended) + step);
    last = stamp->sequence();
    ASSERT_TRUE(given.insert(extended).second);
  }
  EXPECT_GT(given.size(), 100000U);
}

}  // namespace
}  // namespace parley::sfu
