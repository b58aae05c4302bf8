// What the node makes of one microphone's packets.
#include "sfu/forwarding/uplink.hpp"

#include <gtest/gtest.h>

#include <array>

namespace parley::sfu {
namespace {

constexpr Timestamp kNow{std::chrono::hours(1)};

codecs::RtpView view(Bytes payload, std::uint16_t sequence = 1) {
  return {.payload_type = 111,
          .marker = false,
          .sequence = sequence,
          .timestamp = 960U * sequence,
          .ssrc = Ssrc{5},
          .extension_profile = 0,
          .extension = {},
          .header_size = 12,
          .payload = payload};
}

Uplink make_uplink(std::uint8_t extension = 3) {
  return Uplink({.ssrc = Ssrc{5}, .payload_type = 111, .audio_level_extension_id = extension});
}

TEST(Uplink, DropsAnotherPayloadTypeAndEmptyPayloads) {
  Uplink uplink = make_uplink();
  codecs::RtpView other = view(as_bytes("voice"));
  other.payload_type = 110;
  EXPECT_EQ(uplink.on_packet(other, kNow).error(), Drop::rtp_wrong_payload_type);
  EXPECT_FALSE(uplink.has_news());
  EXPECT_EQ(uplink.on_packet(view({}), kNow).error(), Drop::empty_payload);
  EXPECT_TRUE(uplink.has_news()) << "it did arrive";
}

TEST(Uplink, HearsNothingFromBeforeItsBeginning) {
  Uplink uplink = make_uplink();
  codecs::RtpView packet = view(as_bytes("voice"), 7);
  packet.timestamp = 0xffffff00U;
  uplink.begin_at(0x100, kNow);
  EXPECT_EQ(uplink.on_packet(packet, kNow).error(), Drop::other_talk_room) << "across the wrap";
  packet.timestamp = 0x100;
  EXPECT_TRUE(uplink.on_packet(packet, kNow));
}

TEST(Uplink, ForgetsItsBeginningBeforeTimestampsComeRound) {
  Uplink uplink = make_uplink();
  uplink.begin_at(960 * 8, kNow);
  const codecs::RtpView packet = view(as_bytes("voice"), 7);
  const Timestamp until = kNow + kLateVoice;
  EXPECT_FALSE(uplink.on_packet(packet, until - std::chrono::microseconds(1)));
  EXPECT_TRUE(uplink.on_packet(packet, until));
}

TEST(Uplink, ReadsTheLevelOfTheExtension) {
  Uplink uplink = make_uplink();
  const std::array<std::uint8_t, 4> element = {0x30, 0x80 | 42, 0, 0};
  codecs::RtpView packet = view(as_bytes("voice"));
  packet.extension_profile = 0xbede;
  packet.extension = element;
  EXPECT_EQ(uplink.on_packet(packet, kNow)->level, 42);
}

TEST(Uplink, JudgesByTheSizeWhereThereIsNoLevel) {
  Uplink plain = make_uplink(0);
  EXPECT_EQ(plain.on_packet(view(as_bytes("123456")), kNow)->level, kSilenceDbov);
  EXPECT_EQ(plain.on_packet(view(as_bytes("1234567"), 2), kNow)->level, kAssumedSpeechDbov);
  Uplink with_extension = make_uplink();
  EXPECT_EQ(with_extension.on_packet(view(as_bytes("1")), kNow)->level, kSilenceDbov)
      << "also when a packet of a client that offers levels has none";
}

TEST(Uplink, ExtendsSequencesAcrossTheRollover) {
  Uplink uplink = make_uplink();
  const auto before = uplink.on_packet(view(as_bytes("voice"), 65535), kNow);
  const auto after = uplink.on_packet(view(as_bytes("voice"), 0), kNow);
  EXPECT_EQ(after->sequence, before->sequence + 1);
}

TEST(Uplink, ReportsOnlyWhenThereIsNews) {
  Uplink uplink = make_uplink();
  EXPECT_FALSE(uplink.has_news());
  (void)uplink.on_packet(view(as_bytes("voice"), 10), kNow);
  (void)uplink.on_packet(view(as_bytes("voice"), 13), kNow);
  EXPECT_TRUE(uplink.has_news());
  const codecs::ReportBlock block = uplink.make_report(kNow);
  EXPECT_EQ(block.ssrc, Ssrc{5});
  EXPECT_EQ(block.cumulative_lost, 2);
  EXPECT_FALSE(uplink.has_news());
}

}  // namespace
}  // namespace parley::sfu
