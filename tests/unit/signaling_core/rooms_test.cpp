// One session in several rooms: each with its own member number, rights, slots and audience.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class SeveralRooms : public testing::Test {
 protected:
  // The JoinRooms that the node was sent since the last call, and forgets everything else.
  std::vector<control::JoinRoom> take_joins() {
    std::vector<control::JoinRoom> joins;
    for (const control::ToNode& message : desk_.take_from_node()) {
      if (message.has_join_room()) joins.push_back(message.join_room());
    }
    return joins;
  }
  api::Joined join(const Desk::Page& page, RoomId room, std::uint32_t first_slot = 0,
                   std::uint32_t slots = 0) {
    return desk_.say(page.connection, join_message(room, first_slot, slots)).joined();
  }

  Desk desk_;
};

TEST_F(SeveralRooms, AreAllToldWithTheSessionInTheirOrder) {
  const auto guest = desk_.guest_of({{.room = kRadio}, {.room = kBridge}});
  const auto session = desk_.login(desk_.greeted(), *guest.device).session();
  ASSERT_EQ(session.rooms_size(), 2);
  EXPECT_EQ(session.rooms(0).room_id(), kRadio.value);
  EXPECT_EQ(session.rooms(0).name(), "Radio");
  EXPECT_EQ(session.rooms(1).name(), "Bridge");
}

TEST_F(SeveralRooms, TellTheirOwnMembersOnly) {
  const auto ann = desk_.in_room("Ann");
  const auto guest = desk_.guest_of_both();
  desk_.take(ann.connection);
  join(guest, kRadio);
  EXPECT_TRUE(desk_.take(ann.connection).empty());
  const api::Joined joined = join(guest, kBridge);
  EXPECT_EQ(joined.own_member_id(), 2U) << "Ann has number 1 here";
  EXPECT_THAT(desk_.take(ann.connection), SizeIs(1));
  EXPECT_EQ(desk_.core->counters().members, 3U);
  desk_.say(guest.connection, leave_message(kRadio));
  EXPECT_TRUE(desk_.take(ann.connection).empty());
  EXPECT_EQ(desk_.core->counters().members, 2U);
}

TEST_F(SeveralRooms, ShowRoleAndDelegation) {
  const MemberRights rights{
      .role = floor::CHAIR, .may_talk = true, .max_tier = floor::COMMAND, .max_level = 7};
  const ConnectionId chair =
      desk_.guest_of({{.room = kRadio, .rights = rights}, {.room = kBridge}}, "Norway").connection;
  const api::Joined joined = desk_.say(chair, join_message(kRadio)).joined();
  EXPECT_EQ(joined.policy().mode(), floor::PTT);
  EXPECT_EQ(joined.own_rights().role(), floor::CHAIR);
  EXPECT_TRUE(joined.own_rights().may_talk());
  EXPECT_EQ(joined.own_rights().max_tier(), floor::COMMAND);
  EXPECT_EQ(joined.own_rights().max_level(), 7U);
  EXPECT_EQ(joined.own_rights().delegation(), "Norway");
  EXPECT_EQ(joined.members(0).role(), floor::CHAIR);
  EXPECT_EQ(joined.members(0).delegation(), "Norway");
  EXPECT_EQ(desk_.say(chair, join_message(kBridge)).joined().own_rights().role(), floor::TALKER);
}

TEST_F(SeveralRooms, AreAllEnteredOnTheNodeWhenMediaComes) {
  auto guest = desk_.guest_of_both();
  join(guest, kBridge, 0, 4);
  join(guest, kRadio, 4, 2);
  desk_.node_up();
  desk_.take_from_node();
  desk_.connect_media(guest);
  const auto joins = take_joins();
  ASSERT_THAT(joins, SizeIs(2));
  EXPECT_EQ(joins[0].room_id(), kBridge.value);
  EXPECT_EQ(joins[0].slots(), 4U);
  EXPECT_EQ(joins[1].room_id(), kRadio.value);
  EXPECT_EQ(joins[1].first_slot(), 4U);
  EXPECT_EQ(joins[1].slots(), 2U);
  EXPECT_EQ(joins[1].policy().mode(), floor::PTT);
}

