// Procedures and races of docs/floor.md.
#include <gtest/gtest.h>

#include "tests/unit/floor/floor_room.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr FloorRights kChair{.role = FloorRole::chair, .limit = {.tier = FloorTier::command}};

class Procedures : public testing::Test {
 protected:
  Procedures() {
    room.add_talkers(4);
    room.add(9, kChair);
  }
  void TearDown() override { EXPECT_EQ(room.watch().violation(), ""); }
  void talk(std::uint32_t member) {
    room.press(member);
    room.packet(member, 0);
  }

  FloorRoom room{default_policy(FloorMode::ptt)};
};

TEST_F(Procedures, ACancelTakesAPressOutOfTheQueue) {
  talk(1);
  const std::uint32_t req_id = room.press(2);
  room.cancel(2, req_id);
  EXPECT_EQ(room.denied(2), DenyCause::other);
  EXPECT_EQ(room.position(2), 0U);
  room.press_again(2, req_id);
  EXPECT_EQ(room.denied(2), DenyCause::other);
}

TEST_F(Procedures, ACancelThatCrossesTheGrantReleasesIt) {
  const std::uint32_t req_id = room.press(1);
  room.cancel(1, req_id);
  EXPECT_EQ(room.state(), FloorState::idle);
  EXPECT_EQ(room.gates(), "until 1");
  room.packet(1, 960);
  room.release(1, 960);
  EXPECT_EQ(room.gates(), "shut 1");
}

TEST_F(Procedures, ACancelOfAnOlderPressLeavesTheGrantAlone) {
  const std::uint32_t first = room.press(1);
  room.press(1);
  room.cancel(1, first);
  EXPECT_TRUE(room.holds(1));
}

TEST_F(Procedures, ACancelThatOvertakesItsPressDeniesIt) {
  room.cancel(1, 1);
  EXPECT_EQ(room.denied(1), DenyCause::other);
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::other);
  EXPECT_EQ(room.state(), FloorState::idle);
}

TEST_F(Procedures, ANewPressOfOneWhoWaitsReplacesTheOldInItsPlace) {
  talk(1);
  room.press(2);
  room.press(3);
  room.press(2);
  const auto told = room.told<Denied>(2);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->req_id, 1U);
  EXPECT_EQ(room.told<Queued>(2)->position, 1U);
  EXPECT_EQ(room.arbiter().pending(MemberId{2}), 2U);
}

TEST_F(Procedures, ReleaseThatCrossesTheRevokeWins) {
  talk(1);
  room.talk(1, seconds(30));
  room.release(1);
  EXPECT_FALSE(room.holds(1));
}

TEST_F(Procedures, AnAnswerToAGrantThatIsOverSaysSo) {
  const std::uint32_t req_id = room.press(1);
  room.packet(1, 0);
  room.release(1, 0);
  room.press_again(1, req_id);
  EXPECT_EQ(room.told<Granted>(1)->req_id, req_id);
  EXPECT_EQ(room.told<Done>(1)->grant, room.grant_of(1));
  EXPECT_EQ(room.state(), FloorState::idle);
}

TEST_F(Procedures, AReleaseOfSomebodyElsesBurstIsForged) {
  talk(1);
  room.request(2, Release{.grant = room.grant_of(1)});
  room.request(2, Release{.grant = {.term = 1, .number = 99}});
  room.request(2, Release{.grant = {.term = 2, .number = 1}});
  EXPECT_TRUE(room.holds(1));
  EXPECT_EQ(room.counters().forged, 3U);
}

TEST_F(Procedures, PositionsAreToldFiveTimesASecond) {
  talk(1);
  room.press(2);
  room.press(3);
  room.press(4);
  room.pass(seconds(1));
  room.cancel(2, 1);
  EXPECT_EQ(room.told<Queued>(3)->position, 1U);
  EXPECT_TRUE(room.told<QueueChanged>(0));
  room.cancel(3, 1);
  EXPECT_FALSE(room.told<Queued>(4));
  EXPECT_FALSE(room.told<QueueChanged>(0));
  room.pass(milliseconds(199));
  EXPECT_FALSE(room.told<Queued>(4));
  room.pass(milliseconds(1));
  EXPECT_EQ(room.told<Queued>(4)->position, 1U);
  EXPECT_EQ(room.count_told<QueueChanged>(0), 1U);
}

TEST_F(Procedures, WhoEntersIsToldTheState) {
  talk(1);
  room.add(20);
  EXPECT_TRUE(room.told<StateTold>(20));
  EXPECT_FALSE(room.told<StateTold>(0));
  room.request(2, SnapshotRequest{});
  EXPECT_TRUE(room.told<StateTold>(2));
}

