// What a slot looks like to its listener: one stream, whoever talks and whatever is lost.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sfu/forwarding/room.hpp"
#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::HeardPacket;
using test::sum_of;
using test::TestCall;
using test::TestPeer;

constexpr RoomId kRoom{7};
constexpr Duration kFrameTime = std::chrono::milliseconds(20);

TEST(Continuity, AChangeOfTalkerContinuesTheStream) {
  TestCall call({.candidates = {}, .slots = 1});
  TestPeer& listener = call.join(kRoom, false);
  TestPeer& anna = call.join(kRoom);
  TestPeer& ben = call.join(kRoom);
  for (int i = 0; i < 10; ++i) {
    call.say(anna, "anna");
    call.pass(kFrameTime);
  }
  call.pass(kYieldAfter);
  for (int i = 0; i < 10; ++i) {
    call.say(ben, "ben");
    call.pass(kFrameTime);
  }
  const auto heard = listener.take_heard();
  ASSERT_EQ(heard.size(), 20U);
  for (std::size_t i = 1; i < heard.size(); ++i) {
    EXPECT_EQ(heard[i].ssrc, heard[0].ssrc);
    EXPECT_EQ(heard[i].sequence, static_cast<std::uint16_t>(heard[i - 1].sequence + 1));
    const std::uint32_t step = heard[i].timestamp - heard[i - 1].timestamp;
    constexpr auto kSilence = static_cast<std::uint32_t>(kYieldAfter.count() * 48 / 1000);
    EXPECT_EQ(step, i == 10 ? 960U + kSilence : 960U) << "the silence between them has passed too";
    EXPECT_EQ(heard[i].marker, i == 10);
  }
  EXPECT_LT(heard[0].sequence, 0x8000);
}

TEST(Continuity, LossOnTheUplinkStaysAHole) {
  TestCall call;
  TestPeer& listener = call.join(kRoom);
  TestPeer& talker = call.join(kRoom);
  call.say(talker, "one");
  talker.skip_voice(3);
  call.say(talker, "five");
  const auto heard = listener.take_heard();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(static_cast<std::uint16_t>(heard[1].sequence - heard[0].sequence), 4);
  EXPECT_EQ(heard[1].timestamp - heard[0].timestamp, 4 * 960U);
  EXPECT_FALSE(heard[1].marker);
}

TEST(Continuity, ReorderedPacketsKeepTheirPlaceAndAreNeverRepeated) {
  TestCall call;
  TestPeer& listener = call.join(kRoom);
  TestPeer& talker = call.join(kRoom);
  call.say(talker, "zero");
  const auto one = talker.make_voice(as_bytes("one"));
  const auto two = talker.make_voice(as_bytes("two"));
  call.send(talker, two);
  call.send(talker, one);
  call.send(talker, two);
  const auto heard = listener.take_heard();
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_EQ(static_cast<std::uint16_t>(heard[1].sequence - heard[0].sequence), 2);
  EXPECT_EQ(static_cast<std::uint16_t>(heard[2].sequence - heard[0].sequence), 1);
  EXPECT_EQ(call.dropped(Drop::srtp_replay), 1U);
}

TEST(Continuity, APacketOfBeforeTheFirstOneHeardIsNotSent) {
  TestCall call;
  TestPeer& listener = call.join(kRoom);
  TestPeer& talker = call.join(kRoom);
  const auto early = talker.make_voice(as_bytes("early"));
  call.say(talker, "first heard");
  call.send(talker, early);
  EXPECT_EQ(listener.take_heard().size(), 1U);
  EXPECT_EQ(call.dropped(Drop::not_selected), 1U);
  EXPECT_EQ(listener.decrypt_errors(), 0U);
}

TEST(Continuity, ThreeRolloversWithLossDecryptWithoutOneError) {
  TestCall call;
  TestPeer& listener = call.join(kRoom);
  TestPeer& talker = call.join(kRoom);
  call.lose(10);
  constexpr int kPackets = 3 * 65536 + 5000;
  int uplink_losses = 0;
  std::size_t heard = 0;
  for (int i = 0; i < kPackets; ++i) {
    const auto datagram = talker.make_voice(as_bytes("twenty milliseconds"));
    if (call.random().happens(10)) {
      ++uplink_losses;
      continue;
    }
    call.send(talker, datagram);
    if (i % 4096 == 0) {
      call.pass(std::chrono::seconds(1));
      heard += listener.take_heard().size();
    }
  }
  heard += listener.take_heard().size();
  EXPECT_EQ(listener.decrypt_errors(), 0U);
  EXPECT_EQ(sum_of(call.counters().receive_drops), 0U);
  EXPECT_EQ(sum_of(call.counters().listener_drops), 0U);
  EXPECT_EQ(call.counters().copies_out, static_cast<std::uint64_t>(kPackets - uplink_losses));
  EXPECT_GT(heard, static_cast<std::size_t>(kPackets) * 78 / 100);
}

TEST(Continuity, ManyTalkersInTurnNeverRepeatASequenceNumber) {
  TestCall call({.candidates = {}, .slots = 1});
  TestPeer& listener = call.join(kRoom, false);
  std::vector<TestPeer*> talkers;
  for (int i = 0; i < 4; ++i) talkers.push_back(&call.join(kRoom));
  std::uint32_t extended = 0;
  std::set<std::uint16_t> sequences;
  std::uint32_t last_timestamp = 0;
  for (int turn = 0; turn < 40; ++turn) {
    TestPeer& talker = *talkers[static_cast<std::size_t>(turn) % talkers.size()];
    for (int i = 0; i < 5; ++i) {
      call.say(talker, "words");
      call.pass(kFrameTime);
    }
    call.pass(kYieldAfter);
    for (const HeardPacket& packet : listener.take_heard()) {
      EXPECT_TRUE(sequences.insert(packet.sequence).second);
      if (extended++ > 0) {
        EXPECT_LT(packet.timestamp - last_timestamp, 0x80000000U);
      }
      last_timestamp = packet.timestamp;
    }
  }
  EXPECT_EQ(extended, 200U);
  EXPECT_EQ(listener.decrypt_errors(), 0U);
}

}  // namespace
}  // namespace parley::sfu