TEST_F(SeveralRooms, MoveToOtherSlotsByJoiningAgain) {
  desk_.node_up();
  const auto guest = desk_.guest_of_both();
  join(guest, kRadio, 0, 2);
  take_joins();
  join(guest, kRadio, 0, 2);
  EXPECT_TRUE(take_joins().empty()) << "nothing changed";
  join(guest, kRadio, 2, 3);
  const auto joins = take_joins();
  ASSERT_THAT(joins, SizeIs(1));
  EXPECT_EQ(joins[0].first_slot(), 2U);
  EXPECT_EQ(joins[0].slots(), 3U);
}

TEST_F(SeveralRooms, HaveNoMoreSlotsThanATransport) {
  const auto guest = desk_.guest_of_both();
  EXPECT_EQ(join(guest, kRadio, 18, 2).own_member_id(), 1U);
  const auto answer = desk_.say(guest.connection, join_message(kRadio, 18, 3));
  EXPECT_EQ(answer.error().code(), api::Error::LIMIT_EXCEEDED);
}

TEST_F(SeveralRooms, AreLeftTogetherByWhoIsLost) {
  desk_.node_up();
  const auto ann = desk_.talking("Ann");
  const auto guest = desk_.guest_of_both();
  join(guest, kBridge);
  join(guest, kRadio);
  desk_.take(ann.connection);
  desk_.kill(guest);
  desk_.advance(desk_.config.presence_grace);
  const auto told = desk_.take(ann.connection);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().member_left().reason(), api::MemberLeft::LOST);
  EXPECT_EQ(desk_.core->counters().members, 1U);
  EXPECT_FALSE(desk_.node.peers.contains(guest.peer));
}

TEST_F(SeveralRooms, ShowMutingAndMediaInEachOfThem) {
  desk_.node_up();
  const auto ann = desk_.talking("Ann");
  const auto other = desk_.guest_of_both();
  join(other, kRadio);
  const auto guest = desk_.guest_of_both();
  join(guest, kBridge);
  join(guest, kRadio);
  for (const auto& page : {ann, other, guest}) desk_.take(page.connection);
  EXPECT_TRUE(desk_.say(guest.connection, mute_message(true)).has_member_changed());
  const auto own = desk_.take(guest.connection);
  ASSERT_THAT(own, SizeIs(2)) << "one answer, and a notification of the other room";
  EXPECT_EQ(own[0].member_changed().room_id(), kBridge.value);
  EXPECT_EQ(own[1].member_changed().room_id(), kRadio.value);
  EXPECT_EQ(own[1].request_id(), 0U);
  EXPECT_TRUE(desk_.take(ann.connection).at(0).member_changed().member().muted());
  EXPECT_TRUE(desk_.take(other.connection).at(0).member_changed().member().muted());
  desk_.say(guest.connection, disconnect_message());
  for (const auto& page : {ann, other}) {
    EXPECT_FALSE(desk_.take(page.connection).at(0).member_changed().member().media_connected());
  }
}

TEST_F(SeveralRooms, ShowARaisedHandInTheRoomItIsRaisedIn) {
  const auto ann = desk_.in_room("Ann");
  const auto guest = desk_.guest_of_both();
  join(guest, kBridge);
  join(guest, kRadio);
  desk_.take(ann.connection);
  const auto answer = desk_.say(guest.connection, hand_message(true, kBridge));
  EXPECT_TRUE(answer.member_changed().member().hand_raised());
  EXPECT_TRUE(desk_.take(ann.connection).at(0).member_changed().member().hand_raised());
  desk_.say(guest.connection, hand_message(true, kRadio));
  EXPECT_TRUE(desk_.take(ann.connection).empty());
  desk_.say(guest.connection, leave_message(kBridge));
  EXPECT_FALSE(join(guest, kBridge).members(1).hand_raised()) << "leaving lowers it";
  EXPECT_EQ(desk_.say(guest.connection, hand_message(true, RoomId{404})).error().code(),
            api::Error::ROOM_UNKNOWN);
  desk_.say(guest.connection, leave_message(kRadio));
  EXPECT_EQ(desk_.say(guest.connection, hand_message(true, kRadio)).error().code(),
            api::Error::NOT_A_MEMBER);
}

