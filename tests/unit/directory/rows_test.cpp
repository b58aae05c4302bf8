#include "signaling/directory/rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/directory/house.hpp"

namespace parley::signaling {
namespace {

using test::House;
using test::kHour;
using test::kMonday;

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

// Whether the row has the columns of the table, each of its type.
void expect_fits(const Row& row, const Table& table) {
  ASSERT_EQ(row.size(), table.columns.size()) << table.name;
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_EQ(row[i].index(), static_cast<std::size_t>(table.columns[i].type))
        << table.name << "." << table.columns[i].name;
  }
}

// Goes through a row and comes out the same.
template <class Record, class Read>
void expect_same(const Record& record, const Table& table, Read read) {
  const Row row = to_row(record);
  expect_fits(row, table);
  const auto back = read(row);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_row(*back), row) << table.name;
}

User some_user() {
  return {.id = UserId{kLargest},
          .name = "Änna",
          .delegation = "Norway",
          .is_admin = true,
          .may_create_rooms = true,
          .is_disabled = true,
          .validity = {.from = kMonday, .until = kMonday + kHour},
          .created = kMonday};
}

RoomRecord some_room() {
  RoomRecord room{.id = RoomId{kLargest},
                  .name = "Radio",
                  .open = {.until = kMonday},
                  .cap = 7,
                  .is_locked = true,
                  .has_lobby = true,
                  .next_member = std::numeric_limits<std::uint32_t>::max()};
  room.policy.set_mode(floor::PTT);
  room.policy.set_talk_limit_ms(0);
  return room;
}

MembershipRecord some_membership() {
  return {.room = RoomId{1},
          .user = UserId{2},
          .rights = {.role = floor::OBSERVER,
                     .may_talk = false,
                     .max_tier = floor::PERIL,
                     .max_level = kMaxLevel},
          .place = std::numeric_limits<std::uint32_t>::max(),
          .validity = {.from = kMonday},
          .mission = MissionId{kLargest}};
}

TEST(Rows, KeepPeopleAndDevices) {
  expect_same(some_user(), tables::kUsers, user_from);
  EXPECT_EQ(*user_from(to_row(some_user())), some_user());
  const Device device{.id = DeviceId{1},
                      .user = UserId{kLargest},
                      .label = "phone",
                      .state = DeviceState::revoked,
                      .key = KeyFingerprint{1, 2},
                      .public_key = std::string("\0\xff", 2),
                      .enrolled = kMonday,
                      .credential_until = kMonday + kHour,
                      .credential_serial = kLargest};
  expect_same(device, tables::kDevices, device_from);
  EXPECT_EQ(*device_from(to_row(device)), device);
  const Enrolment enrolment{.id = EnrolmentId{9},
                            .user = UserId{1},
                            .until = kMonday,
                            .is_approved = true,
                            .chooses_name = true,
                            .used_by = DeviceId{4}};
  expect_same(enrolment, tables::kEnrolments, enrolment_from);
  EXPECT_EQ(*enrolment_from(to_row(enrolment)), enrolment);
}

TEST(Rows, KeepRoomsAndWhatLeadsToThem) {
  expect_same(some_room(), tables::kRooms, room_from);
  const RoomRecord room = *room_from(to_row(some_room()));
  EXPECT_EQ(room.policy.mode(), floor::PTT);
  EXPECT_TRUE(room.policy.has_talk_limit_ms());
  EXPECT_EQ(room.next_member, some_room().next_member);
  expect_same(some_membership(), tables::kMemberships, membership_from);
  EXPECT_EQ(*membership_from(to_row(some_membership())), some_membership());
  const Mission mission{
      .id = MissionId{3}, .name = "Bridge", .validity = {.from = kMonday}, .is_ended = true};
  expect_same(mission, tables::kMissions, mission_from);
  EXPECT_EQ(*mission_from(to_row(mission)), mission);
  expect_same(std::pair(MissionId{3}, RoomId{kLargest}), tables::kMissionRooms, mission_room_from);
}

TEST(Rows, KeepSessionsAndEvents) {
  const SessionRecord session{.device = DeviceId{1},
                              .transport_id = 4'000'000'000,
                              .peer = PeerId{kLargest},
                              .talk_room = RoomId{5},
                              .muted = true};
  expect_same(session, tables::kSessions, session_from);
  const Stay stay{.device = DeviceId{1},
                  .room = RoomId{2},
                  .member = MemberId{3},
                  .is_inside = true,
                  .first_slot = 4,
                  .slots = 5,
                  .hand_raised = true};
  expect_same(stay, tables::kStays, stay_from);
  EXPECT_EQ(*stay_from(to_row(stay)), stay);
  const StoredEvent event{.event = {.number = 1,
                                    .at = kMonday,
                                    .kind = EventKind::exported,
                                    .actor = DeviceId{kLargest},
                                    .user = UserId{2},
                                    .device = DeviceId{3},
                                    .room = RoomId{4},
                                    .mission = MissionId{5},
                                    .code = 6,
                                    .detail = "door"},
                          .hash = EventHash{7}};
  expect_same(event, tables::kEvents, event_from);
}

