// How peers come, stall, move and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codecs/rtcp.hpp"
#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::TestCall;
using test::TestPeer;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr RoomId kRoom{7};

template <class Event>
std::size_t count(const std::vector<WorkerEvent>& events) {
  return static_cast<std::size_t>(std::ranges::count_if(
      events, [](const WorkerEvent& event) { return std::holds_alternative<Event>(event); }));
}

TEST(Lifetime, AnAnswerCarriesFreshCredentialsAndUniqueSsrcs) {
  TestCall call({.candidates = {{.endpoint = {}, .priority = 1, .foundation = "1"}}});
  std::set<std::string> ufrags;
  for (int i = 0; i < 50; ++i) {
    TestPeer& peer = call.make_peer({.id = {}, .path = {}, .slots = 30});
    call.add(peer);
    const PeerAnswer& answer = *peer.answer();
    EXPECT_EQ(answer.ice_ufrag.size(), 22U);
    EXPECT_EQ(answer.ice_pwd.size(), 32U);
    EXPECT_TRUE(ufrags.insert(answer.ice_ufrag).second);
    EXPECT_EQ(answer.candidates.size(), 1U);
    EXPECT_EQ(answer.uplink_ssrc, peer.uplink_ssrc());
    std::set<Ssrc> ssrcs(answer.slot_ssrcs.begin(), answer.slot_ssrcs.end());
    EXPECT_EQ(ssrcs.size(), kMaxSlots) << "no more slots than there may be, each with its own SSRC";
    EXPECT_FALSE(ssrcs.contains(Ssrc{}));
    EXPECT_FALSE(ssrcs.contains(answer.uplink_ssrc));
  }
}

TEST(Lifetime, APeerIsConnectedWhenItsHandshakeIsOver) {
  TestCall call;
  TestPeer& peer = call.make_peer();
  call.add(peer);
  EXPECT_FALSE(call.last_event<PeerConnected>());
  EXPECT_TRUE(call.connect(peer));
  EXPECT_EQ(call.last_event<PeerConnected>()->peer, peer.id());
}

TEST(Lifetime, ARemovedPeerIsToldGoodbyeAndLeavesNothing) {
  TestCall call;
  TestPeer& peer = call.join(kRoom);
  call.say(peer, "here");
  (void)call.take_events();
  (void)peer.take_rtcp();
  call.command(RemovePeer{.peer = peer.id()});
  const auto rtcp = peer.take_rtcp();
  ASSERT_EQ(rtcp.size(), 1U);
  EXPECT_EQ(rtcp[0].byes, peer.answer()->slot_ssrcs);
  EXPECT_EQ(call.node().peer_count(), 0U);
  EXPECT_EQ(call.node().room_count(), 0U);
  const auto events = call.take_events();
  EXPECT_EQ(count<PeerClosed>(events), 0U) << "whoever removes a peer knows that it is gone";
  EXPECT_EQ(count<TalkersChanged>(events), 1U);
  call.pass(std::chrono::minutes(1));
  EXPECT_EQ(call.node().deadline(), kNever);
}

TEST(Lifetime, APeerThatNeverComesIsForgotten) {
  TestCall call;
  call.add(call.make_peer());
  call.pass(std::chrono::seconds(14));
  EXPECT_EQ(call.node().peer_count(), 1U);
  call.pass(std::chrono::seconds(2));
  EXPECT_EQ(call.node().peer_count(), 0U);
  ASSERT_TRUE(call.last_event<PeerClosed>());
  EXPECT_FALSE(call.last_event<PeerClosed>()->reason.empty());
}

TEST(Lifetime, AKilledClientIsStalledAfterThreeSecondsAndClosedWhenConsentExpires) {
  TestCall call;
  TestPeer& killed = call.join(kRoom);
  call.say(killed, "last words");
  (void)call.take_events();
  call.stop_checks();
  call.pass(kStallTimeout - std::chrono::milliseconds(10));
  EXPECT_FALSE(call.last_event<PeerStalled>());
  call.pass(std::chrono::milliseconds(500));
  EXPECT_EQ(call.last_event<PeerStalled>()->peer, killed.id());
  call.pass(std::chrono::seconds(10));
  EXPECT_EQ(count<PeerStalled>(call.take_events()), 1U) << "told once";
  call.pass(std::chrono::seconds(3));
  EXPECT_EQ(call.last_event<PeerClosed>()->reason, "consent expired");
  EXPECT_EQ(call.node().peer_count(), 0U);
  EXPECT_EQ(call.node().room_count(), 0U);
}