TEST_F(SeveralRooms, ShowWhoIsHeardInEachByItsOwnNumbers) {
  desk_.node_up();
  const auto ann = desk_.talking("Ann");
  const auto guest = desk_.guest_of_both();
  const std::uint32_t in_radio = join(guest, kRadio).own_member_id();
  const std::uint32_t in_bridge = join(guest, kBridge).own_member_id();
  ASSERT_NE(in_radio, in_bridge);
  desk_.take(guest.connection);
  desk_.tell_talkers({guest.peer, ann.peer}, kRadio);
  desk_.tell_talkers({guest.peer, ann.peer}, kBridge);
  const auto told = desk_.take(guest.connection);
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_THAT(told[0].talkers().member_ids(), ElementsAre(in_radio, 0U)) << "Ann is not there";
  EXPECT_THAT(told[1].talkers().member_ids(), ElementsAre(in_bridge, ann.member));
}

TEST_F(SeveralRooms, AreEnteredAgainOnANodeWhoseLinkComesBack) {
  desk_.node_up();
  const auto guest = desk_.guest_of_both();
  join(guest, kBridge, 0, 4);
  join(guest, kRadio, 4, 2);
  desk_.node_down();
  desk_.say(guest.connection, leave_message(kBridge));
  desk_.take_from_node();
  desk_.node_up();
  const auto joins = take_joins();
  ASSERT_THAT(joins, SizeIs(1)) << "also rooms that the node knows: rights and slots may differ";
  EXPECT_EQ(joins[0].room_id(), kRadio.value);
  EXPECT_EQ(joins[0].first_slot(), 4U);
  EXPECT_EQ(desk_.node.peers.at(guest.peer).rooms, std::set{kRadio});
}

// ---- the talk room
// --------------------------------------------------------------------------------

class TalkRoom : public SeveralRooms {
 protected:
  // The last room the node was told to be the talk room; none: it was told of none.
  RoomId take_told() {
    RoomId room;
    for (const control::ToNode& message : desk_.take_from_node()) {
      if (message.has_set_talk_room()) room = RoomId{message.set_talk_room().room_id()};
    }
    return room;
  }
};

TEST_F(TalkRoom, IsTheFirstThatIsEntered) {
  desk_.node_up();
  const auto guest = desk_.guest_of_both();
  EXPECT_TRUE(take_told().is_none());
  join(guest, kRadio);
  EXPECT_EQ(take_told(), kRadio);
  join(guest, kBridge);
  EXPECT_TRUE(take_told().is_none());
}

TEST_F(TalkRoom, IsNoRoomInWhichOneMayOnlyListen) {
  desk_.node_up();
  const MemberRights listener{.role = floor::LISTENER, .may_talk = false};
  const auto guest = desk_.guest_of({{.room = kRadio, .rights = listener}, {.room = kBridge}});
  join(guest, kRadio);
  EXPECT_TRUE(take_told().is_none());
  EXPECT_EQ(desk_.say(guest.connection, talk_room_message(kRadio)).error().code(),
            api::Error::WRONG_STATE);
  join(guest, kBridge);
  EXPECT_EQ(take_told(), kBridge);
  desk_.say(guest.connection, leave_message(kBridge));
  EXPECT_TRUE(take_told().is_none());
}

TEST_F(TalkRoom, IsWhereTheMemberPutsIt) {
  desk_.node_up();
  const auto guest = desk_.guest_of_both();
  join(guest, kRadio);
  EXPECT_EQ(desk_.say(guest.connection, talk_room_message(kBridge)).error().code(),
            api::Error::NOT_A_MEMBER);
  join(guest, kBridge);
  take_told();
  desk_.say(guest.connection, talk_room_message(kBridge));
  EXPECT_EQ(take_told(), kBridge);
}

