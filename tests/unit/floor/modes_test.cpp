// Who may talk at once, and what happens to the others, in each mode.
#include <gtest/gtest.h>

#include "tests/unit/floor/floor_room.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr FloorRights kPriority{.limit = {.tier = FloorTier::priority, .level = 15}};
constexpr FloorRights kCommand{.limit = {.tier = FloorTier::command, .level = 15}};
constexpr FloorRights kChair{.role = FloorRole::chair, .limit = {.tier = FloorTier::command}};
constexpr FloorRights kMayDeclare{.limit = {.tier = FloorTier::emergency}};
constexpr FloorPriority kAsPriority{.tier = FloorTier::priority};
constexpr FloorPriority kAsCommand{.tier = FloorTier::command};

// Members 1 to 3 talk, 4 has priority, 5 commands, 6 and 7 may declare emergencies, 9 is the chair.
class Room : public FloorRoom {
 public:
  explicit Room(const FloorPolicy& policy) : FloorRoom(policy) {
    add_talkers(3);
    add(4, kPriority);
    add(5, kCommand);
    add(6, kMayDeclare);
    add(7, kMayDeclare);
    add(9, kChair);
  }
  explicit Room(FloorMode mode) : Room(default_policy(mode)) {}
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { EXPECT_EQ(watch().violation(), ""); }

  void talk_of(std::uint32_t member) {
    press(member);
    packet(member, 0);
  }
  void emergency_of(std::uint32_t member) {
    request(member, SetEmergency{.id = member});
    press(member);
  }
};

TEST(Ptt, ALevelPreemptsOnlyWherethePolicySaysSo) {
  FloorPolicy policy = default_policy(FloorMode::ptt);
  Room by_tier(policy);
  by_tier.press(4, {.level = 3});
  by_tier.press(5, {.level = 4});
  EXPECT_FALSE(by_tier.is_revoking(4));
  policy.preempts_by_level = true;
  Room by_level(policy);
  by_level.press(4, {.level = 3});
  by_level.press(5, {.level = 3});
  EXPECT_FALSE(by_level.is_revoking(4));
  by_level.cancel(5, 1);
  by_level.press(5, {.level = 4});
  EXPECT_TRUE(by_level.is_revoking(4));
}

TEST(Ptt, TheQueueIsOrderedByTierLevelAndArrival) {
  FloorPolicy policy = default_policy(FloorMode::ptt);
  policy.grace_preempted = seconds(5);
  Room room(policy);
  room.talk_of(5);
  room.press(5, kAsCommand);
  room.press(1);
  room.press(2);
  room.press(4, {.level = 2});
  room.press(3);
  room.cancel(4, 1);
  room.press(4, kAsPriority);
  EXPECT_EQ(room.position(4), 1U);
  EXPECT_EQ(room.position(1), 2U);
  EXPECT_EQ(room.position(2), 3U);
  EXPECT_EQ(room.position(3), 4U);
}

TEST(Ptt, APriorityIsCappedByRightsAndRoom) {
  FloorPolicy policy = default_policy(FloorMode::ptt);
  policy.cap = {.tier = FloorTier::priority, .level = 7};
  Room room(policy);
  room.press(1, {.tier = FloorTier::emergency, .level = 15});
  EXPECT_EQ(room.holder(1)->priority, FloorPriority{});
  room.release(1);
  room.press(5, {.tier = FloorTier::emergency, .level = 15});
  EXPECT_EQ(room.holder(5)->priority, (FloorPriority{FloorTier::priority, 7}));
}

TEST(Dual, AHigherTierTalksBeside) {
  Room room(FloorMode::dual);
  room.talk_of(1);
  room.press(4, kAsPriority);
  EXPECT_TRUE(room.holds(1));
  EXPECT_TRUE(room.holds(4));
  EXPECT_FALSE(room.is_revoking(1));
  EXPECT_NE(room.holder(1)->channel, room.holder(4)->channel);
  room.packet(4, 0);
  room.press(2);
  EXPECT_EQ(room.position(2), 1U);
  room.release(1, 0);
  EXPECT_TRUE(room.holds(2));
}

