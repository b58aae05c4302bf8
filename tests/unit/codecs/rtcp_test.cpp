#include "codecs/rtcp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/codecs/hex.hpp"

namespace parley::codecs {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds(1000)};
constexpr std::uint32_t kOpusClock = 48000;

constexpr ReportBlock kBlock{.ssrc = {0x11223344},
                             .fraction_lost = 25,
                             .cumulative_lost = -2,
                             .highest_sequence = 0x00020003,
                             .jitter = 99,
                             .last_sr = 0xaabbccdd,
                             .delay_since_last_sr = 65536};

void expect_same(const ReportBlock& a, const ReportBlock& b) {
  EXPECT_EQ(a.ssrc, b.ssrc);
  EXPECT_EQ(a.fraction_lost, b.fraction_lost);
  EXPECT_EQ(a.cumulative_lost, b.cumulative_lost);
  EXPECT_EQ(a.highest_sequence, b.highest_sequence);
  EXPECT_EQ(a.jitter, b.jitter);
  EXPECT_EQ(a.last_sr, b.last_sr);
  EXPECT_EQ(a.delay_since_last_sr, b.delay_since_last_sr);
}

void expect_error(const std::vector<std::uint8_t>& bytes, RtcpError error) {
  const auto view = parse_rtcp(bytes);
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error(), error);
}

TEST(Ntp, CountsFrom1900InBinaryFractions) {
  EXPECT_EQ(to_ntp(WallTime{}), 2208988800ULL << 32);
  EXPECT_EQ(to_ntp(WallTime{milliseconds(1500)}), 2208988801ULL << 32 | 0x80000000U);
  EXPECT_EQ(to_ntp(WallTime{milliseconds(-500)}), 2208988799ULL << 32 | 0x80000000U);
}

TEST(Ntp, StartsAgainIn2036) {
  const WallTime end_of_era{seconds(4294967296 - 2208988800)};
  EXPECT_EQ(to_ntp(end_of_era), 0U);
  EXPECT_EQ(to_ntp(end_of_era - microseconds(1)) >> 32, 0xffffffffU);
}

TEST(Ntp, TheMiddleHoldsSixteenBitsOfEachHalf) {
  EXPECT_EQ(middle_of_ntp(0x1111222233334444), 0x22223333U);
}

TEST(Rtcp, WritesACompoundThatItReads) {
  const SenderReport report{
      .ssrc = {5}, .ntp = 0x0102030405060708, .rtp_timestamp = 9, .packets = 10, .octets = 11};
  std::array<std::uint8_t, 256> bytes{};
  std::size_t size = write_sender_report(report, std::array{kBlock, kBlock}, bytes);
  ASSERT_EQ(size, 28U + 48U);
  size += write_sdes_cname({5}, "peer-5", MutableBytes(bytes).subspan(size));
  size += write_bye(std::array{Ssrc{5}, Ssrc{6}}, MutableBytes(bytes).subspan(size));
  const auto view = parse_rtcp(Bytes(bytes).first(size));
  ASSERT_TRUE(view.has_value());
  ASSERT_EQ(view->sender_reports.size(), 1U);
  EXPECT_EQ(view->sender_reports[0].ssrc, Ssrc{5});
  EXPECT_EQ(view->sender_reports[0].ntp, report.ntp);
  EXPECT_EQ(view->sender_reports[0].rtp_timestamp, 9U);
  EXPECT_EQ(view->sender_reports[0].packets, 10U);
  EXPECT_EQ(view->sender_reports[0].octets, 11U);
  ASSERT_EQ(view->reports.size(), 2U);
  expect_same(view->reports[1], kBlock);
  EXPECT_EQ(view->byes, (std::vector<Ssrc>{{5}, {6}}));
}

