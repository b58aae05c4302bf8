// The node's own RTCP towards both sides.
#include <gtest/gtest.h>

#include "codecs/rtcp.hpp"
#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::TestCall;
using test::TestPeer;

constexpr RoomId kRoom{7};
// The first peers report in the first part of each second: this is past them.
constexpr Duration kPastReports = std::chrono::milliseconds(100);

TEST(Reports, ATalkerLearnsHowHeIsReceived) {
  TestCall call;
  TestPeer& talker = call.join(kRoom);
  call.pass(kPastReports);
  for (int i = 0; i < 40; ++i) {
    call.say(talker, "words");
    if (i % 4 == 0) talker.skip_voice(1);
    call.pass(std::chrono::milliseconds(20));
  }
  call.pass(std::chrono::seconds(1));
  const auto rtcp = talker.take_rtcp();
  ASSERT_EQ(rtcp.size(), 1U) << "one interval with news, one without";
  ASSERT_EQ(rtcp[0].reports.size(), 1U);
  EXPECT_EQ(rtcp[0].reports[0].ssrc, talker.uplink_ssrc());
  EXPECT_GT(rtcp[0].reports[0].fraction_lost, 40);
  EXPECT_LT(rtcp[0].reports[0].fraction_lost, 64);
  EXPECT_TRUE(rtcp[0].sender_reports.empty());
}

TEST(Reports, AListenerGetsASenderReportOfEachActiveSlot) {
  TestCall call;
  TestPeer& listener = call.join(kRoom, false);
  TestPeer& anna = call.join(kRoom);
  TestPeer& ben = call.join(kRoom);
  call.pass(kPastReports);
  for (int i = 0; i < 10; ++i) {
    call.say(anna, "12345");
    call.say(ben, "1234567890");
    call.pass(std::chrono::milliseconds(20));
  }
  const auto heard = listener.take_heard();
  call.pass(std::chrono::seconds(1));
  const auto rtcp = listener.take_rtcp();
  ASSERT_EQ(rtcp.size(), 1U);
  ASSERT_EQ(rtcp[0].sender_reports.size(), 2U);
  const codecs::SenderReport& first = rtcp[0].sender_reports[0];
  const codecs::SenderReport& second = rtcp[0].sender_reports[1];
  EXPECT_EQ(first.ssrc, listener.answer()->slot_ssrcs[0]);
  EXPECT_EQ(first.packets, 10U);
  EXPECT_EQ(first.octets, 50U);
  EXPECT_EQ(second.octets, 100U);
  const std::uint32_t since = first.rtp_timestamp - heard[heard.size() - 2].timestamp;
  EXPECT_LE(since, 48000U);
  EXPECT_GT(first.ntp, 0U);
}

// Thousands of reports at one moment would hold up voice, one system call for each would cost more
// than the voice.
TEST(Reports, OfManyPeersAreSpreadOverTheInterval) {
  TestCall call;
  TestPeer& talker = call.join(kRoom);
  std::vector<TestPeer*> listeners;
  for (int i = 0; i < 100; ++i) listeners.push_back(&call.join(kRoom, false));
  call.say(talker, "words");
  for (TestPeer* listener : listeners) static_cast<void>(listener->take_rtcp());
  std::size_t total = 0;
  std::size_t moments = 0;
  for (int i = 0; i < 1000; ++i) {
    call.pass(std::chrono::milliseconds(1));
    std::size_t at_once = 0;
    for (TestPeer* listener : listeners) at_once += listener->take_rtcp().size();
    total += at_once;
    moments += at_once > 0 ? 1 : 0;
  }
  EXPECT_EQ(total, listeners.size());
  // Two at a time, but for those whose join took a moment longer.
  EXPECT_GE(moments, 45U);
}

TEST(Reports, RtcpOfAClientIsTakenInAndNeverPassedOn) {
  TestCall call;
  TestPeer& talker = call.join(kRoom);
  TestPeer& listener = call.join(kRoom);
  const std::size_t before = listener.datagrams_in();
  std::vector<std::uint8_t> compound(256);
  const codecs::SenderReport report{
      .ssrc = talker.uplink_ssrc(), .ntp = 0x1122334455667788U, .rtp_timestamp = 1};
  const std::size_t size = codecs::write_sender_report(report, {}, compound);
  call.send(talker, talker.make_rtcp(Bytes(compound).first(size)));
  EXPECT_EQ(listener.datagrams_in(), before);
  call.say(talker, "words");
  call.pass(std::chrono::seconds(1));
  const auto rtcp = talker.take_rtcp();
  ASSERT_EQ(rtcp.size(), 1U);
  ASSERT_EQ(rtcp[0].reports.size(), 1U);
  EXPECT_EQ(rtcp[0].reports[0].last_sr, 0x33445566U);
}

TEST(Reports, MalformedRtcpWithGoodKeysIsANamedDrop) {
  TestCall call;
  TestPeer& peer = call.join(kRoom);
  std::vector<std::uint8_t> compound(64);
  std::size_t size = codecs::write_receiver_report(peer.uplink_ssrc(), {}, compound);
  compound[size + 3] = 200;  // a second packet that claims to be longer than the datagram
  compound[size] = 0x80;
  compound[size + 1] = 201;
  size += 8;
  call.send(peer, peer.make_rtcp(Bytes(compound).first(size)));
  EXPECT_EQ(call.dropped(Drop::rtcp_malformed), 1U);
}

TEST(Reports, NobodySpeaksNothingIsReported) {
  TestCall call;
  TestPeer& peer = call.join(kRoom);
  call.pass(std::chrono::seconds(10));
  EXPECT_TRUE(peer.take_rtcp().empty());
}

}  // namespace
}  // namespace parley::sfu
