// Two native clients talk through a real worker core, over virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/unit/client/outbox.hpp"
#include "tests/unit/client/small_call.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using test::SmallCall;

template <class Event>
std::size_t count_events(const SmallCall::Person& person) {
  return static_cast<std::size_t>(std::ranges::count_if(
      person.events,
      [](const ClientEvent& event) { return std::holds_alternative<Event>(event); }));
}

struct TwoPeople {
  explicit TwoPeople(ClientConfig config = {}, std::uint64_t seed = 1)
      : call(seed), anna(&call.add(config)), ben(&call.add(config)) {}
  bool connect(Duration limit = 3s) {
    return call.run_until(
        [this] { return anna->core->is_media_connected() && ben->core->is_media_connected(); },
        limit);
  }
  SmallCall call;
  SmallCall::Person* anna;
  SmallCall::Person* ben;
};

TEST(CallThroughANode, BothHearEachOtherOverUdpWithinAMoment) {
  TwoPeople two;
  ASSERT_TRUE(two.connect(500ms));
  two.call.talk(*two.anna, 1s);
  two.call.run(100ms);
  ASSERT_EQ(two.ben->heard.size(), 50U);
  EXPECT_EQ(two.ben->heard[0].words, "0");
  EXPECT_EQ(two.ben->heard[49].words, "49");
  EXPECT_TRUE(two.anna->heard.empty()) << "nobody hears himself";
  two.call.talk(*two.ben, 1s);
  two.call.run(100ms);
  EXPECT_EQ(two.anna->heard.size(), 50U);
  EXPECT_EQ(two.anna->core->counters().decrypt_errors, 0U);
  EXPECT_EQ(two.anna->core->counters().rtp_received, 50U);
}

TEST(CallThroughANode, TheSameOverTcpWhenUdpIsBlocked) {
  TwoPeople two;
  two.call.is_udp_blocked = true;
  ASSERT_TRUE(two.connect(3s));
  for (const ClientEvent& event : two.anna->events) {
    const auto* media = std::get_if<MediaConnected>(&event);
    EXPECT_TRUE(media == nullptr || media->is_tcp);
  }
  two.call.talk(*two.anna, 1s);
  two.call.run(100ms);
  EXPECT_EQ(two.ben->heard.size(), 50U);
}

TEST(CallThroughANode, ConnectsThroughHeavyLoss) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TwoPeople two({}, seed);
    two.call.loss_percent = 25;
    EXPECT_TRUE(two.connect(30s)) << "seed " << seed;
  }
}

TEST(CallThroughANode, StaysUpForMinutesByConsent) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  two.call.run(120s);
  EXPECT_TRUE(two.anna->core->is_media_connected());
  EXPECT_EQ(count_events<MediaDisconnected>(*two.anna), 0U);
}

TEST(CallThroughANode, SequenceNumbersRollOverThreeTimesUnderLossWithoutADecryptError) {
  ClientConfig config;
  config.first_sequence = 32767;
  TwoPeople two(config);
  ASSERT_TRUE(two.connect());
  two.call.loss_percent = 10;
  for (int i = 0; i < 200'000; ++i) {
    two.call.say(*two.anna, "word");
    if (i % 3 == 0) two.call.run(SmallCall::kStep);
    if (i % 1000 == 0) two.ben->heard.clear();
  }
  EXPECT_EQ(two.ben->core->counters().decrypt_errors, 0U);
  EXPECT_GT(two.ben->core->counters().rtp_received, 150'000U);
}

TEST(CallThroughANode, MediaGoesOnWhileSignalingIsAwayAndTheSessionResumes) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  two.call.cut_signaling(*two.anna);
  two.call.cut_signaling(*two.ben);
  two.call.talk(*two.anna, 3s);
  EXPECT_GE(two.ben->heard.size(), 149U);
  two.call.restore_signaling(*two.anna);
  two.call.restore_signaling(*two.ben);
  two.call.talk(*two.anna, 1s);
  two.call.run(100ms);
  EXPECT_EQ(two.ben->heard.size(), 200U) << "not one packet is lost";
  EXPECT_EQ(count_events<MediaDisconnected>(*two.anna), 0U);
  EXPECT_EQ(count_events<RoomJoined>(*two.anna), 2U);
}

