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

ErrorCode code_of(const auto& result) { return result.error().code; }

TEST(Users, AreFoundByIdAndByName) {
  House house;
  const UserId anna = house.user("Anna");
  ASSERT_NE(house.directory.find(anna), nullptr);
  EXPECT_EQ(house.directory.find_user("Anna")->id, anna);
  EXPECT_EQ(house.directory.find_user("anna"), nullptr);
  EXPECT_EQ(house.directory.find(anna)->created, kMonday);
}

TEST(Users, NeedACleanNameOfTheirOwn) {
  House house;
  house.user("Anna");
  const auto create = [&](const std::string& name) {
    return house.run([&](Draft& draft) {
      return house.directory.create_user({.name = name}, house.actor(), draft);
    });
  };
  EXPECT_EQ(code_of(create("Anna")), ErrorCode::already_exists);
  EXPECT_EQ(code_of(create("")), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(create("a\nb")), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(create(std::string(65, 'a'))), ErrorCode::invalid_argument);
  EXPECT_TRUE(create(std::string(64, 'a')));
}

TEST(Users, EndAfterTheyBegin) {
  House house;
  const auto create = [&](Validity validity) {
    return house.run([&](Draft& draft) {
      return house.directory.create_user({.name = "Anna", .validity = validity}, house.actor(),
                                         draft);
    });
  };
  EXPECT_EQ(code_of(create({.from = kMonday, .until = kMonday})), ErrorCode::invalid_argument);
  EXPECT_TRUE(create({.from = kMonday, .until = kMonday + kHour}));
}

TEST(Users, GuestsHaveNoRightsOfTheirOwn) {
  House house;
  const auto create = house.run([&](Draft& draft) {
    return house.directory.create_user({.name = "Guest", .is_admin = true, .is_guest = true},
                                       house.actor(), draft);
  });
  EXPECT_EQ(code_of(create), ErrorCode::invalid_argument);
}

TEST(Users, AreAsManyAsTheyMayBe) {
  House house({.users = 2});
  house.user("Anna");
  house.user("Ben");
  const auto third = house.run([&](Draft& draft) {
    return house.directory.create_user({.name = "Cleo"}, house.actor(), draft);
  });
  EXPECT_EQ(code_of(third), ErrorCode::resource_exhausted);
}

TEST(Users, ChangeKeepsWhenTheyWereMade) {
  House house;
  User anna = *house.directory.find(house.user("Anna"));
  house.now += kHour;
  anna.name = "Anna B.";
  anna.created = house.now;
  ASSERT_TRUE(house.run(
      [&](Draft& draft) { return house.directory.change_user(anna, house.actor(), draft); }));
  EXPECT_EQ(house.directory.find(anna.id)->created, kMonday);
  EXPECT_EQ(house.directory.find_user("Anna"), nullptr);
  EXPECT_EQ(house.directory.find_user("Anna B.")->id, anna.id);
}

TEST(Users, AChangeThatChangesNothingIsNoEvent) {
  House house;
  const User anna = *house.directory.find(house.user("Anna"));
  house.events.clear();
  ASSERT_TRUE(house.run(
      [&](Draft& draft) { return house.directory.change_user(anna, house.actor(), draft); }));
  EXPECT_THAT(house.events, IsEmpty());
}

TEST(Users, TheLastAdministratorStays) {
  House house;
  User root = *house.directory.find(house.user("Root", {.is_admin = true}));
  const auto demote = [&] {
    User changed = root;
    changed.is_admin = false;
    return house.run(
        [&](Draft& draft) { return house.directory.change_user(changed, house.actor(), draft); });
  };
  const auto remove = [&] {
    return house.run(
        [&](Draft& draft) { return house.directory.remove_user(root.id, house.actor(), draft); });
  };
  EXPECT_EQ(code_of(demote()), ErrorCode::failed_precondition);
  EXPECT_EQ(code_of(remove()), ErrorCode::failed_precondition);
  // One whose time ends does not count.
  house.user("Temp", {.is_admin = true, .validity = {.until = kMonday + kHour}});
  EXPECT_EQ(code_of(remove()), ErrorCode::failed_precondition);
  house.user("Second", {.is_admin = true});
  EXPECT_TRUE(demote());
}

TEST(Users, ThatAreRemovedTakeEverythingAlong) {
  House house;
  const UserId anna = house.user("Anna");
  const RoomId room = house.room("Radio");
  const DeviceId phone = *house.enrol(house.link(anna), 1);
  ASSERT_TRUE(house.run([&](Draft& draft) {
    return house.directory.set_membership({.room = room, .user = anna}, house.actor(), draft);
  }));
  ASSERT_TRUE(house.run(
      [&](Draft& draft) { return house.directory.remove_user(anna, house.actor(), draft); }));
  EXPECT_EQ(house.directory.find(anna), nullptr);
  EXPECT_EQ(house.directory.find(phone), nullptr);
  EXPECT_THAT(house.directory.members_of(room), IsEmpty());
  const auto rows = house.rows();
  EXPECT_THAT(rows.at("users"), IsEmpty());
  EXPECT_THAT(rows.at("devices"), IsEmpty());
  EXPECT_THAT(rows.at("enrolments"), IsEmpty());
  EXPECT_THAT(rows.at("memberships"), IsEmpty());
}

TEST(Users, EveryChangeIsAnEvent) {
  House house;
  User anna = *house.directory.find(house.user("Anna"));
  const auto change = [&](auto what) {
    what(anna);
    ASSERT_TRUE(house.run(
        [&](Draft& draft) { return house.directory.change_user(anna, house.actor(), draft); }));
  };
  change([](User& user) { user.delegation = "Norway"; });
  change([](User& user) { user.is_disabled = true; });
  change([](User& user) { user.is_disabled = false; });
  ASSERT_TRUE(house.run(
      [&](Draft& draft) { return house.directory.remove_user(anna.id, house.actor(), draft); }));
  std::vector<EventKind> kinds;
  for (const Event& event : house.events) {
    EXPECT_EQ(event.user, anna.id);
    kinds.push_back(event.kind);
  }
  EXPECT_THAT(
      kinds, ElementsAre(EventKind::user_created, EventKind::user_changed, EventKind::user_disabled,
                         EventKind::user_enabled, EventKind::user_removed));
}

}  // namespace
}  // namespace parley::signaling
