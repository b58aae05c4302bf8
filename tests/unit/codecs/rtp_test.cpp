#include "codecs/rtp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "tests/unit/codecs/hex.hpp"

namespace parley::codecs {
namespace {

constexpr RtpHeader kHeader{
    .payload_type = 111, .marker = true, .sequence = 0x1234, .timestamp = 0x89abcdef, .ssrc = {7}};

std::vector<std::uint8_t> packet(std::string_view first_two_bytes, std::string_view rest = "") {
  auto bytes = from_hex(first_two_bytes);
  for (const auto& part : {from_hex("12 34 89 ab cd ef 00 00 00 07"), from_hex(rest)}) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

void expect_error(const std::vector<std::uint8_t>& bytes, RtpError error) {
  const auto view = parse_rtp(bytes);
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error(), error);
}

std::optional<AudioLevel> level_of(std::string_view extension, std::uint8_t id) {
  const auto bytes = packet("90 6f", extension);
  const auto view = parse_rtp(bytes);
  EXPECT_TRUE(view.has_value());
  return view ? find_audio_level(*view, id) : std::nullopt;
}

TEST(Rtp, WritesWhatItReads) {
  std::array<std::uint8_t, 15> bytes{};
  write_rtp_header(kHeader, bytes);
  bytes[12] = 0xaa;
  const auto view = parse_rtp(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->payload_type, 111);
  EXPECT_TRUE(view->marker);
  EXPECT_EQ(view->sequence, 0x1234);
  EXPECT_EQ(view->timestamp, 0x89abcdefU);
  EXPECT_EQ(view->ssrc, Ssrc{7});
  EXPECT_EQ(view->header_size, kRtpHeaderSize);
  EXPECT_EQ(view->payload.size(), 3U);
  EXPECT_EQ(view->payload[0], 0xaa);
  EXPECT_TRUE(view->extension.empty());
  EXPECT_EQ(peek_rtp_ssrc(bytes), Ssrc{7});
}

TEST(Rtp, EveryTruncationOfTheHeaderIsTooShort) {
  const auto whole = packet("80 6f");
  for (std::size_t size = 0; size < kRtpHeaderSize; ++size) {
    const auto view = parse_rtp(Bytes(whole).first(size));
    ASSERT_FALSE(view.has_value());
    EXPECT_EQ(view.error(), RtpError::too_short);
    EXPECT_FALSE(peek_rtp_ssrc(Bytes(whole).first(size)).has_value());
  }
  EXPECT_TRUE(parse_rtp(whole).has_value());
}

TEST(Rtp, TakesAtMost1300Bytes) {
  auto bytes = packet("80 6f");
  bytes.resize(kMaxRtpPacket);
  EXPECT_TRUE(parse_rtp(bytes).has_value());
  bytes.resize(kMaxRtpPacket + 1);
  expect_error(bytes, RtpError::too_long);
}

TEST(Rtp, RefusesOtherVersionsAndContributingSources) {
  expect_error(packet("00 6f"), RtpError::bad_version);
  expect_error(packet("40 6f"), RtpError::bad_version);
  expect_error(packet("c0 6f"), RtpError::bad_version);
  expect_error(packet("81 6f", "00 00 00 01"), RtpError::has_csrc);
}

TEST(Rtp, TakesPaddingOff) {
  const auto bytes = packet("a0 6f", "aa bb 00 00 03");
  const auto view = parse_rtp(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->payload.size(), 2U);
  const auto only_padding = packet("a0 6f", "00 02");
  ASSERT_TRUE(parse_rtp(only_padding).has_value());
  EXPECT_TRUE(parse_rtp(only_padding)->payload.empty());
}

TEST(Rtp, RefusesPaddingThatCannotBe) {
  expect_error(packet("a0 6f"), RtpError::bad_padding);           // no payload to hold it
  expect_error(packet("a0 6f", "aa 00"), RtpError::bad_padding);  // of length 0
  expect_error(packet("a0 6f", "aa 03"), RtpError::bad_padding);  // one more than the payload
}

TEST(Rtp, LeavesPaddingAloneWhileItIsEncrypted) {
  const auto bytes = packet("a0 6f", "aa bb cc ff");
  const auto view = parse_rtp(bytes, true);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->payload.size(), 4U);
}

TEST(Rtp, ReadsAnExtensionOf64BytesAndNoMore) {
  const auto largest = packet("90 6f", "be de 00 10" + std::string(128, '0') + "aa");
  const auto view = parse_rtp(largest);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->extension.size(), kMaxRtpExtensionBytes);
  EXPECT_EQ(view->header_size, 80U);
  EXPECT_EQ(view->payload.size(), 1U);
  expect_error(packet("90 6f", "be de 00 11" + std::string(136, '0')), RtpError::bad_extension);
}