TEST_F(Procedures, NewRightsEndWhatTheyDoNotAllow) {
  talk(1);
  room.press(2);
  room.add(1, {.role = FloorRole::listener});
  EXPECT_EQ(room.revoked(1), RevokeCause::no_permission);
  EXPECT_TRUE(room.holds(2));
  room.press(3);
  room.add(3, {.may_talk = false});
  EXPECT_EQ(room.denied(3), DenyCause::receive_only);
  room.add(2, {.limit = {.tier = FloorTier::priority}});
  EXPECT_TRUE(room.holds(2));
}

TEST_F(Procedures, TheLastOneInTheRoomIsRevoked) {
  talk(1);
  room.press(2);
  for (const std::uint32_t member : {3U, 4U, 9U, 2U}) room.remove(member);
  EXPECT_EQ(room.revoked(1), RevokeCause::nobody_else_here);
  EXPECT_EQ(room.state(), FloorState::idle);
}

TEST_F(Procedures, WhoLeavesIsOutOfFloorAndQueue) {
  talk(1);
  room.press(2);
  room.press(3);
  room.remove(2);
  EXPECT_EQ(room.denied(2), DenyCause::not_a_member);
  room.remove(1);
  EXPECT_FALSE(room.revoked(1));
  EXPECT_TRUE(room.holds(3));
  EXPECT_EQ(room.gates(), "shut 1, open 3");
}

TEST_F(Procedures, MediaAloneLostEndsTheBurstEarly) {
  talk(1);
  room.lose_peer(1);
  room.pass(milliseconds(400));
  room.return_peer(1);
  EXPECT_EQ(room.gates(), "open 1");
  room.pass(seconds(1));
  EXPECT_TRUE(room.holds(1));
  // The new transport has its own timestamps.
  EXPECT_TRUE(room.passes(1, 0x8000'0000U));
}

TEST_F(Procedures, BothLostLeavesT1ToTakeTheGrantUpAgain) {
  talk(1);
  room.set_signaling(1, false);
  room.lose_peer(1);
  room.pass(milliseconds(1400));
  EXPECT_TRUE(room.holds(1));
  room.return_peer(1);
  room.packet(1, 123456);
  room.set_signaling(1, true);
  room.pass(milliseconds(1400));
  EXPECT_TRUE(room.holds(1));
  room.lose_peer(1);
  room.set_signaling(1, false);
  room.pass(milliseconds(100));
  EXPECT_FALSE(room.holds(1));
}

TEST_F(Procedures, VoiceIsThePressWhileSignalingIsAway) {
  room.voice(1);
  EXPECT_EQ(room.counters().strikes, 1U);
  room.set_signaling(1, false);
  room.voice(1);
  EXPECT_TRUE(room.holds(1));
  room.packet(1, 0);
  room.set_signaling(2, false);
  room.voice(2);
  EXPECT_EQ(room.denied(2), DenyCause::another_talks);
  room.pass(milliseconds(1500));
  EXPECT_EQ(room.state(), FloorState::idle);
  EXPECT_EQ(room.counters().strikes, 1U);
}

TEST_F(Procedures, ThreeStrikesInTenSecondsBar) {
  room.voice(1);
  EXPECT_EQ(room.revoked(1), RevokeCause::no_permission);
  room.voice(1);
  room.pass(seconds(11));
  room.voice(1);
  room.press(1);
  EXPECT_TRUE(room.holds(1));
  room.release(1);
  room.pass(seconds(1));
  room.voice(1);
  room.voice(1);
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::retry_timer_runs);
}

TEST_F(Procedures, TwentyPressesAtOnceAndTenASecond) {
  talk(2);
  for (int i = 0; i < 20; ++i) {
    const std::uint32_t req_id = room.press(1);
    EXPECT_TRUE(room.told<Queued>(1)) << i;
    room.cancel(1, req_id);
  }
  const std::uint32_t req_id = room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::rate_limit);
  room.jump(milliseconds(100));
  room.press_again(1, req_id);
  EXPECT_EQ(room.denied(1), DenyCause::rate_limit);
  room.jump(milliseconds(100));
  room.press(1);
  EXPECT_TRUE(room.told<Queued>(1));
}

TEST_F(Procedures, AFloodOfWhatCostsAnAnswerIsDropped) {
  talk(2);
  FloorOutbox out;
  for (int i = 0; i < 1000; ++i) {
    room.arbiter().on_request(MemberId{1}, SnapshotRequest{}, room.now(), out);
    room.arbiter().on_request(MemberId{1}, Cut{.grant = room.grant_of(2)}, room.now(), out);
    room.arbiter().on_request(MemberId{1}, SetEmergency{.id = 1}, room.now(), out);
    room.arbiter().on_request(MemberId{1}, Cancel{static_cast<std::uint32_t>(i + 1)}, room.now(),
                              out);
  }
  EXPECT_EQ(out.told.size(), 20U);
  EXPECT_TRUE(room.holds(2));
}

