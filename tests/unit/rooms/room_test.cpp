#include "signaling/rooms/room.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::signaling {
namespace {

using testing::ElementsAre;

Member member(std::uint64_t id) {
  return {.id = MemberId{id}, .device = DeviceId{id + 100}, .user = UserId{id}, .name = "Ann"};
}

TEST(Room, HoldsItsMembersUntilTheyLeave) {
  Room room(RoomId{1}, "Bridge");
  ASSERT_TRUE(room.join(member(1), 10));
  ASSERT_NE(room.find(MemberId{1}), nullptr);
  EXPECT_EQ(room.find(MemberId{2}), nullptr);
  EXPECT_TRUE(room.leave(MemberId{1}));
  EXPECT_FALSE(room.leave(MemberId{1}));
  EXPECT_TRUE(room.members().empty());
}

TEST(Room, RefusesOneMemberMoreThanItsLimit) {
  Room room(RoomId{1}, "Bridge");
  ASSERT_TRUE(room.join(member(1), 2));
  ASSERT_TRUE(room.join(member(2), 2));
  EXPECT_EQ(room.join(member(3), 2).error().code, ErrorCode::resource_exhausted);
}

TEST(Room, RefusesTheSameMemberTwice) {
  Room room(RoomId{1}, "Bridge");
  ASSERT_TRUE(room.join(member(1), 2));
  EXPECT_EQ(room.join(member(1), 2).error().code, ErrorCode::already_exists);
}

TEST(Room, TellsOnlyChangesOfTalkers) {
  Room room(RoomId{1}, "Bridge");
  ASSERT_TRUE(room.join(member(1), 2));
  EXPECT_TRUE(room.set_talkers({MemberId{1}, MemberId{}}));
  EXPECT_FALSE(room.set_talkers({MemberId{1}, MemberId{}}));
}

TEST(Room, HearsNoStrangers) {
  Room room(RoomId{1}, "Bridge");
  ASSERT_TRUE(room.join(member(1), 2));
  room.set_talkers({MemberId{9}, MemberId{1}});
  EXPECT_THAT(room.talkers(), ElementsAre(MemberId{}, MemberId{1}));
}

TEST(Room, FreesTheChannelOfWhoLeaves) {
  Room room(RoomId{1}, "Bridge");
  ASSERT_TRUE(room.join(member(1), 2));
  room.set_talkers({MemberId{1}, MemberId{}});
  room.leave(MemberId{1});
  EXPECT_THAT(room.talkers(), ElementsAre(MemberId{}, MemberId{}));
}

TEST(Room, TellsOnlyChangesOfItsRules) {
  Room room(RoomId{1}, "Bridge");
  floor::Policy policy;
  EXPECT_FALSE(room.set_policy(policy)) << "an open room to begin with";
  policy.set_talk_limit_ms(0);
  EXPECT_TRUE(room.set_policy(policy)) << "0 is not the default";
  EXPECT_FALSE(room.set_policy(policy));
}

}  // namespace
}  // namespace parley::signaling