TEST(Dual, WhoIsBesideIsPreemptedAndTheFloorIsNot) {
  Room room(FloorMode::dual);
  room.talk_of(1);
  room.press(4, kAsPriority);
  room.press(5, kAsCommand);
  EXPECT_TRUE(room.is_revoking(4));
  EXPECT_FALSE(room.is_revoking(1));
  room.pass(milliseconds(800));
  EXPECT_TRUE(room.holds(5));
  EXPECT_TRUE(room.holds(1));
}

TEST(Dual, WhoWaitsForThePlaceBesideHasItAfterwards) {
  Room room(FloorMode::dual);
  room.talk_of(1);
  room.press(5, kAsCommand);
  room.packet(5, 0);
  room.press(4, kAsPriority);
  EXPECT_EQ(room.position(4), 1U);
  room.release(5, 0);
  EXPECT_TRUE(room.holds(4));
  EXPECT_TRUE(room.holds(1));
}

TEST(Multi, ThreeTalkAndTheFourthWaits) {
  FloorPolicy policy = default_policy(FloorMode::multi);
  policy.talkers = 3;
  Room room(policy);
  room.talk_of(1);
  room.talk_of(2);
  room.talk_of(3);
  EXPECT_EQ(room.arbiter().holders().size(), 3U);
  room.press(6);
  EXPECT_EQ(room.told<Queued>(6)->position, 1U);
  room.release(2, 0);
  EXPECT_TRUE(room.holds(6));
}

TEST(Multi, TheNewestOfTheLowestIsPreemptedAndASecondPreemptorTakesAnother) {
  FloorPolicy policy = default_policy(FloorMode::multi);
  policy.talkers = 2;
  Room room(policy);
  room.talk_of(1);
  room.talk_of(2);
  room.press(4, kAsPriority);
  EXPECT_TRUE(room.is_revoking(2));
  EXPECT_FALSE(room.is_revoking(1));
  room.press(5, kAsCommand);
  EXPECT_TRUE(room.is_revoking(1));
  room.pass(milliseconds(800));
  EXPECT_TRUE(room.holds(4));
  EXPECT_TRUE(room.holds(5));
}

TEST(Multi, BehindAnOfferTheNextOnesGetWhatElseIsFree) {
  FloorPolicy policy = default_policy(FloorMode::multi);
  policy.talkers = 2;
  Room room(policy);
  room.talk_of(1);
  room.talk_of(2);
  room.press(3);
  room.request(3, Release{});
  room.press(6);
  room.release(1, 0);
  EXPECT_TRUE(room.told<Offer>(3));
  EXPECT_EQ(room.position(6), 2U);
  room.release(2, 0);
  EXPECT_TRUE(room.holds(6));
  EXPECT_EQ(room.position(3), 1U);
  room.release(6);
  room.press(7);
  EXPECT_TRUE(room.holds(7));
  room.press_again(3, 1);
  EXPECT_TRUE(room.holds(3));
}

TEST(Multi, AFifthBurstTakesTheChannelOfATail) {
  Room room(FloorMode::multi);
  for (const std::uint32_t member : {1U, 2U, 3U, 4U}) room.talk_of(member);
  room.release(2, 9600);
  EXPECT_TRUE(room.arbiter().is_open(MemberId{2}));
  room.press(5);
  EXPECT_TRUE(room.holds(5));
  EXPECT_EQ(room.gates(), "shut 2, open 5");
  EXPECT_EQ(room.counters().cut_tails, 1U);
}

TEST(CutIn, TheNewestWinsAtOnce) {
  Room room(FloorMode::cut_in);
  room.talk_of(1);
  room.press(2);
  EXPECT_TRUE(room.holds(2));
  EXPECT_EQ(room.revoked(1), RevokeCause::preempted);
  EXPECT_EQ(room.gates(), "shut 1, open 2");
  EXPECT_FALSE(room.told<Queued>(2));
}

TEST(CutIn, AHigherTierIsNotCut) {
  Room room(FloorMode::cut_in);
  room.press(4, kAsPriority);
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::another_talks);
}

