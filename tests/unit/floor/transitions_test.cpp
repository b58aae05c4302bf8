// Each row of the transition table of docs/floor.md.
#include <gtest/gtest.h>

#include "tests/unit/floor/floor_room.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr FloorRights kDispatcher{.role = FloorRole::dispatcher,
                                  .limit = {.tier = FloorTier::command}};
constexpr FloorRights kPriority{.limit = {.tier = FloorTier::priority, .level = 15}};
constexpr FloorPriority kAsPriority{.tier = FloorTier::priority};

class Transitions : public testing::Test {
 protected:
  Transitions() {
    room.add_talkers(3);
    room.add(4, kPriority);
    room.add(9, kDispatcher);
  }
  void TearDown() override { EXPECT_EQ(room.watch().violation(), ""); }
  // Member 1 talks.
  void talk() {
    room.press(1);
    room.packet(1, 0);
    ASSERT_EQ(room.state(), FloorState::talking);
  }
  // Member 2 waits with its button up, is offered the floor.
  void offer_to_2() {
    talk();
    room.press(2);
    room.request(2, Release{});
    room.release(1, 0);
    ASSERT_EQ(room.state(), FloorState::offered);
  }

  FloorRoom room{default_policy(FloorMode::ptt)};
};

TEST_F(Transitions, ACallStartsWithoutAPress) { EXPECT_EQ(room.state(), FloorState::idle); }

TEST_F(Transitions, ACallStartsWithAPress) {
  room.close();
  EXPECT_EQ(room.state(), FloorState::closed);
  room.press(1);
  EXPECT_EQ(room.state(), FloorState::granted);
  EXPECT_TRUE(room.told<Granted>(1));
  EXPECT_TRUE(room.told<Taken>(0));
}

TEST_F(Transitions, IdlePressIsGrantedAndTheGateOpensInTheSameStep) {
  room.press(1, {}, 480);
  EXPECT_EQ(room.gates(), "open 1");
  EXPECT_EQ(room.out().gates[0].first_timestamp, 480U);
  EXPECT_TRUE(room.told<Granted>(1));
  EXPECT_TRUE(room.told<Taken>(0));
  EXPECT_EQ(room.state(), FloorState::granted);
}

TEST_F(Transitions, IdlePressOfOneWhoMayNotTalkIsDenied) {
  room.add(5, {.role = FloorRole::listener});
  room.add(6, {.role = FloorRole::observer});
  room.add(7, {.may_talk = false});
  for (const std::uint32_t member : {5U, 6U, 7U}) {
    room.press(member);
    EXPECT_EQ(room.denied(member), DenyCause::receive_only);
  }
  room.press(100);
  EXPECT_EQ(room.denied(100), DenyCause::not_a_member);
  EXPECT_EQ(room.state(), FloorState::idle);
}

TEST_F(Transitions, IdlePressOfOneWhoIsAloneIsDenied) {
  for (const std::uint32_t member : {2U, 3U, 4U, 9U}) room.remove(member);
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::nobody_else_here);
  room.add(2, {.role = FloorRole::listener});
  room.press(1);
  EXPECT_TRUE(room.holds(1));
}

TEST_F(Transitions, IdlePressOfABarredOneIsDenied) {
  room.request(9, Bar{.member = MemberId{1}, .time = seconds(5)});
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::retry_timer_runs);
  EXPECT_EQ(room.told<Denied>(1)->retry, seconds(5));
  room.request(9, Bar{.member = MemberId{1}, .time = {}});
  room.press(1);
  EXPECT_TRUE(room.holds(1));
}

TEST_F(Transitions, OfferedPressOfTheSameRequestIsGranted) {
  offer_to_2();
  EXPECT_TRUE(room.told<Offer>(2));
  room.press_again(2, 1);
  EXPECT_TRUE(room.holds(2));
  EXPECT_EQ(room.told<Granted>(2)->req_id, 1U);
}

TEST_F(Transitions, OfferedPressOfAHigherTierIsGrantedAndTheOfferedOneStaysFirst) {
  offer_to_2();
  room.press(4, kAsPriority);
  EXPECT_TRUE(room.holds(4));
  EXPECT_EQ(room.position(2), 1U);
  room.packet(4, 0);
  room.release(4, 0);
  EXPECT_EQ(room.state(), FloorState::offered);
  EXPECT_TRUE(room.told<Offer>(2));
}

