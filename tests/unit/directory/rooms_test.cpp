#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/directory/house.hpp"

namespace parley::signaling {
namespace {

using test::House;
using test::kHour;
using test::kMonday;
using testing::ElementsAre;
using testing::IsEmpty;

class Rooms : public testing::Test {
 protected:
  Result<RoomId> create(RoomRecord wish) {
    return house_.run([&](Draft& draft) {
      return house_.directory.create_room(std::move(wish), house_.actor(), draft);
    });
  }
  Result<void> change(const RoomRecord& room) {
    return house_.run(
        [&](Draft& draft) { return house_.directory.change_room(room, house_.actor(), draft); });
  }
  Result<void> add(const MembershipRecord& membership) {
    return house_.run([&](Draft& draft) {
      return house_.directory.set_membership(membership, house_.actor(), draft);
    });
  }
  Result<void> drop(RoomId room, UserId user) {
    return house_.run([&](Draft& draft) {
      return house_.directory.remove_membership(room, user, house_.actor(), draft);
    });
  }
  [[nodiscard]] std::optional<ErrorCode> trouble(UserId user, RoomId room) const {
    const auto allowed = house_.directory.may_enter(user, room, house_.now);
    return allowed ? std::nullopt : std::optional(allowed.error().code);
  }
  [[nodiscard]] std::vector<RoomId> rooms_of(UserId user) const {
    std::vector<RoomId> rooms;
    for (const auto& membership : house_.directory.memberships_of(user)) {
      rooms.push_back(membership.room);
    }
    return rooms;
  }
  // As a device that was inside leaves them.
  void stay(DeviceId device, RoomId room) {
    Draft draft;
    house_.directory.put(Stay{.device = device, .room = room, .member = MemberId{1}}, draft);
  }