TEST(Rtcp, WritesReceiverReports) {
  std::array<std::uint8_t, 32> bytes{};
  ASSERT_EQ(write_receiver_report({5}, std::array{kBlock}, bytes), 32U);
  const auto view = parse_rtcp(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_TRUE(view->sender_reports.empty());
  ASSERT_EQ(view->reports.size(), 1U);
  expect_same(view->reports[0], kBlock);
}

TEST(Rtcp, CumulativeLossIsHeldTo24Bits) {
  for (const auto& [given, read] :
       {std::pair{0x7fffff + 1, 0x7fffff}, {-0x800000 - 1, -0x800000}}) {
    ReportBlock block = kBlock;
    block.cumulative_lost = given;
    std::array<std::uint8_t, 32> bytes{};
    ASSERT_GT(write_receiver_report({5}, std::array{block}, bytes), 0U);
    EXPECT_EQ(parse_rtcp(bytes)->reports[0].cumulative_lost, read);
  }
}

TEST(Rtcp, SourceDescriptionsEndOnAWordWithAZero) {
  for (std::size_t length = 0; length <= 8; ++length) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(0xff);
    const std::size_t size = write_sdes_cname({5}, std::string(length, 'c'), bytes);
    ASSERT_GT(size, 0U);
    EXPECT_EQ(size % 4, 0U);
    EXPECT_EQ(bytes[size - 1], 0);
    EXPECT_TRUE(parse_rtcp(Bytes(bytes).first(size)).has_value());
  }
}

TEST(Rtcp, WritersKeepTheirLimits) {
  std::vector<std::uint8_t> bytes(2000);
  EXPECT_GT(write_receiver_report({5}, std::vector(31, kBlock), bytes), 0U);
  EXPECT_EQ(write_receiver_report({5}, std::vector(32, kBlock), bytes), 0U);
  EXPECT_GT(write_sender_report({}, std::vector(31, kBlock), bytes), 0U);
  EXPECT_EQ(write_sender_report({}, std::vector(32, kBlock), bytes), 0U);
  EXPECT_GT(write_bye(std::vector(31, Ssrc{1}), bytes), 0U);
  EXPECT_EQ(write_bye(std::vector(32, Ssrc{1}), bytes), 0U);
  EXPECT_GT(write_sdes_cname({5}, std::string(255, 'c'), bytes), 0U);
  EXPECT_EQ(write_sdes_cname({5}, std::string(256, 'c'), bytes), 0U);
}

TEST(Rtcp, WritersGiveNothingWhenOneByteIsMissing) {
  std::array<std::uint8_t, 64> bytes{};
  const MutableBytes room(bytes);
  EXPECT_EQ(write_receiver_report({5}, std::array{kBlock}, room.first(31)), 0U);
  EXPECT_EQ(write_sender_report({}, {}, room.first(27)), 0U);
  EXPECT_EQ(write_bye(std::array{Ssrc{1}}, room.first(7)), 0U);
  EXPECT_EQ(write_sdes_cname({5}, "c", room.first(11)), 0U);
}

TEST(Rtcp, SkipsTypesItDoesNotKnow) {
  const auto bytes = from_hex("80 c9 00 01 00 00 00 05 81 ce 00 02 00 00 00 05 00 00 00 07");
  EXPECT_TRUE(parse_rtcp(bytes).has_value());
}

TEST(Rtcp, RefusesWhatCannotBe) {
  expect_error({}, RtcpError::too_short);
  expect_error(from_hex("80 c9 00"), RtcpError::too_short);
  expect_error(from_hex("80 c9 00 01 00 00 00 05 80"), RtcpError::too_short);
  expect_error(from_hex("40 c9 00 01 00 00 00 05"), RtcpError::bad_version);
  expect_error(from_hex("80 c9 00 02 00 00 00 05"), RtcpError::bad_length);  // past the end
  expect_error(from_hex("80 c9 00 00"), RtcpError::bad_length);              // no reporter
  expect_error(from_hex("81 c9 00 01 00 00 00 05"), RtcpError::bad_length);  // a block is missing
  expect_error(from_hex("80 c8 00 01 00 00 00 05"), RtcpError::bad_length);  // no sender info
  expect_error(from_hex("82 cb 00 01 00 00 00 05"), RtcpError::bad_length);  // a source is missing
}

