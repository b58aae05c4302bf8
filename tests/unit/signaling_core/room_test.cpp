// Joining, leaving, muting, and what the others are told.
#include <gtest/gtest.h>

#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

api::Error::Code error_of(const api::ServerMessage& message) { return message.error().code(); }

TEST(Room, ShowsItselfToWhoeverJoins) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  desk.say(ann.connection, mute_message(true));
  desk.tell_talkers({ann.peer, PeerId{}});
  const auto ben = desk.signed_in("Ben");
  const api::ServerMessage answer = desk.say(ben.connection, join_message());
  const api::Joined& joined = answer.joined();
  EXPECT_EQ(joined.room().name(), "Bridge");
  ASSERT_EQ(joined.members_size(), 2);
  EXPECT_EQ(joined.members(0).name(), "Ann");
  EXPECT_TRUE(joined.members(0).muted());
  EXPECT_TRUE(joined.members(0).media_connected());
  EXPECT_EQ(joined.members(1).member_id(), joined.own_member_id());
  EXPECT_FALSE(joined.members(1).media_connected());
  ASSERT_EQ(joined.talkers().member_ids_size(), 2);
  EXPECT_EQ(joined.talkers().member_ids(0), ann.member);
}

TEST(Room, TellsTheOthersWhoJoined) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  desk.take(ann.connection);
  const auto ben = desk.in_room("Ben");
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].request_id(), 0U);
  EXPECT_EQ(told[0].member_joined().room_id(), kBridge.value);
  EXPECT_EQ(told[0].member_joined().member().member_id(), ben.member);
  EXPECT_EQ(told[0].member_joined().member().name(), "Ben");
}

TEST(Room, TellsNobodyWhenSomebodyJoinsTwice) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  const auto ben = desk.in_room("Ben");
  desk.take(ann.connection);
  EXPECT_TRUE(desk.say(ben.connection, join_message()).has_joined());
  EXPECT_TRUE(desk.take(ann.connection).empty());
  EXPECT_EQ(desk.core->counters().members, 2U);
}

TEST(Room, IsKnownOnlyToWhoWasInvited) {
  Desk desk;
  const RoomId attic = desk.make_room("Attic");
  const auto ann = desk.signed_in("Ann");
  EXPECT_EQ(error_of(desk.say(ann.connection, join_message(attic))), api::Error::ROOM_UNKNOWN);
  EXPECT_EQ(error_of(desk.say(ann.connection, join_message(RoomId{0}))), api::Error::ROOM_UNKNOWN);
  EXPECT_EQ(error_of(desk.say(ann.connection, leave_message(attic))), api::Error::ROOM_UNKNOWN);
}

TEST(Room, RefusesOneMemberMoreThanItsLimit) {
  Desk desk({.max_room_members = 2});
  const auto ann = desk.in_room("Ann");
  desk.in_room("Ben");
  const auto eve = desk.signed_in("Eve");
  EXPECT_EQ(error_of(desk.say(eve.connection, join_message())), api::Error::ROOM_FULL);
  desk.say(ann.connection, leave_message());
  EXPECT_TRUE(desk.say(eve.connection, join_message()).has_joined());
}

TEST(Room, TellsTheOthersWhoLeft) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  const auto ben = desk.in_room("Ben");
  desk.take(ann.connection);
  EXPECT_EQ(desk.say(ben.connection, leave_message()).left().room_id(), kBridge.value);
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].member_left().member_id(), ben.member);
  EXPECT_EQ(told[0].member_left().reason(), api::MemberLeft::LEFT);
  EXPECT_EQ(error_of(desk.say(ben.connection, leave_message())), api::Error::NOT_A_MEMBER);
  EXPECT_EQ(error_of(desk.say(ben.connection, mute_message(true))), api::Error::NOT_A_MEMBER);
}

TEST(Room, MayBeJoinedAgainUnderTheSameNumber) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  desk.say(ann.connection, leave_message());
  EXPECT_EQ(desk.say(ann.connection, join_message()).joined().own_member_id(), ann.member);
}

TEST(Room, ShowsWhoMutedThemselves) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  const auto ben = desk.in_room("Ben");
  desk.take(ann.connection);
  const auto answer = desk.say(ben.connection, mute_message(true));
  EXPECT_TRUE(answer.member_changed().member().muted());
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].member_changed().member().member_id(), ben.member);
  EXPECT_TRUE(told[0].member_changed().member().muted());
}

TEST(Room, HearsNothingOfOtherRooms) {
  Desk desk;
  const RoomId attic = desk.make_room("Attic");
  const auto ann = desk.talking("Ann");
  const ConnectionId eve = desk.signed_in("Eve", attic).connection;
  desk.say(eve, join_message(attic));
  desk.take(ann.connection);
  desk.take(eve);
  desk.say(ann.connection, mute_message(true));
  desk.tell_talkers({ann.peer});
  EXPECT_TRUE(desk.take(eve).empty());
  desk.tell_talkers({ann.peer}, attic);
  EXPECT_EQ(desk.take(eve).size(), 1U);
  // A stranger's peer in a room's channel is nobody there.
  EXPECT_EQ(desk.say(eve, join_message(attic)).joined().talkers().member_ids(0), 0U);
}

TEST(Room, TellsWhoIsHeard) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.take(ann.connection);
  desk.take(ben.connection);
  desk.tell_talkers({PeerId{}, ben.peer, PeerId{999}});
  for (const auto& page : {ann, ben}) {
    const auto told = desk.take(page.connection);
    ASSERT_EQ(told.size(), 1U);
    const auto& ids = told[0].talkers().member_ids();
    EXPECT_EQ(std::vector<std::uint32_t>(ids.begin(), ids.end()),
              (std::vector<std::uint32_t>{0, ben.member, 0}));
  }
  desk.tell_talkers({PeerId{}, ben.peer, PeerId{}});
  EXPECT_TRUE(desk.take(ann.connection).empty()) << "nothing changed";
  desk.tell_talkers({ben.peer}, RoomId{404});
}

TEST(Room, FreesTheChannelOfWhoLeaves) {
  Desk desk;
  const auto ann = desk.talking("Ann");
  const auto ben = desk.talking("Ben");
  desk.tell_talkers({ben.peer, PeerId{}});
  desk.take(ann.connection);
  desk.say(ben.connection, leave_message());
  const auto told = desk.take(ann.connection);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[0].has_member_left());
  EXPECT_EQ(told[1].talkers().member_ids(0), 0U);
}

}  // namespace
}  // namespace parley::signaling