  House house_;
  UserId anna_ = house_.user("Anna");
  RoomId radio_ = house_.room("Radio");
};

TEST_F(Rooms, AreFoundByIdAndByName) {
  EXPECT_EQ(house_.directory.find(radio_)->name, "Radio");
  EXPECT_EQ(house_.directory.find_room("Radio")->id, radio_);
  EXPECT_EQ(house_.directory.find_room("Plenary"), nullptr);
}

TEST_F(Rooms, NeedANameOfTheirOwnAndSoundRules) {
  EXPECT_EQ(create({.name = "Radio"}).error().code, ErrorCode::already_exists);
  EXPECT_EQ(create({.name = ""}).error().code, ErrorCode::invalid_argument);
  RoomRecord crowded{.name = "Crowd"};
  crowded.policy.set_talkers(21);
  EXPECT_EQ(create(crowded).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(create({.name = "Past", .open = {.from = kMonday, .until = kMonday}}).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(Rooms, AreAsManyAsTheyMayBe) {
  House house({.rooms = 1});
  house.room("One");
  const auto second = house.run([&](Draft& draft) {
    return house.directory.create_room({.name = "Two"}, house.actor(), draft);
  });
  EXPECT_EQ(second.error().code, ErrorCode::resource_exhausted);
}

TEST_F(Rooms, ChangeOfRulesIsAnEventOfItsOwn) {
  house_.events.clear();
  RoomRecord room = *house_.directory.find(radio_);
  ASSERT_TRUE(change(room));
  room.cap = 5;
  ASSERT_TRUE(change(room));
  room.policy.set_mode(floor::PTT);
  ASSERT_TRUE(change(room));
  std::vector<EventKind> kinds;
  for (const Event& event : house_.events) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, ElementsAre(EventKind::room_changed, EventKind::policy_changed));
}

TEST_F(Rooms, ChangeNeitherTheirNumberingNorTakeANameOfAnother) {
  const auto count = [&] {
    return *house_.run([&](Draft& draft) { return house_.directory.next_member(radio_, draft); });
  };
  EXPECT_EQ(count(), MemberId{1});
  RoomRecord room = *house_.directory.find(radio_);
  room.next_member = 1;
  room.cap = 9;
  ASSERT_TRUE(change(room));
  EXPECT_EQ(count(), MemberId{2});
  house_.room("Plenary");
  room.name = "Plenary";
  EXPECT_EQ(change(room).error().code, ErrorCode::already_exists);
}

TEST_F(Rooms, EnterAsMembersOnly) {
  EXPECT_EQ(trouble(anna_, radio_), ErrorCode::not_found);
  ASSERT_TRUE(add({.room = radio_, .user = anna_}));
  EXPECT_EQ(trouble(anna_, radio_), std::nullopt);
  ASSERT_TRUE(drop(radio_, anna_));
  EXPECT_EQ(trouble(anna_, radio_), ErrorCode::not_found);
  EXPECT_EQ(drop(radio_, anna_).error().code, ErrorCode::not_found);
}

TEST_F(Rooms, EnterWithinTheTimeOfTheMembership) {
  const WallTime from = kMonday + kHour;
  ASSERT_TRUE(
      add({.room = radio_, .user = anna_, .validity = {.from = from, .until = from + kHour}}));
  EXPECT_EQ(trouble(anna_, radio_), ErrorCode::expired);
  EXPECT_EQ(house_.directory.next_change(house_.now), from);
  house_.now = from;
  EXPECT_EQ(trouble(anna_, radio_), std::nullopt);
  EXPECT_EQ(house_.directory.next_change(house_.now), from + kHour);
  house_.now = from + kHour;
  EXPECT_EQ(trouble(anna_, radio_), ErrorCode::expired);
  EXPECT_EQ(house_.directory.next_change(house_.now), std::nullopt);
}

TEST_F(Rooms, ThatAreClosedAreOpenToWhoLeadsThem) {
  RoomRecord room = *house_.directory.find(radio_);
  room.open.until = kMonday;
  ASSERT_TRUE(change(room));
  for (const auto& [role, expected] :
       {std::pair(floor::TALKER, std::optional(ErrorCode::expired)),
        std::pair(floor::INTERPRETER, std::optional(ErrorCode::expired)),
        std::pair(floor::CHAIR, std::optional<ErrorCode>()),
        std::pair(floor::DISPATCHER, std::optional<ErrorCode>())}) {
    ASSERT_TRUE(add({.room = radio_, .user = anna_, .rights = {.role = role}}));
    EXPECT_EQ(trouble(anna_, radio_), expected) << role;
  }
}

TEST_F(Rooms, ThatAreLockedLetNobodyIn) {
  ASSERT_TRUE(add({.room = radio_, .user = anna_, .rights = {.role = floor::CHAIR}}));
  RoomRecord room = *house_.directory.find(radio_);
  room.is_locked = true;
  ASSERT_TRUE(change(room));
  EXPECT_EQ(trouble(anna_, radio_), ErrorCode::failed_precondition);
}

TEST_F(Rooms, StandInTheOrderTheyWereGiven) {
  std::vector<RoomId> given;
  for (int i = 0; i < 8; ++i) {
    given.push_back(house_.room("Room " + std::to_string(i)));
    ASSERT_TRUE(add({.room = given.back(), .user = anna_, .place = 3}));
  }
  EXPECT_EQ(rooms_of(anna_), given);
  // Whoever is changed stays where he was; whoever comes back comes last.
  ASSERT_TRUE(add({.room = given[2], .user = anna_, .rights = {.role = floor::CHAIR}}));
  EXPECT_EQ(rooms_of(anna_), given);
  ASSERT_TRUE(drop(given[3], anna_));
  ASSERT_TRUE(add({.room = given[3], .user = anna_}));
  std::rotate(given.begin() + 3, given.begin() + 4, given.end());
  EXPECT_EQ(rooms_of(anna_), given);
}

TEST_F(Rooms, AMembershipThatStaysTheSameIsNoEvent) {
  ASSERT_TRUE(add({.room = radio_, .user = anna_}));
  house_.events.clear();
  ASSERT_TRUE(add({.room = radio_, .user = anna_, .place = 7}));
  EXPECT_THAT(house_.events, IsEmpty());
}

TEST_F(Rooms, MembershipsAreBounded) {
  House house({.memberships_per_user = 1, .members_per_room = 1});
  const UserId anna = house.user("Anna");
  const UserId ben = house.user("Ben");
  const RoomId one = house.room("One");
  const RoomId two = house.room("Two");
  const auto add = [&](RoomId room, UserId user) {
    return house.run([&](Draft& draft) {
      return house.directory.set_membership({.room = room, .user = user}, house.actor(), draft);
    });
  };
  ASSERT_TRUE(add(one, anna));
  EXPECT_EQ(house.directory.member_count(one), 1U);
  EXPECT_EQ(add(two, anna).error().code, ErrorCode::resource_exhausted);
  EXPECT_EQ(add(one, ben).error().code, ErrorCode::resource_exhausted);
  EXPECT_TRUE(add(two, ben));
}

TEST_F(Rooms, ThatAreRemovedTakeEverythingAlong) {
  const DeviceId phone = *house_.enrol(house_.link(anna_), 1);
  ASSERT_TRUE(add({.room = radio_, .user = anna_}));
  stay(phone, radio_);
  ASSERT_TRUE(house_.run(
      [&](Draft& draft) { return house_.directory.remove_room(radio_, house_.actor(), draft); }));
  EXPECT_EQ(house_.directory.find_room("Radio"), nullptr);
  EXPECT_THAT(rooms_of(anna_), IsEmpty());
  EXPECT_THAT(house_.directory.stays_of(phone), IsEmpty());
  EXPECT_EQ(house_.directory.member_count(radio_), 0U);
  EXPECT_THAT(house_.rows().at("rooms"), IsEmpty());
  EXPECT_THAT(house_.rows().at("memberships"), IsEmpty());
}

TEST_F(Rooms, ForgetTheStayOfWhoIsNoMemberAnyMore) {
  const DeviceId phone = *house_.enrol(house_.link(anna_), 1);
  const RoomId plenary = house_.room("Plenary");
  for (const RoomId room : {radio_, plenary}) {
    ASSERT_TRUE(add({.room = room, .user = anna_}));
    stay(phone, room);
  }
  ASSERT_TRUE(drop(radio_, anna_));
  ASSERT_EQ(house_.directory.stays_of(phone).size(), 1U);
  EXPECT_EQ(house_.directory.stays_of(phone).front().room, plenary);
}

}  // namespace
}  // namespace parley::signaling
