#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/directory/house.hpp"

namespace parley::signaling {
namespace {

using test::House;
using test::kHour;
using test::kMonday;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Missions : public testing::Test {
 protected:
  Result<MissionId> create(const std::string& name, const std::vector<UserId>& users,
                           const std::vector<RoomId>& rooms) {
    const Mission wish{.name = name, .validity = {.until = house_.now + kHour}};
    return house_.run([&](Draft& draft) {
      return house_.directory.create_mission(wish, users, rooms, house_.actor(), draft);
    });
  }
  Result<std::vector<DeviceId>> end(MissionId mission) {
    return house_.run(
        [&](Draft& draft) { return house_.directory.end_mission(mission, house_.actor(), draft); });
  }
  Result<void> add(RoomId room, UserId user) {
    return house_.run([&](Draft& draft) {
      return house_.directory.set_membership({.room = room, .user = user}, house_.actor(), draft);
    });
  }
  [[nodiscard]] bool may_enter(UserId user, RoomId room) const {
    return house_.directory.may_enter(user, room, house_.now).has_value();
  }

  House house_;
  UserId anna_ = house_.user("Anna");
  UserId guest_ = house_.user("Guest", {.is_guest = true});
  RoomId north_ = house_.room("North");
  RoomId south_ = house_.room("South");
};

TEST_F(Missions, LetTheirPeopleIntoTheirRoomsForATime) {
  const MissionId mission = *create("Bridge", {anna_, guest_}, {north_, south_});
  EXPECT_EQ(house_.directory.find_mission("Bridge")->id, mission);
  EXPECT_THAT(house_.directory.rooms_of(mission), UnorderedElementsAre(north_, south_));
  EXPECT_EQ(house_.directory.members_of(mission).size(), 4U);
  EXPECT_TRUE(may_enter(guest_, south_));
  house_.now += kHour;
  EXPECT_FALSE(may_enter(guest_, south_));
}

TEST_F(Missions, EndAllAtOnce) {
  const DeviceId phone = *house_.enrol(house_.link(guest_), 1);
  const DeviceId lost = *house_.enrol(house_.link(guest_, true), 2);
  ASSERT_TRUE(house_.run(
      [&](Draft& draft) { return house_.directory.revoke_device(lost, house_.actor(), draft); }));
  const DeviceId desk = *house_.enrol(house_.link(anna_), 3);
  const MissionId mission = *create("Bridge", {anna_, guest_}, {north_});
  const auto revoked = end(mission);
  ASSERT_TRUE(revoked);
  EXPECT_THAT(*revoked, ElementsAre(phone));
  EXPECT_EQ(house_.directory.find(phone)->state, DeviceState::revoked);
  EXPECT_EQ(house_.directory.find(desk)->state, DeviceState::active);
  EXPECT_TRUE(house_.directory.find(north_)->is_locked);
  EXPECT_FALSE(house_.directory.find(south_)->is_locked);
  EXPECT_THAT(house_.directory.members_of(north_), IsEmpty());
  EXPECT_TRUE(house_.directory.find(mission)->is_ended);
  EXPECT_EQ(end(mission).error().code, ErrorCode::failed_precondition);
}

TEST_F(Missions, LeaveWhatWasThereBefore) {
  ASSERT_TRUE(add(north_, anna_));
  const MissionId mission = *create("Bridge", {anna_, guest_}, {north_, south_});
  ASSERT_TRUE(add(south_, guest_));  // now for good
  const DeviceId phone = *house_.enrol(house_.link(guest_), 1);
  EXPECT_THAT(*end(mission), IsEmpty());
  EXPECT_NE(house_.directory.find_membership(north_, anna_), nullptr);
  EXPECT_EQ(house_.directory.find_membership(south_, anna_), nullptr);
  EXPECT_NE(house_.directory.find_membership(south_, guest_), nullptr);
  EXPECT_EQ(house_.directory.find(phone)->state, DeviceState::active);
}

TEST_F(Missions, ThatCannotBeLeaveNothing) {
  EXPECT_EQ(create("", {anna_}, {north_}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(create("Bridge", {anna_, UserId{7}}, {north_}).error().code, ErrorCode::not_found);
  EXPECT_EQ(create("Bridge", {anna_}, {north_, RoomId{7}}).error().code, ErrorCode::not_found);
  EXPECT_THAT(house_.directory.members_of(north_), IsEmpty());
  EXPECT_THAT(house_.directory.missions(), IsEmpty());
  ASSERT_TRUE(create("Bridge", {}, {}));
  EXPECT_EQ(create("Bridge", {}, {}).error().code, ErrorCode::already_exists);
  EXPECT_EQ(end(MissionId{7}).error().code, ErrorCode::not_found);
}

TEST_F(Missions, SurviveTheRemovalOfTheirRoomsAndPeople) {
  const MissionId mission = *create("Bridge", {anna_, guest_}, {north_, south_});
  ASSERT_TRUE(house_.run(
      [&](Draft& draft) { return house_.directory.remove_room(north_, house_.actor(), draft); }));
  ASSERT_TRUE(house_.run(
      [&](Draft& draft) { return house_.directory.remove_user(guest_, house_.actor(), draft); }));
  EXPECT_THAT(house_.directory.rooms_of(mission), ElementsAre(south_));
  ASSERT_TRUE(end(mission));
  EXPECT_TRUE(house_.directory.find(south_)->is_locked);
}

TEST_F(Missions, AreAsManyAsTheyMayBe) {
  House house({.missions = 1});
  const auto create = [&](const std::string& name) {
    return house.run([&](Draft& draft) {
      return house.directory.create_mission({.name = name}, {}, {}, house.actor(), draft);
    });
  };
  ASSERT_TRUE(create("One"));
  EXPECT_EQ(create("Two").error().code, ErrorCode::resource_exhausted);
}

}  // namespace
}  // namespace parley::signaling