template <class Read>
void expect_damaged(Row row, std::size_t column, Value value, Read read) {
  row[column] = std::move(value);
  const auto back = read(row);
  ASSERT_FALSE(back) << "column " << column;
  EXPECT_EQ(back.error().code, ErrorCode::invalid_argument);
}

TEST(Rows, ThatCannotBeAreRefused) {
  const Row user = to_row(some_user());
  expect_damaged(user, 0, std::int64_t{0}, user_from);
  expect_damaged(user, 3, std::int64_t{2}, user_from);
  expect_damaged(user, 3, std::int64_t{-1}, user_from);
  const Row device = to_row(Device{.id = DeviceId{1}, .user = UserId{1}, .label = ""});
  expect_damaged(device, 1, std::int64_t{0}, device_from);
  expect_damaged(device, 3, std::int64_t{3}, device_from);
  expect_damaged(device, 4, Blob(31), device_from);
  const Row room = to_row(some_room());
  expect_damaged(room, 2, Blob{0xff}, room_from);
  expect_damaged(room, 5, std::int64_t{1} << 32, room_from);
  const Row membership = to_row(some_membership());
  expect_damaged(membership, 2, std::int64_t{99}, membership_from);
  expect_damaged(membership, 4, std::int64_t{-1}, membership_from);
  expect_damaged(membership, 5, std::int64_t{16}, membership_from);
}

class Loading : public testing::Test {
 protected:
  Loading() {
    const UserId guest = house_.user("Guest", {.is_guest = true});
    const RoomId room = house_.room("Radio");
    phone_ = *house_.enrol(house_.link(guest), 1);
    link_ = house_.link(guest);
    EXPECT_TRUE(house_.run([&](Draft& draft) {
      house_.directory.put(SessionRecord{.device = phone_, .transport_id = 3}, draft);
      house_.directory.put(Stay{.device = phone_, .room = room, .member = MemberId{1}}, draft);
      return house_.directory.create_mission({.name = "Bridge"}, {guest}, {room}, house_.actor(),
                                             draft);
    }));
  }

  House house_;
  DeviceId phone_;
  std::string link_;
  parley::test::SeededRandom random_{2};
  Directory other_{{}, random_};
};

TEST_F(Loading, GivesTheSameDirectory) {
  ASSERT_TRUE(house_.load_into(other_));
  EXPECT_EQ(other_.users(), house_.directory.users());
  EXPECT_EQ(other_.devices(), house_.directory.devices());
  EXPECT_EQ(other_.missions(), house_.directory.missions());
  EXPECT_EQ(other_.memberships(), house_.directory.memberships());
  EXPECT_EQ(other_.rooms().size(), 1U);
  EXPECT_EQ(other_.sessions().at(phone_).transport_id, 3U);
  EXPECT_EQ(other_.stays_of(phone_), house_.directory.stays_of(phone_));
  const MissionId bridge = other_.find_mission("Bridge")->id;
  EXPECT_EQ(other_.rooms_of(bridge), house_.directory.rooms_of(bridge));
  Draft draft;
  const NewDevice desk{.label = "desk", .public_key = "k", .key = KeyFingerprint{2}};
  EXPECT_TRUE(other_.enrol(link_, desk, house_.actor(), draft));
}

TEST_F(Loading, ContinuesTheEvents) {
  other_.continue_events(house_.directory.last_event(), house_.directory.last_hash());
  Draft draft;
  other_.record({.kind = EventKind::login}, house_.actor(), draft);
  ASSERT_EQ(draft.events().size(), 1U);
  EXPECT_EQ(draft.events().front().number, house_.directory.last_event() + 1);
  EXPECT_EQ(other_.last_hash(), chain(house_.directory.last_hash(), draft.events().front()));
}

TEST_F(Loading, RefusesWhatRefersToNothing) {
  for (const Table* const table : {&tables::kDevices, &tables::kEnrolments, &tables::kMissionRooms,
                                   &tables::kMemberships, &tables::kSessions, &tables::kStays}) {
    const auto loaded = other_.load(*table, house_.rows().at(table->name));
    ASSERT_FALSE(loaded) << table->name;
    EXPECT_EQ(loaded.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace parley::signaling