TEST_F(Transitions, OfferedPressOfTheSameTierWaits) {
  offer_to_2();
  room.press(3, {.tier = FloorTier::routine, .level = 9});
  EXPECT_EQ(room.told<Queued>(3)->position, 2U);
  room.press_again(2, 1);
  EXPECT_TRUE(room.holds(2));
}

TEST_F(Transitions, OfferThatLapsesGoesToTheNextOrTheFloorIsIdle) {
  offer_to_2();
  room.press(3);
  room.request(3, Release{});
  room.pass(seconds(2));
  EXPECT_EQ(room.denied(2), DenyCause::other);
  EXPECT_TRUE(room.told<Offer>(3));
  room.pass(seconds(2));
  EXPECT_EQ(room.state(), FloorState::idle);
}

TEST_F(Transitions, GrantedFirstPacketIsTalking) {
  room.press(1);
  EXPECT_TRUE(room.passes(1, 0));
  EXPECT_EQ(room.state(), FloorState::talking);
}

TEST_F(Transitions, GrantedWithoutMediaIsRevokedAndTheQueueIsServed) {
  room.press(1);
  room.press(2);
  room.pass(seconds(1));
  EXPECT_EQ(room.revoked(1), RevokeCause::no_media);
  EXPECT_EQ(room.told<Revoked>(1)->grace, Duration{});
  EXPECT_EQ(room.gates(), "shut 1, open 2");
}

TEST_F(Transitions, AGrantTellsAllItsLimitBeforeTheFirstPacket) {
  room.press(1);
  EXPECT_EQ(room.holder(1)->limit_at, room.now() + seconds(30));
  room.pass(milliseconds(20));
  room.packet(1, 0);
  EXPECT_EQ(room.holder(1)->limit_at, room.now() + seconds(30));
}

TEST_F(Transitions, PressOfTheHolderIsAnsweredAlike) {
  room.press(1);
  const GrantId grant = room.grant_of(1);
  room.press_again(1, 1);
  EXPECT_EQ(room.told<Granted>(1)->grant, grant);
  room.press(1);
  EXPECT_EQ(room.told<Granted>(1)->grant, grant);
  EXPECT_EQ(room.counters().grants, 1U);
}

TEST_F(Transitions, PressOfTheHolderWithAHigherTierRaisesItAndTheLimitRunsOn) {
  room.press(4);
  room.packet(4, 0);
  const Timestamp limit = room.holder(4)->limit_at;
  room.pass(seconds(1));
  room.press(4, kAsPriority);
  EXPECT_TRUE(room.told<Taken>(0));
  EXPECT_EQ(room.holder(4)->priority.tier, FloorTier::priority);
  EXPECT_EQ(room.holder(4)->limit_at, limit);
}

TEST_F(Transitions, PressOfAHigherTierRevokesAndComesNext) {
  talk();
  room.press(2);
  room.press(4, kAsPriority);
  EXPECT_EQ(room.state(), FloorState::revoking);
  EXPECT_EQ(room.revoked(1), RevokeCause::preempted);
  EXPECT_EQ(room.told<Revoked>(1)->by, MemberId{4});
  EXPECT_EQ(room.told<Revoked>(1)->grace, milliseconds(800));
  EXPECT_EQ(room.told<Queued>(4)->position, 1U);
  EXPECT_TRUE(room.passes(1, 960));
  room.pass(milliseconds(800));
  EXPECT_TRUE(room.holds(4));
  EXPECT_EQ(room.gates(), "shut 1, open 4");
}

TEST_F(Transitions, PressOfAnEqualWaitsOrIsDenied) {
  talk();
  room.press(2, {.level = 15});
  EXPECT_EQ(room.told<Queued>(2)->position, 1U);
  EXPECT_FALSE(room.is_revoking(1));

  FloorPolicy policy = default_policy(FloorMode::ptt);
  policy.queues = false;
  FloorRoom other(policy);
  other.add_talkers(2);
  other.press(1);
  other.press(2);
  EXPECT_EQ(other.denied(2), DenyCause::another_talks);
  EXPECT_EQ(other.watch().violation(), "");
}