TEST_F(TalkRoom, IsConfirmedWhenTheNodeHasCarriedItOut) {
  desk_.node_up();
  const auto guest = desk_.guest_of_both();
  join(guest, kRadio);
  join(guest, kBridge);
  api::ClientMessage change = talk_room_message(kBridge);
  change.mutable_set_talk_room()->set_change_id(5);
  change.mutable_set_talk_room()->set_first_timestamp(960);
  take_told();
  (void)desk_.take(guest.connection);
  EXPECT_EQ(desk_.say(guest.connection, change).body_case(), api::ServerMessage::BODY_NOT_SET);
  const control::SetTalkRoom asked = desk_.take_from_node().at(0).set_talk_room();
  EXPECT_EQ(asked.change_id(), 5U);
  EXPECT_EQ(asked.first_timestamp(), 960U);
  control::FromNode set;
  set.mutable_talk_room_set()->set_peer_id(asked.peer_id());
  set.mutable_talk_room_set()->set_room_id(asked.room_id());
  set.mutable_talk_room_set()->set_change_id(4);
  desk_.from_node(set);
  EXPECT_TRUE(desk_.take(guest.connection).empty()) << "of an earlier change";
  set.mutable_talk_room_set()->set_change_id(5);
  desk_.from_node(set);
  const auto told = desk_.take(guest.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].talk_room_set().room_id(), kBridge.value);
  EXPECT_EQ(told[0].talk_room_set().change_id(), 5U);
}

TEST_F(TalkRoom, IsAskedForAgainWhenTheNodeIsBack) {
  desk_.node_up();
  const auto guest = desk_.guest_of_both();
  join(guest, kRadio);
  join(guest, kBridge);
  desk_.node_down();
  api::ClientMessage change = talk_room_message(kBridge);
  change.mutable_set_talk_room()->set_change_id(5);
  desk_.say(guest.connection, change);
  desk_.node_up();
  std::uint32_t asked = 0;
  for (const control::ToNode& message : desk_.take_from_node()) {
    if (message.has_set_talk_room()) asked = message.set_talk_room().change_id();
  }
  EXPECT_EQ(asked, 5U);
}

TEST_F(TalkRoom, IsConfirmedAtOnceWithoutATransport) {
  const auto guest = desk_.guest_of_both();
  join(guest, kRadio);
  join(guest, kBridge);
  api::ClientMessage change = talk_room_message(kBridge);
  change.mutable_set_talk_room()->set_change_id(5);
  (void)desk_.take(guest.connection);
  desk_.say(guest.connection, change);
  const auto told = desk_.take(guest.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].talk_room_set().change_id(), 5U);
}

TEST_F(TalkRoom, IsToldToANodeThatComesUp) {
  auto guest = desk_.guest_of_both();
  join(guest, kRadio);
  join(guest, kBridge);
  desk_.say(guest.connection, talk_room_message(kBridge));
  desk_.node_up();
  desk_.connect_media(guest);
  EXPECT_EQ(take_told(), kBridge) << "with the transport";
  desk_.node_down();
  desk_.node_up();
  EXPECT_EQ(take_told(), kBridge) << "with the link";
}

TEST_F(TalkRoom, IsNoneUntilTheMemberChoosesWhenItIsLeft) {
  desk_.node_up();
  const auto guest = desk_.guest_of_both();
  join(guest, kRadio);
  join(guest, kBridge);
  take_told();
  desk_.say(guest.connection, leave_message(kRadio));
  EXPECT_TRUE(take_told().is_none()) << "what was said there may come yet";
  desk_.say(guest.connection, talk_room_message(kBridge));
  EXPECT_EQ(take_told(), kBridge);
  desk_.say(guest.connection, leave_message(kBridge));
  EXPECT_TRUE(take_told().is_none());
  join(guest, kRadio);
  EXPECT_EQ(take_told(), kRadio);
}

TEST_F(TalkRoom, FollowsAPressAsOnTheNode) {
  floor::Policy dual;
  dual.set_mode(floor::DUAL);
  const RoomId command = desk_.make_room("Command", dual);
  desk_.node_up();
  const auto guest = desk_.guest_of({{.room = kBridge}, {.room = kRadio}, {.room = command}});
  for (const RoomId room : {kRadio, kBridge, command}) join(guest, room);
  desk_.say(guest.connection, press_message(1, command));
  take_told();
  desk_.node_down();
  desk_.node_up();
  EXPECT_EQ(take_told(), command) << "a burst there must not be cut";
  // An open microphone is not taken along: the node denies such a press.
  desk_.say(guest.connection, talk_room_message(kBridge));
  desk_.say(guest.connection, press_message(2, kRadio));
  desk_.node_down();
  desk_.node_up();
  EXPECT_EQ(take_told(), kBridge);
}

}  // namespace
}  // namespace parley::signaling
