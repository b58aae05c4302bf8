// A peer lives as long as signaling says so.
#include <gtest/gtest.h>

#include "tests/support/floor_call.hpp"

namespace parley::sfu {
namespace {

using control::FromNode;
using control::PeerState;
using control::ToNode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FloorCall;
using test::TestCall;
using test::TestPeer;

constexpr RoomId kRoom{7};

// The promise is 30 s, and no more than one second beyond.
void expect_to_end_after(TestCall& call, const TestPeer& peer, Duration lease) {
  (void)call.take_events();
  const std::uint64_t ended = call.counters().leases_ended;
  call.pass(lease - milliseconds(1));
  EXPECT_EQ(call.node().peer_count(), 1U) << "1 ms before the end";
  EXPECT_FALSE(call.last_event<PeerClosed>());
  call.pass(milliseconds(1));
  EXPECT_EQ(call.node().peer_count(), 0U) << "at the end";
  ASSERT_TRUE(call.last_event<PeerClosed>());
  EXPECT_EQ(call.last_event<PeerClosed>()->peer, peer.id());
  EXPECT_EQ(call.last_event<PeerClosed>()->reason, "lease");
  EXPECT_EQ(call.counters().leases_ended, ended + 1);
  call.pass(milliseconds(1));
  EXPECT_EQ(call.counters().leases_ended, ended + 1) << "1 ms after the end";
}

TEST(Leases, EndThirtySecondsAfterThePeerWasAdded) {
  TestCall call;
  call.stop_renewals();
  TestPeer& peer = call.make_peer();
  call.add(peer);
  ASSERT_TRUE(call.connect(peer));
  expect_to_end_after(call, peer, seconds(30));
}

TEST(Leases, LiveThirtySecondsFromEachRenewal) {
  TestCall call;
  call.stop_renewals();
  TestPeer& peer = call.join(kRoom);
  for (const Duration wait : {Duration(seconds(10)), Duration(seconds(30) - milliseconds(1))}) {
    call.pass(wait);
    call.command(RenewLeases{.peers = {peer.id()}});
  }
  expect_to_end_after(call, peer, seconds(30));
}

TEST(Leases, AreRenewedByNothingElse) {
  TestCall call;
  call.stop_renewals();
  TestPeer& talker = call.join(kRoom);
  TestPeer& renewed = call.join(kRoom);
  for (int second = 0; second < 29; ++second) {
    call.pass(seconds(1));
    call.say(talker, "still here");
    call.command(JoinRoom{.peer = talker.id(), .room = kRoom, .may_send = true});
    call.command(RenewLeases{.peers = {renewed.id()}});
  }
  call.pass(seconds(1));
  EXPECT_EQ(call.last_event<PeerClosed>()->peer, talker.id());
  EXPECT_EQ(call.node().peer_count(), 1U);
}

TEST(Leases, EndWithAGoodbye) {
  TestCall call;
  call.stop_renewals();
  TestPeer& peer = call.join(kRoom);
  (void)peer.take_rtcp();
  call.pass(seconds(30) - milliseconds(1));
  (void)peer.take_rtcp();
  call.pass(milliseconds(1));
  const auto rtcp = peer.take_rtcp();
  ASSERT_EQ(rtcp.size(), 1U);
  EXPECT_EQ(rtcp[0].byes, peer.answer()->slot_ssrcs);
  EXPECT_EQ(call.node().room_count(), 0U);
}

TEST(Leases, OfPeersThatAreGoneAreNoMatter) {
  TestCall call;
  TestPeer& peer = call.join(kRoom);
  call.command(RemovePeer{.peer = peer.id()});
  call.command(RenewLeases{.peers = {peer.id(), PeerId{99}}});
  EXPECT_EQ(call.node().peer_count(), 0U);
  call.pass(std::chrono::minutes(1));
  EXPECT_EQ(call.node().deadline(), kNever);
  EXPECT_EQ(call.counters().leases_ended, 0U);
}

TEST(Leases, RunOutWhileTheLinkIsDown) {
  FloorCall call;
  call.call().stop_renewals();
  TestPeer& talker = call.join(kRoom, {.mode = floor::OPEN});
  TestPeer& listener = call.join(kRoom, {.mode = floor::OPEN});
  call.set_link(false);
  call.pass(seconds(29));
  call.say(talker, "media needs no signaling");
  EXPECT_EQ(FloorCall::words_heard(listener).size(), 1U);
  (void)call.take_messages();
  call.pass(seconds(1));
  std::size_t closed = 0;
  for (const FromNode& message : call.take_messages()) {
    if (!message.has_peer_state() || message.peer_state().state() != PeerState::CLOSED) continue;
    EXPECT_EQ(message.peer_state().reason(), "lease");
    ++closed;
  }
  EXPECT_EQ(closed, 2U);
  EXPECT_EQ(call.switchboard().peer_count(), 0U);
}

TEST(Leases, AreRenewedBySignaling) {
  FloorCall call(2, 1, 1);
  call.call().stop_renewals();
  TestPeer& one = call.join(kRoom);
  TestPeer& two = call.join(kRoom);
  ASSERT_NE(one.worker(), two.worker());
  ToNode renew;
  renew.mutable_renew_leases()->add_peer_ids(one.id().value);
  renew.mutable_renew_leases()->add_peer_ids(99);  // has ended meanwhile
  renew.mutable_renew_leases()->add_peer_ids(two.id().value);
  for (int i = 0; i < 12; ++i) {
    call.pass(seconds(10));
    call.control(renew);
  }
  EXPECT_EQ(call.switchboard().peer_count(), 2U);
}

}  // namespace
}  // namespace parley::sfu