TEST_F(Procedures, TimestampsWrap) {
  room.press(1, {}, 0xffff'fff0U);
  EXPECT_FALSE(room.passes(1, 0xffff'ff00U));
  EXPECT_TRUE(room.passes(1, 0xffff'fff0U));
  EXPECT_TRUE(room.passes(1, 0x10U));
  room.release(1, 0x400U);
  EXPECT_TRUE(room.passes(1, 0x3f0U));
  EXPECT_FALSE(room.passes(1, 0x500U));
  EXPECT_TRUE(room.passes(1, 0x400U));
}

TEST_F(Procedures, WhatWasHeardIsNotHeardAgainInTheNextBurst) {
  talk(1);
  room.release(1, 0);
  room.press(1);
  EXPECT_FALSE(room.passes(1, 0));
  EXPECT_TRUE(room.passes(1, 960));
}

TEST_F(Procedures, APressDuringTheOwnTailEndsTheTailFirst) {
  talk(1);
  room.release(1, 9600);
  room.press(1, {}, 19200);
  EXPECT_EQ(room.gates(), "shut 1, open 1");
  EXPECT_FALSE(room.passes(1, 9600));
  EXPECT_TRUE(room.passes(1, 19200));
}

TEST_F(Procedures, ChairActionsNeedTheRole) {
  talk(1);
  room.press(2);
  const GrantId grant = room.grant_of(1);
  for (const FloorRequest& request : std::initializer_list<FloorRequest>{
           Give{MemberId{2}}, Cut{.grant = grant}, Extend{.grant = grant, .by = seconds(1)},
           Order{}, Bar{.member = MemberId{2}, .time = seconds(1)},
           SetPolicy{default_policy(FloorMode::cut_in)}}) {
    room.request(3, request);
    EXPECT_EQ(room.denied(3), DenyCause::no_permission);
  }
  EXPECT_TRUE(room.holds(1));
  EXPECT_EQ(room.position(2), 1U);
  EXPECT_EQ(room.arbiter().policy().mode, FloorMode::ptt);
}

TEST_F(Procedures, ChairActionsThatMakeNoSenseSayWhy) {
  room.add(5, {.role = FloorRole::listener});
  room.give(9, 5);
  EXPECT_EQ(room.denied(9), DenyCause::receive_only);
  room.give(9, 77);
  EXPECT_EQ(room.denied(9), DenyCause::not_a_member);
  room.request(9, Bar{.member = MemberId{77}, .time = seconds(1)});
  EXPECT_EQ(room.denied(9), DenyCause::not_a_member);
  room.request(9, Cut{.grant = {.term = 5, .number = 5}});
  EXPECT_EQ(room.counters().forged, 1U);
}

TEST_F(Procedures, AnExtensionMovesLimitAndWarning) {
  FloorPolicy policy = default_policy(FloorMode::ptt);
  policy.end_of_media = seconds(600);
  FloorRoom long_room(policy);
  long_room.add_talkers(2);
  long_room.add(9, kChair);
  long_room.press(1);
  long_room.request(9, Extend{.grant = long_room.grant_of(1), .by = seconds(10)});
  long_room.packet(1, 0);
  EXPECT_EQ(long_room.holder(1)->limit_at, long_room.now() + seconds(40));
  long_room.request(9, Extend{.grant = long_room.grant_of(1), .by = seconds(20)});
  EXPECT_TRUE(long_room.told<Taken>(0));
  EXPECT_EQ(long_room.holder(1)->limit_at, long_room.now() + seconds(60));
  long_room.pass(seconds(54));
  EXPECT_FALSE(long_room.told<Warning>(1));
  long_room.pass(seconds(1));
  EXPECT_TRUE(long_room.told<Warning>(1));
}

TEST_F(Procedures, TheChairOrdersTheQueue) {
  talk(1);
  for (const std::uint32_t member : {2U, 3U, 4U}) room.press(member);
  Order order{.members = {}, .count = 3};
  order.members[0] = MemberId{4};
  order.members[1] = MemberId{77};
  order.members[2] = MemberId{3};
  room.watch().expects_arrival_order = false;
  room.request(9, order);
  EXPECT_EQ(room.position(4), 1U);
  EXPECT_EQ(room.position(3), 2U);
  EXPECT_EQ(room.position(2), 3U);
}

TEST_F(Procedures, ABarTakesOneOutOfTheQueue) {
  talk(1);
  room.press(2);
  room.request(9, Bar{.member = MemberId{2}, .time = seconds(60)});
  EXPECT_EQ(room.denied(2), DenyCause::retry_timer_runs);
  EXPECT_EQ(room.position(2), 0U);
}

}  // namespace
}  // namespace parley::sfu
