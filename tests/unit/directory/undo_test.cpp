// A change that could not be stored leaves no trace: whatever was done, undone, is as it was.
#include <gtest/gtest.h>

#include "signaling/directory/rows.hpp"
#include "tests/unit/directory/house.hpp"

namespace parley::signaling {
namespace {

using test::House;
using test::kHour;

// Everything a directory answers, as rows.
std::vector<Row> everything(const Directory& directory) {
  std::vector<Row> all;
  for (const auto& [id, user] : directory.users()) all.push_back(to_row(user));
  for (const auto& [id, device] : directory.devices()) all.push_back(to_row(device));
  for (const auto& [id, room] : directory.rooms()) all.push_back(to_row(room));
  for (const auto& [id, mission] : directory.missions()) {
    all.push_back(to_row(mission));
    for (const RoomId room : directory.rooms_of(id)) all.push_back(to_row(std::pair(id, room)));
  }
  for (const auto& [id, membership] : directory.memberships()) all.push_back(to_row(membership));
  for (const auto& [id, session] : directory.sessions()) all.push_back(to_row(session));
  for (const auto& [id, device] : directory.devices()) {
    for (const Stay& stay : directory.stays_of(id)) all.push_back(to_row(stay));
  }
  const auto& hash = directory.last_hash();
  all.push_back(
      {static_cast<std::int64_t>(directory.last_event()), Blob(hash.begin(), hash.end())});
  return all;
}

// A house in which every table has something.
class Undo : public testing::Test {
 protected:
  Undo() {
    Draft draft;
    Directory& directory = house_.directory;
    for (const RoomId room : {north_, south_}) {
      EXPECT_TRUE(directory.set_membership({.room = room, .user = guest_}, house_.actor(), draft));
    }
    EXPECT_TRUE(directory.create_mission({.name = "Bridge"}, {anna_, guest_}, {north_, south_},
                                         house_.actor(), draft));
    directory.put(SessionRecord{.device = phone_, .transport_id = 3}, draft);
    directory.put(Stay{.device = phone_, .room = north_, .member = MemberId{1}}, draft);
  }

  void expect_undone(auto act) {
    const auto before = everything(house_.directory);
    Draft draft;
    act(house_.directory, house_.actor(), draft);
    EXPECT_NE(everything(house_.directory), before) << "it changed nothing";
    EXPECT_FALSE(draft.is_empty());
    house_.directory.undo(draft);
    EXPECT_TRUE(draft.is_empty());
    EXPECT_EQ(everything(house_.directory), before);
  }

  House house_;
  UserId anna_ = house_.user("Anna");
  UserId guest_ = house_.user("Guest", {.is_guest = true});
  RoomId north_ = house_.room("North");
  RoomId south_ = house_.room("South");
  DeviceId phone_ = *house_.enrol(house_.link(anna_), 1);
  std::string link_ = house_.link(guest_);
};

TEST_F(Undo, OfUsers) {
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    EXPECT_TRUE(directory.create_user({.name = "Ben"}, actor, draft));
    EXPECT_TRUE(directory.remove_user(anna_, actor, draft));
    EXPECT_TRUE(directory.create_user({.name = "Anna"}, actor, draft));
  });
  EXPECT_EQ(house_.directory.find_user("Anna")->id, anna_);
  EXPECT_EQ(house_.directory.find_user("Ben"), nullptr);
  EXPECT_EQ(house_.directory.find_device(KeyFingerprint{1})->id, phone_);
}

TEST_F(Undo, OfAName) {
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    User anna = *directory.find(anna_);
    anna.name = "Anna B.";
    EXPECT_TRUE(directory.change_user(anna, actor, draft));
  });
  EXPECT_EQ(house_.directory.find_user("Anna")->id, anna_);
  EXPECT_EQ(house_.directory.find_user("Anna B."), nullptr);
}

TEST_F(Undo, OfAnEnrolmentLeavesTheLink) {
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    EXPECT_TRUE(directory.enrol(link_, {.label = "desk", .key = KeyFingerprint{2}}, actor, draft));
  });
  EXPECT_EQ(house_.directory.find_device(KeyFingerprint{2}), nullptr);
  EXPECT_TRUE(house_.enrol(link_, 2));
}

TEST_F(Undo, OfALinkForgetsIt) {
  std::string link;
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    link = *directory.create_enrolment(anna_, {.until = actor.now + kHour}, actor, draft);
  });
  EXPECT_EQ(house_.enrol(link, 2).error().code, ErrorCode::unauthenticated);
}

TEST_F(Undo, OfDevices) {
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    EXPECT_TRUE(directory.renew(phone_, actor.now + kHour, 7, actor, draft));
    EXPECT_TRUE(directory.revoke_device(phone_, actor, draft));
  });
}

TEST_F(Undo, OfRoomsAndMembers) {
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    EXPECT_TRUE(directory.next_member(south_, draft));
    EXPECT_TRUE(directory.remove_membership(south_, guest_, actor, draft));
    EXPECT_TRUE(directory.set_membership({.room = south_, .user = guest_}, actor, draft));
    EXPECT_TRUE(directory.remove_room(north_, actor, draft));
  });
  EXPECT_EQ(house_.directory.member_count(north_), 2U);
  EXPECT_EQ(house_.directory.find_room("North")->id, north_);
}

TEST_F(Undo, OfMissions) {
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    const MissionId bridge = directory.find_mission("Bridge")->id;
    EXPECT_TRUE(directory.end_mission(bridge, actor, draft));
    EXPECT_TRUE(directory.create_mission({.name = "Next"}, {anna_}, {north_}, actor, draft));
  });
  EXPECT_EQ(house_.directory.find_mission("Next"), nullptr);
}

TEST_F(Undo, OfSessions) {
  expect_undone([&](Directory& directory, const Actor& actor, Draft& draft) {
    directory.put(Stay{.device = phone_, .room = south_, .member = MemberId{2}}, draft);
    directory.remove_stay(phone_, north_, draft);
    directory.remove_session(phone_, draft);
    directory.record({.kind = EventKind::logout}, actor, draft);
  });
}

TEST_F(Undo, OfSeveralDraftsGoesBackwards) {
  const auto before = everything(house_.directory);
  Draft first;
  Draft second;
  const auto ben = house_.directory.create_user({.name = "Ben"}, house_.actor(), first);
  EXPECT_TRUE(house_.directory.remove_user(*ben, house_.actor(), second));
  house_.directory.undo(second);
  house_.directory.undo(first);
  EXPECT_EQ(everything(house_.directory), before);
}

}  // namespace
}  // namespace parley::signaling