TEST(Rtcp, TakesPaddingOffTheLastPacketOnly) {
  EXPECT_TRUE(parse_rtcp(from_hex("a0 c9 00 02 00 00 00 05 00 00 00 04")).has_value());
  expect_error(from_hex("a0 c9 00 02 00 00 00 05 00 00 00 00"), RtcpError::bad_padding);
  expect_error(from_hex("a0 c9 00 02 00 00 00 05 00 00 00 03"), RtcpError::bad_padding);
  expect_error(from_hex("a0 c9 00 02 00 00 00 05 00 00 00 0c"), RtcpError::bad_padding);
  expect_error(from_hex("a0 c9 00 00"), RtcpError::bad_padding);
  expect_error(from_hex("a0 c9 00 02 00 00 00 05 00 00 00 04 80 cb 00 00"), RtcpError::bad_padding);
  // The padding takes the reporter's place.
  expect_error(from_hex("a0 c9 00 01 00 00 00 04"), RtcpError::bad_length);
}

TEST(Rtcp, ReadsSixtyFourReportsAndNoMore) {
  std::vector<std::uint8_t> bytes(3000);
  std::size_t size = write_receiver_report({5}, std::vector(31, kBlock), bytes);
  size += write_receiver_report({5}, std::vector(31, kBlock), MutableBytes(bytes).subspan(size));
  size += write_receiver_report({5}, std::vector(2, kBlock), MutableBytes(bytes).subspan(size));
  const auto view = parse_rtcp(Bytes(bytes).first(size));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->reports.size(), RtcpView::kMaxItems);
  size += write_receiver_report({5}, std::array{kBlock}, MutableBytes(bytes).subspan(size));
  bytes.resize(size);
  expect_error(bytes, RtcpError::too_many);
}

TEST(Rtcp, ReadsSixtyFourByesAndSenderReportsAndNoMore) {
  std::vector<std::uint8_t> byes;
  std::vector<std::uint8_t> reports;
  std::array<std::uint8_t, 28> one{};
  for (std::size_t i = 0; i < RtcpView::kMaxItems; ++i) {
    ASSERT_EQ(write_bye(std::array{Ssrc{1}}, one), 8U);
    byes.insert(byes.end(), one.begin(), one.begin() + 8);
    ASSERT_EQ(write_sender_report({}, {}, one), 28U);
    reports.insert(reports.end(), one.begin(), one.end());
  }
  EXPECT_TRUE(parse_rtcp(byes).has_value());
  EXPECT_TRUE(parse_rtcp(reports).has_value());
  byes.insert(byes.end(), byes.begin(), byes.begin() + 8);
  reports.insert(reports.end(), one.begin(), one.end());
  expect_error(byes, RtcpError::too_many);
  expect_error(reports, RtcpError::too_many);
}

// Feeds packet `sequence` of a stream of 20 ms packets, `late` after its time.
void receive(ReceptionStatistics& statistics, std::uint64_t sequence, milliseconds late = {}) {
  const auto count = static_cast<std::int64_t>(sequence);
  statistics.on_packet(sequence, static_cast<std::uint32_t>(sequence * 960),
                       kStart + count * milliseconds(20) + late);
}

TEST(ReceptionStatistics, AnEvenStreamHasNoLossAndNoJitter) {
  ReceptionStatistics statistics(kOpusClock);
  EXPECT_FALSE(statistics.has_packets());
  for (std::uint64_t sequence = 65500; sequence < 65600; ++sequence) receive(statistics, sequence);
  const ReportBlock block = statistics.make_report({7}, kStart);
  EXPECT_TRUE(statistics.has_packets());
  EXPECT_EQ(block.ssrc, Ssrc{7});
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(block.cumulative_lost, 0);
  EXPECT_EQ(block.highest_sequence, 65599U);
  EXPECT_EQ(block.jitter, 0U);
  EXPECT_EQ(block.last_sr, 0U);
  EXPECT_EQ(block.delay_since_last_sr, 0U);
}