TEST_F(Transitions, PressOnAFullQueueIsDenied) {
  talk();
  for (std::uint32_t member = 20; member < 20 + kMaxFloorQueue; ++member) {
    room.add(member);
    room.press(member);
    EXPECT_TRUE(room.told<Queued>(member));
  }
  room.press(2);
  EXPECT_EQ(room.denied(2), DenyCause::queue_full);
  room.press(4, kAsPriority);
  EXPECT_EQ(room.position(4), 1U);
  EXPECT_EQ(room.denied(20 + kMaxFloorQueue - 1), DenyCause::queue_full);
}

TEST_F(Transitions, ReleaseServesTheQueueWhileTheTailRuns) {
  talk();
  room.press(2);
  room.release(1, 1920);
  EXPECT_EQ(room.gates(), "until 1, open 2");
  EXPECT_TRUE(room.holds(2));
  EXPECT_FALSE(room.holds(1));
  const auto tail = room.packet(1, 960);
  EXPECT_EQ(tail.verdict, GateVerdict::pass);
  EXPECT_NE(tail.channel, room.holder(2)->channel);
  EXPECT_FALSE(room.passes(1, 2880));
  EXPECT_TRUE(room.passes(1, 1920));
  EXPECT_EQ(room.gates(), "shut 1");
  EXPECT_TRUE(room.told<Done>(1));
  EXPECT_EQ(room.counters().cut_tails, 0U);
}

TEST_F(Transitions, ReleaseOfWhatHasAllComeShutsAtOnce) {
  talk();
  room.release(1, 0);
  EXPECT_EQ(room.gates(), "shut 1");
  EXPECT_EQ(room.state(), FloorState::idle);
  EXPECT_TRUE(room.told<Idle>(0));
}

TEST_F(Transitions, SilenceOfT1EndsTheBurst) {
  talk();
  room.pass(milliseconds(1400));
  room.packet(1, 960);
  room.press(2);
  room.pass(milliseconds(1500));
  EXPECT_TRUE(room.holds(2));
  EXPECT_FALSE(room.revoked(1));
  EXPECT_TRUE(room.told<Done>(1));
}

TEST_F(Transitions, TheTalkLimitRevokesWithGrace) {
  talk();
  room.talk(1, seconds(30));
  EXPECT_EQ(room.revoked(1), RevokeCause::too_long);
  EXPECT_EQ(room.told<Revoked>(1)->grace, seconds(3));
  EXPECT_TRUE(room.is_revoking(1));
}

TEST_F(Transitions, AStuckButtonIsRevokedWithAnAlarm) {
  FloorPolicy policy = default_policy(FloorMode::ptt);
  policy.talk_limit = {};
  FloorRoom stuck(policy);
  stuck.add_talkers(2);
  stuck.add(9, kDispatcher);
  stuck.press(1);
  stuck.packet(1, 0);
  stuck.talk(1, seconds(300));
  EXPECT_EQ(stuck.revoked(1), RevokeCause::stuck_button);
  EXPECT_EQ(stuck.told<Alarm>(9)->member, MemberId{1});
  EXPECT_FALSE(stuck.told<Alarm>(2));
  EXPECT_EQ(stuck.state(), FloorState::idle);
  EXPECT_EQ(stuck.watch().violation(), "");
}

TEST_F(Transitions, ACutShutsAtOnceInEveryState) {
  room.press(1);
  room.cut(9, 1);
  EXPECT_EQ(room.revoked(1), RevokeCause::cut_by_chair);
  EXPECT_EQ(room.gates(), "shut 1");
  talk();
  room.cut(9, 1);
  EXPECT_EQ(room.state(), FloorState::idle);
  room.press(1);
  room.packet(1, 960);
  room.press(4, kAsPriority);
  ASSERT_TRUE(room.is_revoking(1));
  room.cut(9, 1);
  EXPECT_EQ(room.gates(), "shut 1, open 4");
}

TEST_F(Transitions, ACutWithGraceIsHeardUntilItsEnd) {
  talk();
  room.cut(9, 1, seconds(1));
  EXPECT_TRUE(room.is_revoking(1));
  room.cut(9, 1, milliseconds(100));
  EXPECT_EQ(room.told<Revoked>(1)->grace, milliseconds(100));
  room.pass(milliseconds(100));
  EXPECT_EQ(room.state(), FloorState::idle);
}

