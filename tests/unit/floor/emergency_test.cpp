// Emergencies, from the declaration to the end.
#include <gtest/gtest.h>

#include "tests/unit/floor/floor_room.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr FloorRights kMayDeclare{.limit = {.tier = FloorTier::emergency}};
constexpr FloorRights kDispatcher{.role = FloorRole::dispatcher,
                                  .limit = {.tier = FloorTier::command}};

class Emergency : public testing::Test {
 protected:
  Emergency() {
    room.watch().expects_arrival_order = false;
    room.add(1, kMayDeclare);
    room.add(2, kMayDeclare);
    room.add(3);
    room.add(9, kDispatcher);
  }
  void TearDown() override { EXPECT_EQ(room.watch().violation(), ""); }
  [[nodiscard]] const FloorEmergency& flag() { return room.arbiter().emergency(); }

  FloorRoom room{default_policy(FloorMode::ptt)};
};

TEST_F(Emergency, IsToldToEverybody) {
  room.request(1, SetEmergency{.id = 5});
  EXPECT_TRUE(room.told<EmergencyChanged>(0));
  EXPECT_EQ(flag().kind, EmergencyKind::emergency);
  EXPECT_EQ(flag().owner, MemberId{1});
  EXPECT_EQ(flag().id, 5U);
}

TEST_F(Emergency, NeedsARight) {
  room.request(3, SetEmergency{.id = 5});
  EXPECT_EQ(room.denied(3), DenyCause::no_permission);
  EXPECT_EQ(flag().kind, EmergencyKind::none);
  room.add(4, {.may_talk = false, .limit = {.tier = FloorTier::emergency}});
  room.request(4, SetEmergency{.id = 5});
  EXPECT_EQ(room.denied(4), DenyCause::no_permission);
}

TEST_F(Emergency, ARightAloneDoesNotRaiseAPress) {
  room.press(1, {.tier = FloorTier::emergency});
  EXPECT_EQ(room.holder(1)->priority.tier, FloorTier::routine);
}

TEST_F(Emergency, RaisesEveryPressOfItsOwner) {
  room.press(3);
  room.packet(3, 0);
  room.request(1, SetEmergency{.id = 5});
  room.press(1);
  EXPECT_TRUE(room.is_revoking(3));
  room.pass(milliseconds(200));
  EXPECT_EQ(room.holder(1)->priority.tier, FloorTier::emergency);
  EXPECT_EQ(room.told<Granted>(1)->limit, Duration{});
  room.press(2);
  EXPECT_EQ(room.told<Queued>(2)->position, 1U);
}

TEST_F(Emergency, OfAHolderTakesItsLimitAwayAndItsEndBringsOneBack) {
  room.press(1);
  room.packet(1, 0);
  EXPECT_NE(room.holder(1)->limit_at, kNever);
  room.request(1, SetEmergency{.id = 5});
  EXPECT_TRUE(room.told<Taken>(0));
  EXPECT_EQ(room.holder(1)->limit_at, kNever);
  room.talk(1, seconds(60));
  EXPECT_TRUE(room.holds(1));
  room.request(1, ClearEmergency{5});
  EXPECT_EQ(room.holder(1)->limit_at, room.now() + seconds(30));
  EXPECT_EQ(room.holder(1)->priority.tier, FloorTier::routine);
}

TEST_F(Emergency, OfAHolderIsStillEndedByAStuckButton) {
  room.request(1, SetEmergency{.id = 5});
  room.press(1);
  room.packet(1, 0);
  room.talk(1, seconds(300));
  EXPECT_EQ(room.revoked(1), RevokeCause::stuck_button);
}

TEST_F(Emergency, OfOneWhoWaitsPreempts) {
  room.press(3);
  room.packet(3, 0);
  room.press(2);
  room.press(1);
  EXPECT_EQ(room.position(1), 2U);
  room.request(1, SetEmergency{.id = 5});
  EXPECT_EQ(room.position(1), 1U);
  EXPECT_EQ(room.told<Revoked>(3)->grace, milliseconds(200));
}

TEST_F(Emergency, ShortensTheGraceOfTheLimit) {
  room.press(3);
  room.packet(3, 0);
  room.talk(3, seconds(30));
  ASSERT_TRUE(room.is_revoking(3));
  room.request(1, SetEmergency{.id = 5});
  room.press(1);
  room.pass(milliseconds(200));
  EXPECT_TRUE(room.holds(1));
}

TEST_F(Emergency, IsNotPenalised) {
  for (int i = 0; i < 3; ++i) room.voice(1);
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::retry_timer_runs);
  room.request(1, SetEmergency{.id = 5});
  room.press(1);
  EXPECT_TRUE(room.holds(1));
}

TEST_F(Emergency, IsClearedByItsOwnerAndByADispatcherWhoNamesIt) {
  room.request(1, SetEmergency{.id = 5});
  room.request(3, ClearEmergency{5});
  EXPECT_EQ(room.denied(3), DenyCause::no_permission);
  room.request(9, ClearEmergency{6});
  EXPECT_EQ(flag().kind, EmergencyKind::emergency);
  room.request(9, ClearEmergency{5});
  EXPECT_EQ(room.told<EmergencyChanged>(0)->cleared_by, MemberId{9});
  EXPECT_EQ(flag().kind, EmergencyKind::none);
  room.request(1, SetEmergency{.id = 7});
  room.request(1, ClearEmergency{7});
  EXPECT_EQ(flag().kind, EmergencyKind::none);
}

TEST_F(Emergency, OutlivesItsOwnersConnectionAndMembership) {
  room.request(1, SetEmergency{.id = 5});
  room.lose_peer(1);
  room.set_signaling(1, false);
  EXPECT_EQ(flag().kind, EmergencyKind::emergency);
  room.remove(1);
  EXPECT_EQ(flag().kind, EmergencyKind::emergency);
  room.pass(minutes(30));
  EXPECT_EQ(flag().kind, EmergencyKind::none);
  EXPECT_EQ(room.told<EmergencyChanged>(0)->cleared_by, MemberId{});
}

TEST_F(Emergency, IsRenewedBySettingItAgain) {
  room.request(1, SetEmergency{.id = 5});
  const Timestamp since = flag().since;
  room.pass(minutes(20));
  room.request(1, SetEmergency{.id = 5});
  room.pass(minutes(20));
  EXPECT_EQ(flag().kind, EmergencyKind::emergency);
  EXPECT_EQ(flag().since, since);
}

TEST_F(Emergency, ASecondOneReplacesAPerilOnly) {
  room.request(1, SetEmergency{.id = 5, .is_peril = true});
  EXPECT_EQ(flag().kind, EmergencyKind::peril);
  room.press(1);
  EXPECT_EQ(room.holder(1)->priority.tier, FloorTier::peril);
  room.request(2, SetEmergency{.id = 6});
  EXPECT_EQ(flag().owner, MemberId{2});
  room.request(1, SetEmergency{.id = 7});
  EXPECT_EQ(room.denied(1), DenyCause::other);
  EXPECT_EQ(flag().owner, MemberId{2});
}

TEST_F(Emergency, TheRoomsCapHoldsForItToo) {
  FloorPolicy policy = default_policy(FloorMode::ptt);
  policy.cap.tier = FloorTier::command;
  FloorRoom capped(policy);
  capped.add(1, kMayDeclare);
  capped.add(2);
  capped.request(1, SetEmergency{.id = 5});
  EXPECT_EQ(capped.denied(1), DenyCause::no_permission);
}

}  // namespace
}  // namespace parley::sfu