TEST(Broadcast, OnlyTheInitiatorTalksAndTheCallEndsAfterTheBurst) {
  FloorPolicy policy = default_policy(FloorMode::broadcast);
  policy.initiator = MemberId{1};
  Room room(policy);
  room.press(2);
  EXPECT_EQ(room.denied(2), DenyCause::receive_only);
  room.talk_of(1);
  room.release(1, 0);
  room.pass(milliseconds(999));
  EXPECT_EQ(room.state(), FloorState::idle);
  room.pass(milliseconds(1));
  EXPECT_EQ(room.state(), FloorState::closed);
  EXPECT_EQ(room.counters().calls_ended, 1U);
  room.press(2);
  EXPECT_EQ(room.state(), FloorState::closed);
  room.press(1);
  EXPECT_TRUE(room.holds(1));
}

TEST(Broadcast, ASecondBurstWithinASecondIsTheSameCall) {
  FloorPolicy policy = default_policy(FloorMode::broadcast);
  policy.initiator = MemberId{1};
  Room room(policy);
  room.talk_of(1);
  room.release(1, 0);
  room.pass(milliseconds(500));
  room.press(1);
  room.packet(1, 96000);
  room.pass(seconds(1));
  EXPECT_TRUE(room.holds(1));
}

TEST(PrivateHalf, OneOfTwoAndNobodyWaits) {
  Room room(FloorMode::private_half);
  room.talk_of(1);
  room.press(5, kAsCommand);
  EXPECT_EQ(room.denied(5), DenyCause::another_talks);
  EXPECT_EQ(room.told<Granted>(1), std::nullopt);
  room.release(1, 0);
  room.press(2);
  EXPECT_EQ(room.told<Granted>(2)->limit, Duration{});
}

TEST(PrivateFull, BothAndWithoutAButton) {
  Room room(FloorMode::private_full);
  room.talk_of(1);
  room.voice(2);
  EXPECT_TRUE(room.holds(1));
  EXPECT_TRUE(room.holds(2));
  EXPECT_EQ(room.counters().strikes, 0U);
  room.press(3);
  EXPECT_EQ(room.denied(3), DenyCause::another_talks);
}

TEST(Chaired, APressRaisesTheHandAndTheChairGivesTheFloor) {
  Room room(FloorMode::chaired);
  room.press(1);
  room.press(2);
  EXPECT_EQ(room.state(), FloorState::idle);
  EXPECT_EQ(room.position(2), 2U);
  room.give(9, 2);
  EXPECT_TRUE(room.holds(2));
  EXPECT_EQ(room.told<Granted>(2)->limit, seconds(180));
  EXPECT_EQ(room.position(1), 1U);
  room.packet(2, 0);
  room.give(9, 1);
  EXPECT_FALSE(room.holds(1));
  room.release(2, 0);
  EXPECT_TRUE(room.holds(1));
}

TEST(Chaired, WhoDidNotAskIsOfferedTheFloor) {
  Room room(FloorMode::chaired);
  room.give(9, 3);
  EXPECT_EQ(room.told<Offer>(3)->press_within, seconds(2));
  EXPECT_EQ(room.state(), FloorState::offered);
  room.press(3);
  EXPECT_TRUE(room.holds(3));
  EXPECT_EQ(room.told<Granted>(3)->req_id, 1U);
}

TEST(Chaired, TheChairIsAlwaysHeard) {
  Room room(FloorMode::chaired);
  room.press(1);
  room.give(9, 1);
  room.packet(1, 0);
  room.press(9);
  EXPECT_TRUE(room.holds(9));
  EXPECT_TRUE(room.holds(1));
  EXPECT_FALSE(room.is_revoking(1));
  EXPECT_EQ(room.told<Granted>(9)->limit, Duration{});
  room.add(8, kChair);
  room.press(8);
  EXPECT_EQ(room.denied(8), DenyCause::another_talks);
}

TEST(Chaired, HandsWaitForEverAndFill256Places) {
  Room room(FloorMode::chaired);
  for (std::uint32_t member = 20; member < 20 + kMaxChairedQueue; ++member) {
    room.add(member);
    room.press(member);
  }
  room.press(1);
  EXPECT_EQ(room.denied(1), DenyCause::queue_full);
  room.pass(std::chrono::hours(2));
  EXPECT_EQ(room.arbiter().queue().size(), kMaxChairedQueue);
  room.cancel(20, 1);
  EXPECT_EQ(room.position(21), 1U);
}