TEST_F(Transitions, AnExpelledMemberIsRevokedAtOnce) {
  talk();
  room.remove(1, true);
  EXPECT_EQ(room.revoked(1), RevokeCause::member_revoked);
  EXPECT_EQ(room.gates(), "shut 1");
}

TEST_F(Transitions, ReleaseWhileRevokingWinsAndTheTailRuns) {
  talk();
  room.press(4, kAsPriority);
  room.release(1, 960);
  EXPECT_EQ(room.gates(), "until 1, open 4");
  EXPECT_TRUE(room.passes(1, 960));
}

TEST_F(Transitions, ThePenaltyOfTheLimitFollowsItsGraceOrRelease) {
  talk();
  room.talk(1, seconds(33));
  EXPECT_EQ(room.state(), FloorState::idle);
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::retry_timer_runs);
  EXPECT_EQ(room.told<Denied>(1)->retry, seconds(1));
}

TEST_F(Transitions, WhileRevokingAHigherOneBecomesFirstWithTheShorterGrace) {
  talk();
  room.talk(1, seconds(30));
  room.press(2);
  room.press(4, kAsPriority);
  EXPECT_EQ(room.position(4), 1U);
  EXPECT_EQ(room.position(2), 2U);
  EXPECT_EQ(room.told<Revoked>(1)->grace, milliseconds(800));
  EXPECT_EQ(room.counters().revoked[static_cast<std::size_t>(RevokeCause::preempted)], 0U);
  room.pass(milliseconds(800));
  EXPECT_TRUE(room.holds(4));
}

TEST_F(Transitions, TwoPreemptorsTheHigherFirstWithOneRevoke) {
  talk();
  room.press(4, kAsPriority);
  room.press(9, {.tier = FloorTier::command});
  EXPECT_FALSE(room.told<Revoked>(1));
  EXPECT_EQ(room.position(9), 1U);
  EXPECT_EQ(room.position(4), 2U);
  EXPECT_EQ(room.counters().preemptions, 1U);
}

TEST_F(Transitions, PressOfAHolderWhoIsRevokedIsDenied) {
  talk();
  room.press(4, kAsPriority);
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::retry_timer_runs);
  EXPECT_TRUE(room.is_revoking(1));
}

TEST_F(Transitions, WhileTheHomeMovesABurstGoesOnAndPressesAreDenied) {
  talk();
  room.press(2);
  room.freeze();
  EXPECT_EQ(room.state(), FloorState::frozen);
  EXPECT_TRUE(room.told<StateTold>(0));
  EXPECT_TRUE(room.passes(1, 960));
  room.press(3);
  EXPECT_EQ(room.denied(3), DenyCause::frozen);
  EXPECT_GT(room.told<Denied>(3)->retry, Duration{});
  room.release(1, 960);
  EXPECT_TRUE(room.arbiter().holders().empty());
  room.thaw(2);
  EXPECT_TRUE(room.told<StateTold>(0));
  EXPECT_TRUE(room.holds(2));
  EXPECT_EQ(room.grant_of(2).term, 2U);
}

TEST_F(Transitions, AHolderKeepsItsGrantOverAMove) {
  talk();
  room.freeze();
  room.thaw(2);
  EXPECT_EQ(room.state(), FloorState::talking);
  EXPECT_EQ(room.grant_of(1).term, 1U);
  room.release(1, 0);
  EXPECT_EQ(room.state(), FloorState::idle);
}

TEST_F(Transitions, TheEndOfACallShutsEveryGate) {
  talk();
  room.press(2);
  room.close();
  EXPECT_EQ(room.revoked(1), RevokeCause::other);
  EXPECT_EQ(room.denied(2), DenyCause::other);
  EXPECT_EQ(room.gates(), "shut 1");
  EXPECT_TRUE(room.told<Idle>(0));
  EXPECT_EQ(room.state(), FloorState::closed);
}

TEST_F(Transitions, WhatIsNotListedIsIgnoredAndCounted) {
  talk();
  room.release(1, 0);
  const std::uint64_t ignored = room.counters().ignored;
  room.release(1, 0);
  room.request(2, Release{});
  room.request(9, ClearEmergency{7});
  EXPECT_EQ(room.counters().ignored, ignored + 3);
}

}  // namespace
}  // namespace parley::sfu
