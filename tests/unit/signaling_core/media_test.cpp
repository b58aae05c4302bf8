// Media transports: asked of the node, told to the room, lost and found again.
#include <gtest/gtest.h>

#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using std::chrono::seconds;

api::Error::Code error_of(const api::ServerMessage& message) { return message.error().code(); }

TEST(Media, IsConnectedThroughTheNode) {
  Desk desk;
  desk.node_up();
  const auto ann = desk.in_room("Ann");
  const auto answer = desk.say(ann.connection, connect_message());
  EXPECT_EQ(answer.connected().transport_id(), 1U);
  EXPECT_EQ(answer.connected().candidates(0).address(), "192.0.2.1");
  EXPECT_EQ(answer.connected().uplink_ssrc(), 1234U);
  ASSERT_EQ(desk.node.peers.size(), 1U);
  EXPECT_EQ(desk.node.peers.begin()->second.rooms, std::set{kBridge});
  EXPECT_TRUE(desk.node.received[1].has_add_peer());
  EXPECT_EQ(desk.node.received[1].add_peer().home_room_id(), kBridge.value);
  const control::JoinRoom& join = desk.node.received[2].join_room();
  EXPECT_EQ(join.member_id(), ann.member);
  EXPECT_TRUE(join.rights().may_talk());
  EXPECT_EQ(join.policy().mode(), floor::OPEN);
}

TEST(Media, EntersTheRoomWhenItsMemberDoes) {
  Desk desk;
  desk.node_up();
  const auto ann = desk.signed_in("Ann");
  ASSERT_TRUE(desk.say(ann.connection, connect_message()).has_connected());
  EXPECT_TRUE(desk.node.peers.begin()->second.rooms.empty());
  desk.say(ann.connection, join_message());
  EXPECT_EQ(desk.node.peers.begin()->second.rooms, std::set{kBridge});
  desk.say(ann.connection, leave_message());
  EXPECT_TRUE(desk.node.peers.begin()->second.rooms.empty());
  EXPECT_EQ(desk.node.peers.size(), 1U) << "leaving a room does not touch the transport";
}

TEST(Media, IsShownToTheRoomWhenItFlows) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  const auto told = desk.take(ann.connection);
  EXPECT_EQ(told.back().member_changed().member().member_id(), ben.member);
  EXPECT_TRUE(told.back().member_changed().member().media_connected());
}

TEST(Media, IsNotShownAsGoneBecauseOfAStall) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.take(ann.connection);
  desk.set_peer(ben.peer, control::PeerState::STALLED);
  desk.set_peer(ben.peer, control::PeerState::CONNECTED);
  EXPECT_TRUE(desk.take(ann.connection).empty());
}

TEST(Media, IsReplacedByANewConnect) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto answer = desk.say(ann.connection, connect_message());
  EXPECT_EQ(answer.connected().transport_id(), 2U);
  ASSERT_EQ(desk.node.peers.size(), 1U);
  EXPECT_FALSE(desk.node.peers.contains(ann.peer));
}

TEST(Media, IsGivenUpByADisconnect) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.take(ann.connection);
  EXPECT_TRUE(desk.say(ben.connection, disconnect_message()).has_disconnected());
  EXPECT_FALSE(desk.node.peers.contains(ben.peer));
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].member_changed().member().media_connected());
  EXPECT_TRUE(desk.say(ben.connection, disconnect_message()).has_disconnected());
}

TEST(Media, IsUnavailableWithoutANode) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  EXPECT_EQ(error_of(desk.say(ann.connection, connect_message())), api::Error::NO_MEDIA_NODE);
  desk.node.version = 99;
  desk.node_up();
  EXPECT_TRUE(desk.node_link_closed) << "no common version";
  EXPECT_EQ(error_of(desk.say(ann.connection, connect_message())), api::Error::NO_MEDIA_NODE);
}