TEST(Rtp, RefusesAnExtensionLongerThanThePacket) {
  expect_error(packet("90 6f"), RtpError::bad_extension);
  expect_error(packet("90 6f", "be de 00"), RtpError::bad_extension);
  expect_error(packet("90 6f", "be de 00 01 10 00 00"), RtpError::bad_extension);
}

TEST(AudioLevel, IsReadInTheOneByteForm) {
  const auto level = level_of("be de 00 01 30 9e 00 00", 3);
  ASSERT_TRUE(level.has_value());
  EXPECT_EQ(level->dbov, 30);
  EXPECT_TRUE(level->voice);
}

TEST(AudioLevel, IsReadInTheTwoByteForm) {
  for (const char* profile : {"10 00", "10 0f"}) {
    const auto level = level_of(std::string(profile) + "00 01 03 01 7f 00", 3);
    ASSERT_TRUE(level.has_value());
    EXPECT_EQ(level->dbov, 127);
    EXPECT_FALSE(level->voice);
  }
}

TEST(AudioLevel, IsFoundBehindPaddingAndOtherElements) {
  EXPECT_TRUE(level_of("be de 00 03 00 00 12 aa bb cc 00 30 05 00 00 00", 3).has_value());
  EXPECT_TRUE(level_of("10 00 00 03 00 01 02 aa bb 00 03 01 05 00 00 00", 3).has_value());
}

TEST(AudioLevel, IsAbsentUnderAnotherIdOrProfile) {
  EXPECT_FALSE(level_of("be de 00 01 30 05 00 00", 4).has_value());
  EXPECT_FALSE(level_of("be de 00 01 30 05 00 00", 0).has_value());
  EXPECT_FALSE(level_of("12 34 00 01 30 05 00 00", 3).has_value());
  const auto plain = packet("80 6f");
  EXPECT_FALSE(find_audio_level(*parse_rtp(plain), 3).has_value());
}

TEST(AudioLevel, ReadingStopsAtTheReservedIds) {
  EXPECT_FALSE(level_of("be de 00 01 f0 00 30 05", 3).has_value());  // 15
  EXPECT_FALSE(level_of("be de 00 01 01 00 30 05", 3).has_value());  // 0 with a length
  EXPECT_FALSE(level_of("be de 00 01 f0 05 00 00", 15).has_value());
}

TEST(AudioLevel, OfAnotherSizeOrPastTheEndIsNone) {
  EXPECT_FALSE(level_of("be de 00 01 31 05 05 00", 3).has_value());
  EXPECT_FALSE(level_of("be de 00 01 00 00 00 30", 3).has_value());
  EXPECT_FALSE(level_of("10 00 00 01 03 00 00 00", 3).has_value());
  EXPECT_FALSE(level_of("10 00 00 01 00 00 03 01", 3).has_value());
  EXPECT_FALSE(level_of("10 00 00 01 00 00 00 03", 3).has_value());
}

TEST(AudioLevel, IsWrittenAsItIsRead) {
  std::array<std::uint8_t, 20> bytes{};
  ASSERT_EQ(write_rtp_header_with_level(kHeader, 14, {.dbov = 200, .voice = true}, bytes), 20U);
  const auto view = parse_rtp(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->sequence, kHeader.sequence);
  EXPECT_TRUE(view->payload.empty());
  const auto level = find_audio_level(*view, 14);
  ASSERT_TRUE(level.has_value());
  EXPECT_EQ(level->dbov, 127);
  EXPECT_TRUE(level->voice);
}