TEST(Lifetime, AStalledClientThatIsHeardAgainIsConnectedAgain) {
  TestCall call;
  TestPeer& peer = call.join(kRoom);
  call.stop_checks();
  call.pass(std::chrono::seconds(4));
  ASSERT_TRUE(call.last_event<PeerStalled>());
  (void)call.take_events();
  call.say(peer, "I am back");
  EXPECT_EQ(call.last_event<PeerConnected>()->peer, peer.id());
  call.pass(std::chrono::seconds(4));
  EXPECT_TRUE(call.last_event<PeerStalled>());
}

TEST(Lifetime, AClientThatClosesDtlsIsGoneAtOnce) {
  TestCall call;
  TestPeer& peer = call.join(kRoom);
  PacketBatch batch(4096, 8);
  peer.close(batch);
  ASSERT_EQ(batch.entries().size(), 1U);
  const Bytes alert = batch.bytes(batch.entries()[0]);
  call.send(peer, {alert.begin(), alert.end()});
  EXPECT_EQ(call.last_event<PeerClosed>()->reason, "closed by peer");
  EXPECT_EQ(call.node().peer_count(), 0U);
}

TEST(Lifetime, ByeOfAnUplinkFreesItsChannel) {
  TestCall call;
  TestPeer& peer = call.join(kRoom);
  call.say(peer, "over and out");
  std::vector<std::uint8_t> compound(256);
  const Ssrc ssrc = peer.uplink_ssrc();
  std::size_t size = codecs::write_receiver_report(ssrc, {}, compound);
  size += codecs::write_bye(std::span(&ssrc, 1), MutableBytes(compound).subspan(size));
  call.send(peer, peer.make_rtcp(Bytes(compound).first(size)));
  EXPECT_EQ(call.last_event<TalkersChanged>()->channels, std::vector<PeerId>(5));
  call.say(peer, "one more thing");
  EXPECT_EQ(call.last_event<TalkersChanged>()->channels[0], peer.id());
}

TEST(Lifetime, AClientThatMovesToAnotherAddressIsServedThere) {
  TestCall call;
  TestPeer& listener = call.join(kRoom);
  TestPeer& talker = call.join(kRoom);
  Path elsewhere = listener.path();
  elsewhere.remote.port = 4000;
  listener.move_to(elsewhere);
  call.send(listener, listener.make_check());
  call.say(talker, "can you hear me there");
  EXPECT_EQ(listener.take_heard().size(), 1U);
}

TEST(Lifetime, AnEndedTcpConnectionIsForgottenAndARemovedPeersConnectionIsClosed) {
  TestCall call;
  Path tcp{.remote = {.address = *IpAddress::parse("192.0.2.9"), .port = 9}, .connection = 77};
  TestPeer& peer = call.join(kRoom, true, {.id = {}, .path = tcp});
  TestPeer& talker = call.join(kRoom);
  call.say(talker, "over TCP");
  EXPECT_EQ(peer.take_heard().size(), 1U);
  call.node().on_connection_closed(77, call.now(), call.outbox());
  call.deliver();
  call.say(talker, "to nobody");
  EXPECT_THAT(peer.take_heard(), IsEmpty());
  EXPECT_EQ(call.counters().listener_drops.of(Drop::listener_not_ready), 1U);

  tcp.connection = 78;
  peer.move_to(tcp);
  call.send(peer, peer.make_check());
  call.say(talker, "again");
  EXPECT_EQ(peer.take_heard().size(), 1U);
  call.command(RemovePeer{.peer = peer.id()});
  EXPECT_THAT(call.outbox().close_connections, ElementsAre(78U));
}

TEST(Lifetime, CloseTellsEverybodyAndForgetsEverything) {
  TestCall call;
  std::vector<TestPeer*> peers;
  for (int i = 0; i < 3; ++i) peers.push_back(&call.join(kRoom));
  call.node().close(call.now(), call.outbox());
  call.deliver();
  for (TestPeer* peer : peers) {
    const auto rtcp = peer->take_rtcp();
    ASSERT_EQ(rtcp.size(), 1U);
    EXPECT_EQ(rtcp[0].byes.size(), 4U);
  }
  EXPECT_EQ(count<PeerClosed>(call.take_events()), 3U);
  EXPECT_EQ(call.node().peer_count(), 0U);
  EXPECT_EQ(call.node().room_count(), 0U);
}

TEST(Lifetime, CommandsForUnknownPeersChangeNothing) {
  TestCall call;
  call.command(RemovePeer{.peer = PeerId{9}});
  call.command(JoinRoom{.peer = PeerId{9}, .room = kRoom, .may_send = true});
  call.command(LeaveRoom{.peer = PeerId{9}, .room = kRoom});
  EXPECT_EQ(call.node().room_count(), 0U);
  EXPECT_THAT(call.take_events(), IsEmpty());
}

}  // namespace
}  // namespace parley::sfu