TEST(CallThroughANode, ARestartedNodeIsReachedAnewWhenSignalingTells) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  two.call.restart_node();
  two.call.tell_media_lost(*two.anna);
  two.call.tell_media_lost(*two.ben);
  EXPECT_FALSE(two.anna->core->is_media_connected());
  ASSERT_TRUE(two.connect(1s));
  two.call.talk(*two.anna, 1s);
  two.call.run(100ms);
  EXPECT_EQ(two.ben->heard.size(), 50U);
}

TEST(CallThroughANode, ASilentNodeIsLeftAfterFifteenSecondsAndReachedAnew) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  two.call.restart_node();
  two.call.run(19s);
  EXPECT_EQ(count_events<MediaDisconnected>(*two.anna), 1U);
  EXPECT_TRUE(two.anna->core->is_media_connected());
}

TEST(CallThroughANode, WhoMutesHimselfSendsNothing) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  two.anna->core->set_muted(true, two.anna->out);
  two.call.talk(*two.anna, 500ms);
  EXPECT_TRUE(two.ben->heard.empty());
  two.anna->core->set_muted(false, two.anna->out);
  two.call.talk(*two.anna, 500ms);
  EXPECT_EQ(two.ben->heard.size(), 25U);
}

TEST(CallThroughANode, LeavingEndsThePeerAtTheNodeAtOnce) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  EXPECT_EQ(two.call.node().peer_count(), 2U);
  two.anna->core->leave(two.call.now(), two.anna->out);
  two.call.run(100ms);
  EXPECT_EQ(two.call.node().peer_count(), 1U);
  EXPECT_FALSE(two.anna->core->is_media_connected());
  EXPECT_EQ(two.anna->core->deadline(), kNever);
}

TEST(CallThroughANode, WhoMayNoLongerBeInTheRoomIsOutOfItAndItsFloor) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  two.call.take_rooms(*two.anna);
  two.call.run(SmallCall::kStep);
  EXPECT_EQ(count_events<RoomLeft>(*two.anna), 1U);
  EXPECT_TRUE(two.anna->core->room_ids().empty());
  EXPECT_EQ(two.anna->core->floor().floor_of(SmallCall::kRoom), nullptr);
}

TEST(CallThroughANode, GarbageFromTheNodesAddressLeavesTheCallUntouched) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  test::SeededRandom random{9};
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::uint8_t> garbage(random.next_u32() % 200);
    random.fill(garbage);
    // Also garbage that looks like STUN, DTLS, RTP and RTCP at first sight.
    constexpr std::array<std::uint8_t, 5> kFirstBytes = {0x00, 0x16, 0x17, 0x80, 0x81};
    if (!garbage.empty()) garbage[0] = kFirstBytes[random.next_u32() % kFirstBytes.size()];
    two.call.inject(*two.ben, garbage);
  }
  two.call.talk(*two.anna, 1s);
  two.call.run(100ms);
  EXPECT_EQ(two.ben->heard.size(), 50U);
  EXPECT_EQ(count_events<MediaDisconnected>(*two.ben), 0U);
}

TEST(CallThroughANode, AForeignSsrcNeverReachesTheCrypto) {
  TwoPeople two;
  ASSERT_TRUE(two.connect());
  std::vector<std::uint8_t> rtp(60, 0);
  rtp[0] = 0x80;
  rtp[1] = 111;
  rtp[8] = rtp[9] = rtp[10] = rtp[11] = 0x5a;
  two.call.inject(*two.ben, rtp);
  EXPECT_EQ(two.ben->core->counters().decrypt_errors, 0U);
}

}  // namespace
}  // namespace parley::client