TEST(Media, IsUnavailableWhenTheNodeIsFull) {
  Desk desk;
  desk.node.max_peers = 1;
  desk.talking("Ann");
  const auto ben = desk.in_room("Ben");
  EXPECT_EQ(error_of(desk.say(ben.connection, connect_message())), api::Error::NO_MEDIA_NODE);
}

TEST(Media, IsRefusedWhenTheNodeRefuses) {
  Desk desk;
  desk.node_up();
  desk.node.refuses = true;
  const auto ann = desk.in_room("Ann");
  const auto answer = desk.say(ann.connection, connect_message());
  EXPECT_EQ(error_of(answer), api::Error::MEDIA_REFUSED);
  EXPECT_EQ(answer.error().message(), "This offer cannot be served.");
  desk.node.refuses = false;
  EXPECT_TRUE(desk.say(ann.connection, connect_message()).has_connected());
}

TEST(Media, IsRefusedWhenTheNodeDoesNotAnswer) {
  Desk desk;
  desk.node_up();
  desk.node.answers = false;
  const auto ann = desk.in_room("Ann");
  desk.take(ann.connection);
  desk.say(ann.connection, connect_message());
  EXPECT_TRUE(desk.take(ann.connection).empty());
  desk.advance(seconds(3));
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].request_id(), kRequest);
  EXPECT_EQ(error_of(told[0]), api::Error::MEDIA_REFUSED);
  EXPECT_TRUE(desk.node.peers.empty()) << "the node is told to forget it";
}

TEST(Media, IsUnavailableWhenTheNodeGoesAwayBeforeItAnswered) {
  Desk desk;
  desk.node_up();
  desk.node.answers = false;
  const auto ann = desk.in_room("Ann");
  desk.say(ann.connection, connect_message());
  desk.node_down();
  EXPECT_EQ(error_of(desk.take(ann.connection).back()), api::Error::NO_MEDIA_NODE);
  desk.node_up();
  EXPECT_TRUE(desk.node.peers.empty()) << "the peer nobody asks for any more is removed";
}

TEST(Media, IsAnsweredOnlyToTheNewestConnect) {
  Desk desk;
  desk.node_up();
  desk.node.answers = false;
  const auto ann = desk.in_room("Ann");
  desk.say(ann.connection, connect_message());
  desk.take(ann.connection);
  desk.node.answers = true;
  desk.say(ann.connection, connect_message());
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(error_of(told[0]), api::Error::MEDIA_REFUSED);
  EXPECT_TRUE(told[1].has_connected());
  EXPECT_EQ(desk.node.peers.size(), 1U);
}

TEST(Media, IsForgottenWhenNobodyWaitsForItAnyMore) {
  Desk desk;
  desk.node_up();
  desk.node.answers = false;
  const auto ann = desk.in_room("Ann");
  desk.say(ann.connection, connect_message());
  const control::ToNode request = desk.node.received.back();
  desk.close_connection(ann.connection);
  EXPECT_TRUE(desk.node.peers.empty());
  desk.node.answers = true;
  for (const auto& late : ScriptedNode{}.receive(request)) desk.from_node(late);
  EXPECT_FALSE(desk.resumed(ann).connection.is_none());
  EXPECT_TRUE(desk.node.peers.empty());
}

TEST(Media, IsToldToBeLostWhenTheNodeHasClosedIt) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  desk.take(ann.connection);
  desk.set_peer(ann.peer, control::PeerState::CLOSED);
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_FALSE(told[0].member_changed().member().media_connected());
  EXPECT_EQ(told[1].media_lost().transport_id(), 1U);
  EXPECT_EQ(desk.say(ann.connection, connect_message()).connected().transport_id(), 2U);
}

TEST(Media, IsStillThereForWhoResumesInTime) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  desk.close_connection(ann.connection);
  const ConnectionId connection = desk.greeted();
  EXPECT_EQ(desk.login(connection, *ann.device).session().transport_id(), 1U);
}

