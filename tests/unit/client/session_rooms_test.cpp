#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/session.hpp"
#include "tests/unit/client/session_script.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::events_of;

TEST(SessionRooms, JoinsEveryRoomInSlotsOfItsOwn) {
  Script script;
  script.reach_joining({7, 8, 9});
  EXPECT_EQ(script.sent().join().slots(), 4U);
  EXPECT_TRUE(std::holds_alternative<RoomEntered>(script.joined(7, floor::OPEN)));
  EXPECT_FALSE(script.session.is_joined());
  const api::Join second = script.sent().join();
  EXPECT_EQ(second.room_id(), 8U);
  EXPECT_EQ(second.first_slot(), 4U);
  const std::uint32_t asked = 4;  // hello, login, two joins
  script.joined_as(asked, 8, floor::PTT);
  const api::Join narrowed = script.sent().join();
  EXPECT_EQ(narrowed.room_id(), 8U);
  EXPECT_EQ(narrowed.slots(), 2U) << "a radio room needs two, and a room follows";
  const api::Join last = script.sent().join();
  EXPECT_EQ(last.room_id(), 9U);
  EXPECT_EQ(last.first_slot(), 6U);
  EXPECT_EQ(last.slots(), 6U) << "the last room has all that are left";
  script.joined(9, floor::CHAIRED);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(script.session.room_ids(), (std::vector<std::uint64_t>{7, 8, 9}));
  EXPECT_EQ(script.session.room_of_slot(3), 7U);
  EXPECT_EQ(script.session.room_of_slot(5), 8U);
  EXPECT_EQ(script.session.room_of_slot(11), 9U);
  EXPECT_EQ(script.session.room_of_slot(12), 0U);
}

TEST(SessionRooms, JoinsOnlyTheRoomsOfTheGivenNames) {
  Script script("credential", {"9", "8"});
  script.reach_joining({7, 8, 9});
  EXPECT_EQ(script.sent().join().room_id(), 8U);
  script.joined(8);
  script.joined(9);
  EXPECT_TRUE(script.session.is_joined());
}

TEST(SessionRooms, ARoomOfAnUnknownNameIsASentence) {
  Script script("credential", {"Nowhere"});
  script.session.on_open(at(0s), script.out);
  script.welcome();
  script.sign_in();
  EXPECT_THAT(events_of<ServerRefused>(script.out).at(0).error.message(),
              testing::HasSubstr("of that name"));
}

TEST(SessionRooms, RoomsForWhichNoSlotIsLeftAreSkipped) {
  Script script("credential", {}, 4);
  script.reach_joining({7, 8});
  script.joined(7, floor::OPEN);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(events_of<RoomSkipped>(script.out).at(0).room.room_id(), 8U);
}

TEST(SessionRooms, ARoomThatRefusesIsDoneWithoutWhereThereAreOthers) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7, floor::OPEN);
  script.error(api::Error::ROOM_FULL, 4);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(script.session.room_ids(), std::vector<std::uint64_t>{7});
  EXPECT_EQ(events_of<RoomSkipped>(script.out).at(0).room.room_id(), 8U);
  EXPECT_TRUE(events_of<ServerRefused>(script.out).empty());
}

TEST(SessionRooms, TheOnlyRoomThatRefusesEndsTheSession) {
  Script script;
  script.reach_joining({7});
  script.error(api::Error::ROOM_FULL, 3);
  EXPECT_EQ(events_of<ServerRefused>(script.out).at(0).error.code(), api::Error::ROOM_FULL);
}

TEST(SessionRooms, NewsOfARoomChangeThatRoomOnly) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  script.out.events.clear();
  api::ServerMessage message;
  message.mutable_member_joined()->set_room_id(8);
  message.mutable_member_joined()->mutable_member()->set_member_id(5);
  script.answer(message);
  EXPECT_TRUE(script.session.room(7).members().empty());
  EXPECT_EQ(script.session.room(8).members().size(), 1U);
  EXPECT_EQ(events_of<RoomChanged>(script.out).at(0).room_id, 8U);
  message.mutable_member_joined()->set_room_id(99);
  script.answer(message);
  EXPECT_EQ(events_of<RoomChanged>(script.out).size(), 1U);
}

TEST(SessionRooms, ARoomThatTheServerTakesAwayIsGone) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  api::ServerMessage message;
  message.mutable_left()->set_room_id(7);
  EXPECT_THAT(std::get<RoomsGone>(script.answer(message)).room_ids, testing::ElementsAre(7U));
  EXPECT_EQ(script.session.room_ids(), std::vector<std::uint64_t>{8});
}

TEST(SessionRooms, ASessionWithoutARoomIsRefusedWithASentence) {
  Script script;
  script.session.on_open(at(0s), script.out);
  script.welcome();
  api::ServerMessage message;
  Script::fill(message);
  script.answer(message);
  EXPECT_THAT(events_of<ServerRefused>(script.out).at(0).error.message(),
              testing::HasSubstr("no room"));
}

TEST(SessionRooms, OneThatTheUserMayNoLongerEnterIsGone) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  const SessionOrder order = script.change_rooms({8});
  EXPECT_THAT(std::get<RoomsGone>(order).room_ids, testing::ElementsAre(7U));
  EXPECT_EQ(script.session.room_ids(), std::vector<std::uint64_t>{8});
  EXPECT_TRUE(script.is_silent());
}

