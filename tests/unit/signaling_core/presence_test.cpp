// Who is shown as being there, when signaling or media or both are gone.
#include <gtest/gtest.h>

#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Whether `page` was told that `member` is gone for this reason.
bool saw_leave(Desk& desk, const Desk::Page& page, const Desk::Page& member,
               api::MemberLeft::Reason reason = api::MemberLeft::LOST) {
  for (const auto& message : desk.take(page.connection)) {
    if (!message.has_member_left()) continue;
    EXPECT_EQ(message.member_left().reason(), reason);
    return message.member_left().member_id() == member.member;
  }
  return false;
}

// Time passes, and this page pings as a real one does.
void advance_alive(Desk& desk, const Desk::Page& page, Duration by) {
  for (Duration done{}; done < by; done += seconds(1)) {
    desk.advance(std::min<Duration>(seconds(1), by - done));
    desk.say(page.connection, ping_message());
  }
}

TEST(Presence, OfAKilledPageEndsWithinFiveSeconds) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.close_connection(ben.connection);
  desk.advance(milliseconds(3500));  // the latest moment at which the node tells of the silence
  desk.set_peer(ben.peer, control::PeerState::STALLED);
  EXPECT_FALSE(saw_leave(desk, ann, ben));
  desk.advance(milliseconds(1000));
  EXPECT_TRUE(saw_leave(desk, ann, ben)) << "4.5 s after the kill";
  EXPECT_FALSE(desk.node.peers.contains(ben.peer));
  EXPECT_EQ(desk.core->counters().members, 1U);
}

TEST(Presence, OfACrashedPageWhoseMediaSaidGoodbyeEndsAfterTheGrace) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.close_connection(ben.connection);
  desk.set_peer(ben.peer, control::PeerState::CLOSED);
  desk.advance(seconds(4) - Duration(1));
  EXPECT_FALSE(saw_leave(desk, ann, ben));
  desk.advance(Duration(1));
  EXPECT_TRUE(saw_leave(desk, ann, ben));
}

TEST(Presence, LastsAsLongAsMediaFlowsWithoutSignaling) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.take(ann.connection);
  desk.close_connection(ben.connection);
  advance_alive(desk, ann, minutes(10));
  EXPECT_FALSE(saw_leave(desk, ann, ben));
  EXPECT_FALSE(desk.resumed(ben).connection.is_none());
}

TEST(Presence, SurvivesAShortStallWithoutSignaling) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.kill(ben);
  desk.advance(milliseconds(500));
  desk.set_peer(ben.peer, control::PeerState::CONNECTED);
  desk.advance(seconds(20));
  EXPECT_FALSE(saw_leave(desk, ann, ben));
}

TEST(Presence, LastsAsLongAsThereIsSignalingWithoutMedia) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  const auto ben = desk.in_room("Ben");
  for (int i = 0; i < 5; ++i) {
    advance_alive(desk, ann, seconds(20));
    desk.say(ben.connection, ping_message());
  }
  EXPECT_FALSE(saw_leave(desk, ann, ben));
}

TEST(Presence, IsNotInterruptedByAReload) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  const auto ben = desk.in_room("Ben");
  desk.take(ann.connection);
  desk.close_connection(ben.connection);
  desk.advance(seconds(3));
  const auto back = desk.resumed(ben);
  EXPECT_TRUE(desk.say(back.connection, join_message()).has_joined());
  advance_alive(desk, ann, seconds(10));
  EXPECT_TRUE(std::ranges::none_of(desk.take(ann.connection), [](const auto& message) {
    return message.has_member_left() || message.has_member_joined();
  }));
}

TEST(Presence, CanComeBackAfterItEnded) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.kill(ben);
  desk.advance(seconds(5));
  ASSERT_TRUE(saw_leave(desk, ann, ben));
  const auto back = desk.resumed(ben);
  EXPECT_EQ(desk.say(back.connection, leave_message()).error().code(), api::Error::NOT_A_MEMBER);
  EXPECT_EQ(desk.say(back.connection, join_message()).joined().own_member_id(), ben.member);
  EXPECT_TRUE(desk.take(ann.connection).back().has_member_joined());
  EXPECT_TRUE(desk.say(back.connection, connect_message()).has_connected());
}

TEST(Presence, IsTrustedForAWhileWhenTheNodeIsAway) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.close_connection(ben.connection);
  desk.node_down();
  advance_alive(desk, ann, seconds(13));
  EXPECT_FALSE(saw_leave(desk, ann, ben));
  advance_alive(desk, ann, seconds(1));
  EXPECT_TRUE(saw_leave(desk, ann, ben)) << "10 s of trust and the grace";
}

TEST(Presence, IsConfirmedWhenTheNodeComesBackInTime) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.close_connection(ben.connection);
  desk.node_down();
  advance_alive(desk, ann, seconds(12));
  desk.node_up();
  advance_alive(desk, ann, seconds(60));
  EXPECT_FALSE(saw_leave(desk, ann, ben));
}

TEST(Presence, OfSomebodyInATunnelEndsWhenBothAreGone) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  // Nothing arrives and nothing says goodbye: media stalls, consent ends, the socket falls idle.
  advance_alive(desk, ann, seconds(3));
  desk.set_peer(ben.peer, control::PeerState::STALLED);
  advance_alive(desk, ann, seconds(12));
  desk.set_peer(ben.peer, control::PeerState::CLOSED);
  advance_alive(desk, ann, seconds(14));
  EXPECT_FALSE(saw_leave(desk, ann, ben));
  advance_alive(desk, ann, seconds(5));
  EXPECT_TRUE(saw_leave(desk, ann, ben)) << "idle limit and grace";
}

}  // namespace
}  // namespace parley::signaling