TEST(ReceptionStatistics, TheFractionIsOfTheLastIntervalTheCountOfAll) {
  ReceptionStatistics statistics(kOpusClock);
  for (std::uint64_t sequence = 0; sequence < 100; ++sequence) {
    if (sequence % 4 != 1) receive(statistics, sequence);
  }
  const ReportBlock first = statistics.make_report({7}, kStart);
  EXPECT_EQ(first.fraction_lost, 64);  // a quarter
  EXPECT_EQ(first.cumulative_lost, 25);
  for (std::uint64_t sequence = 100; sequence < 200; ++sequence) receive(statistics, sequence);
  const ReportBlock second = statistics.make_report({7}, kStart);
  EXPECT_EQ(second.fraction_lost, 0);
  EXPECT_EQ(second.cumulative_lost, 25);
}

TEST(ReceptionStatistics, DuplicatesMakeTheLossNegativeAndTheFractionZero) {
  ReceptionStatistics statistics(kOpusClock);
  for (std::uint64_t sequence = 0; sequence < 10; ++sequence) {
    receive(statistics, sequence);
    receive(statistics, sequence);
  }
  const ReportBlock block = statistics.make_report({7}, kStart);
  EXPECT_EQ(block.cumulative_lost, -10);
  EXPECT_EQ(block.fraction_lost, 0);
}

TEST(ReceptionStatistics, APacketOlderThanTheFirstIsNoLoss) {
  ReceptionStatistics statistics(kOpusClock);
  receive(statistics, 11);
  receive(statistics, 10);
  EXPECT_EQ(statistics.make_report({7}, kStart).cumulative_lost, 0);
}

TEST(ReceptionStatistics, AnIntervalWithoutPacketsLosesNothing) {
  ReceptionStatistics statistics(kOpusClock);
  EXPECT_EQ(statistics.make_report({7}, kStart).highest_sequence, 0U);
  receive(statistics, 10);
  EXPECT_EQ(statistics.make_report({7}, kStart).fraction_lost, 0);
  EXPECT_EQ(statistics.make_report({7}, kStart).fraction_lost, 0);
}

TEST(ReceptionStatistics, JitterNearsTheMeanChangeOfTransit) {
  ReceptionStatistics statistics(kOpusClock);
  for (std::uint64_t sequence = 0; sequence < 1000; ++sequence) {
    receive(statistics, sequence, milliseconds(sequence % 2 == 0 ? 0 : 10));
  }
  // Each packet changes the transit time by 10 ms: 480 units of the clock.
  EXPECT_NEAR(statistics.make_report({7}, kStart).jitter, 480, 5);
}

TEST(ReceptionStatistics, JitterDoesNotMindTheTimestampsWrap) {
  ReceptionStatistics statistics(kOpusClock);
  std::uint32_t timestamp = 0xfffff000;
  for (int i = 0; i < 50; ++i) {
    statistics.on_packet(static_cast<std::uint64_t>(i), timestamp, kStart + i * milliseconds(20));
    timestamp += 960;
  }
  EXPECT_EQ(statistics.make_report({7}, kStart).jitter, 0U);
}

TEST(ReceptionStatistics, StaysDefinedAtTheEndsOfTime) {
  ReceptionStatistics statistics(kOpusClock);
  statistics.on_packet(0, 0, Timestamp{microseconds(0)});
  statistics.on_packet(1ULL << 40, UINT32_MAX, Timestamp{microseconds(INT64_MAX / 2)});
  statistics.on_sender_report({.ntp = 1ULL << 32}, Timestamp{microseconds(INT64_MAX / 2)});
  const ReportBlock block = statistics.make_report({7}, kStart);
  EXPECT_EQ(block.cumulative_lost, 0x7fffff);
  EXPECT_EQ(block.delay_since_last_sr, 0U);
}

TEST(ReceptionStatistics, CountsTheTimeSinceTheLastSenderReport) {
  ReceptionStatistics statistics(kOpusClock);
  statistics.on_sender_report({.ntp = 0x0000123456780000}, kStart);
  const ReportBlock block = statistics.make_report({7}, kStart + milliseconds(2500));
  EXPECT_EQ(block.last_sr, 0x12345678U);
  EXPECT_EQ(block.delay_since_last_sr, 2U * 65536 + 32768);
}

}  // namespace
}  // namespace parley::codecs