TEST(AudioLevel, IsNotWrittenUnderAnImpossibleIdOrIntoTooLittle) {
  std::array<std::uint8_t, 20> bytes{};
  EXPECT_EQ(write_rtp_header_with_level(kHeader, 0, {}, bytes), 0U);
  EXPECT_EQ(write_rtp_header_with_level(kHeader, 15, {}, bytes), 0U);
  EXPECT_EQ(write_rtp_header_with_level(kHeader, 1, {}, MutableBytes(bytes).first(19)), 0U);
}

TEST(Classify, FollowsTheFirstByteAsInRfc7983) {
  for (unsigned first = 0; first < 256; ++first) {
    const std::vector<std::uint8_t> datagram{static_cast<std::uint8_t>(first), 111};
    const DatagramKind expected = first <= 3                     ? DatagramKind::stun
                                  : first >= 20 && first <= 63   ? DatagramKind::dtls
                                  : first >= 128 && first <= 191 ? DatagramKind::rtp
                                                                 : DatagramKind::unknown;
    EXPECT_EQ(classify(datagram), expected) << first;
  }
  EXPECT_EQ(classify({}), DatagramKind::unknown);
}

TEST(Classify, TellsRtcpByItsPacketType) {
  for (unsigned type = 0; type < 256; ++type) {
    const std::vector<std::uint8_t> datagram{0x80, static_cast<std::uint8_t>(type)};
    const bool is_rtcp = type >= 192 && type <= 223;
    EXPECT_EQ(classify(datagram), is_rtcp ? DatagramKind::rtcp : DatagramKind::rtp) << type;
  }
}

TEST(Classify, PeeksTheSsrcOfRtcp) {
  const auto bytes = from_hex("80 c9 00 01 00 00 00 2a");
  EXPECT_EQ(peek_rtcp_ssrc(bytes), Ssrc{42});
  EXPECT_FALSE(peek_rtcp_ssrc(Bytes(bytes).first(7)).has_value());
}

TEST(SequenceExtender, CountsThroughManyWraps) {
  SequenceExtender extender;
  for (std::uint64_t sequence = 100; sequence < 5 * 65536; sequence += 7) {
    EXPECT_EQ(extender.extend(static_cast<std::uint16_t>(sequence)), sequence);
  }
}

TEST(SequenceExtender, PlacesOlderPacketsWithoutMovingBack) {
  SequenceExtender extender;
  EXPECT_FALSE(extender.highest().has_value());
  EXPECT_EQ(extender.extend(65530), 65530U);
  EXPECT_EQ(extender.extend(5), 65541U);
  EXPECT_EQ(extender.extend(65535), 65535U);
  EXPECT_EQ(extender.highest(), 65541U);
  EXPECT_EQ(extender.extend(5), 65541U);
}

TEST(SequenceExtender, JumpsForwardUpToHalfTheRange) {
  SequenceExtender extender;
  EXPECT_EQ(extender.extend(40000), 40000U);
  EXPECT_EQ(extender.extend(static_cast<std::uint16_t>(40000 + 32767)), 72767U);
  EXPECT_EQ(extender.extend(static_cast<std::uint16_t>(72767 + 32768)), 72767U - 32768U);
}

TEST(SequenceExtender, NeverGoesBelowItsFirstCycle) {
  SequenceExtender extender;
  EXPECT_EQ(extender.extend(3), 3U);
  EXPECT_EQ(extender.extend(65535), 0U);
  EXPECT_EQ(extender.highest(), 3U);
}

TEST(SequenceExtender, SurvivesThreeWrapsWithThirtyPercentLossAndReordering) {
  std::mt19937 random(1);
  SequenceExtender extender;
  for (std::uint64_t sequence = 16; sequence < 3 * 65536 + 1000; ++sequence) {
    if (random() % 10 < 3) continue;
    const std::uint64_t late = sequence - random() % 16;
    EXPECT_EQ(extender.extend(static_cast<std::uint16_t>(sequence)), sequence);
    EXPECT_EQ(extender.extend(static_cast<std::uint16_t>(late)), late);
  }
}

}  // namespace
}  // namespace parley::codecs