TEST(SessionRooms, WhoIsToldThatHeHimselfHasLeftIsOutOnce) {
  Script script;
  script.reach_room();
  api::ServerMessage message;
  message.mutable_member_left()->set_room_id(kRoom);
  message.mutable_member_left()->set_member_id(2);
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(script.answer(message)));
  message.mutable_member_left()->set_member_id(1);
  message.mutable_member_left()->set_reason(api::MemberLeft::REMOVED);
  EXPECT_THAT(std::get<RoomsGone>(script.answer(message)).room_ids, testing::ElementsAre(kRoom));
  EXPECT_TRUE(script.session.room_ids().empty());
  EXPECT_THAT(std::get<RoomsGone>(script.change_rooms({})).room_ids, testing::IsEmpty());
  EXPECT_FALSE(script.session.has_ended());
}

TEST(SessionRooms, ANewOneIsJoinedInSlotsThatTheLastOneGivesUp) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  script.change_rooms({7, 8, 9});
  const api::ClientMessage narrowed = script.sent();
  EXPECT_EQ(narrowed.join().room_id(), 8U) << "7 stays where it is";
  EXPECT_EQ(narrowed.join().first_slot(), 4U);
  EXPECT_EQ(narrowed.join().slots(), 4U);
  EXPECT_TRUE(script.is_silent());
  script.joined_as(narrowed.request_id(), 8, floor::OPEN);
  const api::ClientMessage fresh = script.sent();
  EXPECT_EQ(fresh.join().room_id(), 9U);
  EXPECT_EQ(fresh.join().first_slot(), 8U);
  EXPECT_EQ(fresh.join().slots(), 4U);
  script.joined_as(fresh.request_id(), 9, floor::OPEN);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(script.session.room_ids(), (std::vector<std::uint64_t>{7, 8, 9}));
}

TEST(SessionRooms, ANewOneTakesTheSlotsOfOneThatIsGone) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  script.change_rooms({8, 9});
  EXPECT_EQ(script.sent().join().first_slot(), 0U);
  script.joined(8);
  EXPECT_EQ(script.sent().join().first_slot(), 4U);
}

TEST(SessionRooms, ANewOneThatComesWhileOthersAreJoinedIsJoinedAfterThem) {
  Script script;
  script.reach_joining({7});
  EXPECT_EQ(script.sent().join().slots(), 12U);
  script.change_rooms({7, 8});
  EXPECT_TRUE(script.is_silent());
  script.joined_as(3, 7, floor::OPEN);
  const api::Join narrowed = script.sent().join();
  EXPECT_EQ(narrowed.room_id(), 7U);
  EXPECT_EQ(narrowed.slots(), 4U);
  const api::Join fresh = script.sent().join();
  EXPECT_EQ(fresh.room_id(), 8U);
  EXPECT_EQ(fresh.first_slot(), 4U);
}

TEST(SessionRooms, OneThatGoesWhileItIsBeingJoinedAndComesBackIsJoinedOnce) {
  Script script;
  script.reach_joining({7});
  script.change_rooms({});
  script.change_rooms({7});
  script.joined_as(3, 7, floor::OPEN);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(script.session.room_ids(), std::vector<std::uint64_t>{7});
}

TEST(SessionRooms, ANewOneOfAnotherNameIsLeftAlone) {
  Script script("credential", {"7"});
  script.reach_joining({7});
  script.joined(7);
  EXPECT_TRUE(std::get<RoomsGone>(script.change_rooms({7, 8})).room_ids.empty());
  EXPECT_TRUE(script.is_silent());
}

TEST(SessionRooms, ANewOneThatRefusesDoesNotEndTheSession) {
  Script script;
  script.reach_room();
  script.change_rooms({});
  script.change_rooms({9});
  const std::uint32_t asked = script.sent().request_id();
  script.error(api::Error::ROOM_LOCKED, asked);
  EXPECT_EQ(events_of<RoomSkipped>(script.out).at(0).room.room_id(), 9U);
  EXPECT_TRUE(events_of<ServerRefused>(script.out).empty());
  EXPECT_TRUE(script.session.is_joined());
}

TEST(SessionRooms, WithoutARoomNoMediaIsAskedForUntilOneComes) {
  Script script;
  script.reach_room();
  script.change_rooms({});
  EXPECT_FALSE(script.session.wants_transport(at(0s).mono));
  EXPECT_GT(script.session.deadline(), at(0s).mono);
  script.change_rooms({9});
  script.joined(9);
  EXPECT_TRUE(script.session.wants_transport(at(0s).mono));
}

TEST(SessionRooms, OneThatIsMissingAfterAReconnectIsGone) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  script.session.on_closed(script.out);
  script.greet();
  api::ServerMessage message;
  Script::fill(message);
  message.mutable_session()->add_rooms()->set_room_id(8);
  message.mutable_session()->mutable_rooms(0)->set_name("8");
  EXPECT_THAT(std::get<RoomsGone>(script.answer(message)).room_ids, testing::ElementsAre(7U));
}

}  // namespace
}  // namespace parley::client