TEST(Chaired, SpeakersAreWarnedThirtyAndFiveSecondsBefore) {
  FloorPolicy policy = default_policy(FloorMode::chaired);
  policy.end_of_media = seconds(600);
  Room room(policy);
  room.press(1);
  room.give(9, 1);
  room.packet(1, 0);
  room.pass(seconds(149));
  EXPECT_FALSE(room.told<Warning>(1));
  room.pass(seconds(1));
  EXPECT_EQ(room.told<Warning>(1)->left, seconds(30));
  room.pass(seconds(25));
  EXPECT_EQ(room.told<Warning>(1)->left, seconds(5));
}

TEST(Chaired, SpeakingTimeAddsUpByDelegation) {
  Room room(FloorMode::chaired);
  FloorRights rights;
  rights.delegation = 7;
  room.add(1, rights);
  room.add(2, rights);
  for (const std::uint32_t member : {1U, 2U}) {
    room.press(member);
    room.give(9, member);
    room.packet(member, 0);
    room.talk(member, seconds(3));
    room.release(member);
  }
  EXPECT_EQ(room.arbiter().spoken()[7], seconds(6));
  EXPECT_EQ(room.arbiter().spoken()[0], Duration{});
}

TEST(Chaired, ANewSumOfSpeakingTimeIsToldToAll) {
  Room room(FloorMode::chaired);
  FloorRights rights;
  rights.delegation = 7;
  room.add(1, rights);
  room.press(1);
  room.give(9, 1);
  room.talk(1, seconds(3));
  const std::uint64_t fseq = room.arbiter().fseq();
  room.cut(9, 1);
  EXPECT_TRUE(room.told<QueueChanged>(0));
  EXPECT_EQ(room.arbiter().fseq(), fseq + 1) << "one change, whatever of it is told";
}

TEST(Chaired, WhoSpeaksForNobodyChangesNoSum) {
  Room room(FloorMode::chaired);
  room.press(1);
  room.give(9, 1);
  room.talk(1, seconds(3));
  room.cut(9, 1);
  room.pass(seconds(1));
  EXPECT_FALSE(room.told<QueueChanged>(0));
}

TEST(EveryMode, AnEmergencyIsHeardWithinItsGrace) {
  for (const FloorMode mode :
       {FloorMode::ptt, FloorMode::dual, FloorMode::multi, FloorMode::cut_in, FloorMode::broadcast,
        FloorMode::private_half, FloorMode::private_full, FloorMode::chaired}) {
    FloorPolicy policy = default_policy(mode);
    policy.initiator = MemberId{1};
    policy.queues = false;
    policy.talkers = 2;
    Room room(policy);
    room.talk_of(1);
    room.talk_of(2);
    room.give(9, 1);
    room.packet(1, 0);
    room.emergency_of(6);
    room.pass(policy.grace_emergency);
    EXPECT_TRUE(room.holds(6)) << static_cast<int>(mode);
  }
}

TEST(Policy, ChangesWhenNobodyTalks) {
  Room room(FloorMode::ptt);
  room.talk_of(1);
  room.press(2);
  room.press(3);
  room.request(9, SetPolicy{default_policy(FloorMode::private_half)});
  EXPECT_EQ(room.arbiter().policy().mode, FloorMode::ptt);
  EXPECT_FALSE(room.told<StateTold>(0));
  room.release(1, 0);
  EXPECT_EQ(room.arbiter().policy().mode, FloorMode::private_half);
  EXPECT_TRUE(room.told<StateTold>(0));
  EXPECT_EQ(room.denied(2), DenyCause::other);
  EXPECT_EQ(room.denied(3), DenyCause::other);
}

TEST(Policy, WhoWaitsGoesOnWaitingWhereTheNewRulesLetHim) {
  Room room(FloorMode::chaired);
  room.press(1);
  room.press(2);
  room.request(9, SetPolicy{default_policy(FloorMode::ptt)});
  EXPECT_TRUE(room.holds(1));
  EXPECT_EQ(room.position(2), 1U);
}

TEST(Policy, AnOpenRoomIsNotForTheArbiterToMake) {
  Room room(FloorMode::ptt);
  room.request(9, SetPolicy{default_policy(FloorMode::open)});
  EXPECT_EQ(room.denied(9), DenyCause::other);
  EXPECT_EQ(room.arbiter().policy().mode, FloorMode::ptt);
}

}  // namespace
}  // namespace parley::sfu