TEST(Media, IsToldToBeLostAtResumeWhenItWentMeanwhile) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  desk.close_connection(ann.connection);
  desk.set_peer(ann.peer, control::PeerState::CLOSED);
  const ConnectionId connection = desk.greeted();
  EXPECT_EQ(desk.login(connection, *ann.device).session().transport_id(), 0U);
}

TEST(Media, IsLostForEverybodyWhenTheNodeIsANewProcess) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.tell_talkers({ann.peer, PeerId{}});
  desk.node_down();
  desk.node.restart();
  desk.take(ann.connection);
  desk.take(ben.connection);
  desk.node_up();
  for (const auto& page : {ann, ben}) {
    int lost = 0;
    int silent = 0;
    for (const auto& message : desk.take(page.connection)) {
      lost += message.has_media_lost() ? 1 : 0;
      if (message.has_talkers()) silent += message.talkers().member_ids(0) == 0 ? 1 : 0;
    }
    EXPECT_EQ(lost, 1);
    EXPECT_EQ(silent, 1);
    EXPECT_TRUE(desk.say(page.connection, connect_message()).has_connected());
  }
  EXPECT_EQ(desk.node.peers.size(), 2U);
}

TEST(Media, IsNotTouchedWhenOnlyTheLinkWasAway) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  desk.node_down();
  desk.advance(seconds(2));
  desk.take(ann.connection);
  desk.node_up();
  EXPECT_TRUE(desk.take(ann.connection).empty());
  EXPECT_TRUE(desk.node.peers.contains(ann.peer));
}

TEST(Media, IsSetRightByTheSnapshot) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  const auto eve = desk.talking("Eve");
  desk.node_down();
  desk.say(ben.connection, leave_message());
  desk.node.peers.erase(ann.peer);                // lost while nobody could tell
  desk.node.peers[eve.peer].rooms = {RoomId{9}};  // in a room it should not be in
  desk.node.peers[PeerId{999}] = {};              // a stranger
  desk.take(ann.connection);
  desk.node_up();
  EXPECT_EQ(desk.take(ann.connection).back().media_lost().transport_id(), 1U);
  EXPECT_TRUE(desk.node.peers.at(ben.peer).rooms.empty());
  EXPECT_EQ(desk.node.peers.at(eve.peer).rooms, std::set{kBridge});
  EXPECT_FALSE(desk.node.peers.contains(PeerId{999}));
}

TEST(Media, DoesNotListenToANodeThatDidNotSayHello) {
  Desk desk;
  SignalingOutbox out;
  desk.core->on_node_up(desk.now, out);
  desk.from_node(desk.node.set_state(PeerId{1}, control::PeerState::CONNECTED));
  EXPECT_TRUE(desk.node_link_closed);
}

TEST(Media, ClosesTheLinkOfANodeThatSaysHelloTwice) {
  Desk desk;
  desk.node_up();
  desk.from_node(desk.node.greet()[0]);
  EXPECT_TRUE(desk.node_link_closed);
}

TEST(Media, KeepsTheLinkOfANodeThatAnswersPings) {
  Desk desk;
  desk.node_up();
  desk.advance(seconds(60));
  EXPECT_FALSE(desk.node_link_closed);
  EXPECT_TRUE(desk.node.received.back().has_ping());
}

TEST(Media, ClosesTheLinkOfANodeThatFellSilent) {
  Desk desk;
  desk.node_up();
  desk.advance(seconds(14));
  EXPECT_FALSE(desk.node_link_closed);
  // From here on nothing that the core sends reaches the node.
  const Timestamp end = desk.now.mono + seconds(20);
  while (desk.now.mono < end && !desk.node_link_closed) {
    desk.now.mono = desk.core->deadline();
    SignalingOutbox out;
    desk.core->tick(desk.now, out);
    desk.node_link_closed = out.close_node;
  }
  EXPECT_TRUE(desk.node_link_closed);
}

}  // namespace
}  // namespace parley::signaling
