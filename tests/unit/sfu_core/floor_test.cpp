// Push-to-talk through the whole node: presses and voice in, grants and voice out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/floor_call.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using test::FloorCall;
using test::JoinSettings;
using test::kFrame;
using test::TestPeer;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr RoomId kAlpha{7};
constexpr RoomId kBravo{8};
constexpr Duration kFrameTime = milliseconds(20);

class Floor : public testing::Test {
 protected:
  // `count` frames of one word, one every 20 ms.
  void talk(TestPeer& peer, std::string_view word, int count) {
    for (int i = 0; i < count; ++i) {
      call.say(peer, word);
      call.pass(kFrameTime);
    }
  }

  FloorCall call;
  TestPeer& anna = call.join(kAlpha);
  TestPeer& ben = call.join(kAlpha);
};

TEST_F(Floor, APressOnAnIdleFloorIsGrantedAndHeard) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  const floor::Event granted = call.last_told(anna, &floor::Event::has_granted);
  EXPECT_EQ(granted.granted().req_id(), 1U);
  EXPECT_EQ(granted.room_id(), kAlpha.value);
  EXPECT_EQ(granted.term(), granted.granted().grant().term());
  const floor::Event taken = call.last_told(ben, &floor::Event::has_taken);
  ASSERT_EQ(taken.taken().holders_size(), 1);
  EXPECT_EQ(taken.taken().holders(0).member_id(), anna.id().value);
  talk(anna, "hello", 5);
  EXPECT_THAT(FloorCall::words_heard(ben), SizeIs(5));
  EXPECT_THAT(anna.take_heard(), IsEmpty());
}

TEST_F(Floor, VoiceThatComesBeforeItsPressLosesNothing) {
  const std::uint32_t first = anna.next_timestamp();
  talk(anna, "early", 4);
  EXPECT_THAT(ben.take_heard(), IsEmpty());
  EXPECT_EQ(call.call().counters().held, 4U);
  call.press(anna, kAlpha, 1, first);
  EXPECT_THAT(FloorCall::words_heard(ben), SizeIs(4)) << "in the step of the grant";
  EXPECT_EQ(call.call().counters().held, 0U);
  talk(anna, "live", 3);
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("live", "live", "live"));
  EXPECT_EQ(call.dropped(Drop::no_floor), 0U);
}

TEST_F(Floor, WhatIsOlderThanThePressIsNotHeard) {
  talk(anna, "before", 3);
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  call.say(anna, "after");
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("after"));
  EXPECT_EQ(call.dropped(Drop::no_floor), 3U);
}

TEST_F(Floor, WithoutATimestampTheLast300MillisecondsAreHeard) {
  for (int i = 0; i < 9; ++i) {
    call.say(anna, std::to_string(i));
    call.pass(kFrameTime);
  }
  call.pass(milliseconds(160));  // the first is 340 ms old, the second 320, the third 300
  call.press(anna, kAlpha, 1);
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("3", "4", "5", "6", "7", "8"));
  EXPECT_EQ(call.dropped(Drop::no_floor), 3U);
}

TEST_F(Floor, AHeldPacketThatNobodyClaimsIsForgottenByTime) {
  call.say(anna, "psst");
  EXPECT_EQ(call.call().counters().held, 1U);
  call.pass(milliseconds(320));
  EXPECT_EQ(call.call().counters().held, 0U);
  EXPECT_EQ(call.dropped(Drop::no_floor), 1U);
}

TEST_F(Floor, TwoTimestampsAcrossTheWrapAreCompared) {
  anna.set_next_timestamp(0xffffffffU - 2 * kFrame + 1);
  const std::uint32_t first = anna.next_timestamp() + kFrame;
  talk(anna, "x", 4);
  call.press(anna, kAlpha, 1, first);
  EXPECT_THAT(ben.take_heard(), SizeIs(3));
}

TEST_F(Floor, ADenialDestroysWhatWasHeld) {
  TestPeer& boss = call.join(kAlpha, {.role = floor::CHAIR});
  floor::Request policy;
  policy.mutable_set_policy()->mutable_policy()->set_mode(floor::PTT);
  policy.mutable_set_policy()->mutable_policy()->set_queues(false);
  call.ask(boss, policy, kAlpha);
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "mine", 2);
  const std::uint32_t first = ben.next_timestamp();
  talk(ben, "secret", 3);
  call.press(ben, kAlpha, 5, first);
  EXPECT_EQ(call.last_told(ben, &floor::Event::has_denied).denied().cause(),
            floor::Denied::ANOTHER_TALKS);
  EXPECT_EQ(call.call().counters().held, 0U);
  call.release(anna, kAlpha, call.grant_of(anna), anna.next_timestamp() - kFrame);
  call.press(ben, kAlpha, 6);
  call.say(ben, "open");
  EXPECT_THAT(FloorCall::words_heard(boss), ElementsAre("mine", "mine", "open"));
}

TEST_F(Floor, TheTailEndsWithTheLastTimestamp) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "said", 3);
  auto on_the_way = anna.make_voice(as_bytes("last"));
  const std::uint32_t last = anna.next_timestamp() - kFrame;
  call.release(anna, kAlpha, call.grant_of(anna), last);
  call.say(anna, "next press");  // newer than the burst
  call.send(anna, on_the_way);
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("said", "said", "said", "last"));
  EXPECT_TRUE(call.last_told(anna, &floor::Event::has_done).has_done());
  call.press(anna, kAlpha, 2, last + kFrame);
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("next press"));
  EXPECT_EQ(call.numbers().counters.cut_tails, 0U);
}

TEST_F(Floor, ATailWithoutATimestampEndsByTime) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "said", 3);
  call.release(anna, kAlpha, call.grant_of(anna));
  call.say(anna, "tail");
  call.pass(milliseconds(450));
  call.say(anna, "after");
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("said", "said", "said", "tail"));
}

TEST_F(Floor, ABusyFloorQueuesAndPassesOn) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "a", 2);
  call.press(ben, kAlpha, 1, ben.next_timestamp());
  EXPECT_EQ(call.last_told(ben, &floor::Event::has_queued).queued().position(), 1U);
  talk(ben, "b", 3);
  EXPECT_THAT(anna.take_heard(), IsEmpty());
  call.release(anna, kAlpha, call.grant_of(anna), anna.next_timestamp() - kFrame);
  EXPECT_FALSE(call.grant_of(ben).number() == 0);
  EXPECT_THAT(FloorCall::words_heard(anna), ElementsAre("b", "b", "b"));
}

TEST_F(Floor, ALateMemberGetsTheState) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "a", 2);
  TestPeer& carl = call.join(kAlpha);
  floor::Request snapshot;
  snapshot.mutable_snapshot();
  call.ask(carl, snapshot, kAlpha);
  const floor::State state = call.last_told(carl, &floor::Event::has_state).state();
  ASSERT_EQ(state.holders_size(), 1);
  EXPECT_EQ(state.holders(0).member_id(), anna.id().value);
  EXPECT_GE(state.holders(0).for_ms(), 40U);
  EXPECT_EQ(state.policy().mode(), floor::PTT);
  EXPECT_TRUE(state.own_rights().may_talk());
  call.say(anna, "next packet");
  EXPECT_THAT(FloorCall::words_heard(carl), ElementsAre("next packet"));
}

TEST_F(Floor, AListenerIsToldSo) {
  TestPeer& guest = call.join(kAlpha, {.role = floor::LISTENER, .may_talk = false});
  call.press(guest, kAlpha, 9);
  EXPECT_EQ(call.last_told(guest, &floor::Event::has_denied).denied().cause(),
            floor::Denied::RECEIVE_ONLY);
}

TEST_F(Floor, APressInARoomNobodyKnowsIsDenied) {
  call.press(anna, RoomId{99}, 4);
  const floor::Event denied = call.last_told(anna, &floor::Event::has_denied);
  EXPECT_EQ(denied.denied().cause(), floor::Denied::NOT_A_MEMBER);
  EXPECT_EQ(denied.denied().req_id(), 4U);
}

TEST_F(Floor, MessageNumbersGrowWithinATerm) {
  for (std::uint32_t req = 1; req <= 5; ++req) {
    call.press(anna, kAlpha, req, anna.next_timestamp());
    talk(anna, "a", 2);
    call.press(ben, kAlpha, req);
    call.cancel(ben, kAlpha, req);
    call.release(anna, kAlpha, call.grant_of(anna), anna.next_timestamp() - kFrame);
  }
  std::uint64_t last = 0;
  for (const floor::Event& event : call.take_told(anna)) {
    EXPECT_EQ(event.term(), 100U);
    EXPECT_GT(event.message_id(), last);
    last = event.message_id();
  }
  EXPECT_GT(last, 20U);
}

// ---- hostile clients ----------------------------------------------------------------------------

TEST_F(Floor, MediaWithoutAGrantIsSilenceAThreeStrikeMatter) {
  TestPeer& carl = call.join(kAlpha);
  talk(carl, "noise", 9);
  EXPECT_EQ(call.numbers().counters.strikes, 0U) << "less than 200 ms";
  talk(carl, "noise", 140);
  EXPECT_EQ(call.numbers().counters.strikes, 3U);
  EXPECT_EQ(call.last_told(carl, &floor::Event::has_revoked).revoked().cause(),
            floor::Revoked::NO_PERMISSION);
  call.press(carl, kAlpha, 1);
  EXPECT_EQ(call.last_told(carl, &floor::Event::has_denied).denied().cause(),
            floor::Denied::RETRY_TIMER_RUNS);
  EXPECT_THAT(ben.take_heard(), IsEmpty());
}

TEST_F(Floor, AThousandPressesASecondDoNotKeepOthersFromTalking) {
  for (std::uint32_t i = 1; i <= 1000; ++i) {
    call.press(ben, kAlpha, i);
    call.release(ben, kAlpha, call.grant_of(ben));
    call.pass(milliseconds(1));
  }
  EXPECT_GT(call.numbers().counters.denied[static_cast<std::size_t>(DenyCause::rate_limit)], 900U);
  call.pass(std::chrono::seconds(1));
  (void)call.take_told(anna);
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  EXPECT_TRUE(call.last_told(anna, &floor::Event::has_granted).has_granted());
  call.say(anna, "still");
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("still"));
}

TEST_F(Floor, ForgedAndForeignGrantsReleaseNothing) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  const floor::GrantId grant = call.grant_of(anna);
  call.release(ben, kAlpha, grant);
  floor::GrantId forged = grant;
  forged.set_number(grant.number() + 1);
  call.release(ben, kAlpha, forged);
  EXPECT_EQ(call.numbers().counters.forged, 2U);
  talk(anna, "mine", 3);
  EXPECT_THAT(ben.take_heard(), SizeIs(3));
}

// ---- signaling goes away ------------------------------------------------------------------------

TEST_F(Floor, WhileSignalingIsAwayVoiceIsThePress) {
  call.set_signaling(anna, false);
  talk(anna, "help", 20);
  EXPECT_THAT(FloorCall::words_heard(ben), SizeIs(20)) << "what came before the grant is heard too";
  call.pass(milliseconds(1600));
  EXPECT_TRUE(call.last_told(ben, &floor::Event::has_idle).has_idle()) << "T1 ends it";
  EXPECT_EQ(call.numbers().counters.strikes, 0U);
}

TEST_F(Floor, WhileTheControlLinkIsDownVoiceIsThePress) {
  call.set_link(false);
  talk(anna, "help", 15);
  EXPECT_THAT(FloorCall::words_heard(ben), SizeIs(15));
  call.pass(std::chrono::seconds(3));
  call.set_link(true);
  talk(anna, "noise", 15);
  EXPECT_THAT(ben.take_heard(), IsEmpty());
  EXPECT_EQ(call.numbers().counters.strikes, 1U);
}

// ---- transports ---------------------------------------------------------------------------------

TEST_F(Floor, AChangeOfAddressKeepsTheFloor) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "here", 2);
  Path elsewhere = anna.path();
  elsewhere.remote.port = 4000;
  anna.move_to(elsewhere);
  call.send(anna, anna.make_check());
  talk(anna, "there", 2);
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("here", "here", "there", "there"));
}

// Whatever numbers its packets begin with.
TEST(FloorOfAMember, IsThatOfHisNewTransport) {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    FloorCall call(1, seed);
    TestPeer& old = call.join(kAlpha);
    TestPeer& listener = call.join(kAlpha);
    call.press(old, kAlpha, 1, old.next_timestamp());
    call.say(old, "old");
    call.say(old, "old");
    TestPeer& again = call.connect(kAlpha);
    call.join(again, kAlpha, {.member = MemberId{old.id().value}});
    call.say(again, "new");
    EXPECT_THAT(FloorCall::words_heard(listener), ElementsAre("old", "old", "new")) << seed;
    EXPECT_EQ(call.numbers().counters.grants, 1U);
  }
}

TEST_F(Floor, TheBurstOfALostTransportIsOverSoon) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "old", 2);
  call.call().command(RemovePeer{.peer = anna.id()});
  sfu::SwitchboardOutbox ignored;
  call.pass(milliseconds(1600));
  EXPECT_TRUE(call.last_told(ben, &floor::Event::has_idle).has_idle());
}

TEST_F(Floor, ThePlaceOfALostMemberIsKeptForAMinute) {
  PacketBatch goodbye(1U << 12, 4);
  anna.close(goodbye);
  for (const PacketBatch::Entry& entry : goodbye.entries()) {
    const Bytes bytes = goodbye.bytes(entry);
    call.send(anna, {bytes.begin(), bytes.end()});
  }
  ASSERT_EQ(call.call().node().peer_count(), 1U);
  call.pass(kLostMemberHold - milliseconds(5));
  call.press(ben, kAlpha, 1);
  EXPECT_EQ(call.grant_of(ben).number(), 1U) << "he is not alone";
  call.release(ben, kAlpha, call.grant_of(ben));
  call.pass(milliseconds(5));
  call.press(ben, kAlpha, 2);
  const floor::Event denied = call.last_told(ben, &floor::Event::has_denied);
  EXPECT_EQ(denied.denied().req_id(), 2U);
  EXPECT_EQ(denied.denied().cause(), floor::Denied::NOBODY_ELSE_HERE);
}

TEST_F(Floor, WhoIsExpelledIsCutAtOnce) {
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "a", 2);
  call.leave(anna, kAlpha, true);
  EXPECT_EQ(call.last_told(anna, &floor::Event::has_revoked).revoked().cause(),
            floor::Revoked::MEMBER_REVOKED);
  call.say(anna, "b");
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("a", "a"));
}

// ---- modes change -------------------------------------------------------------------------------

TEST_F(Floor, AChairOpensTheRoomAtTheNextIdleMoment) {
  TestPeer& chair = call.join(kAlpha, {.role = floor::CHAIR});
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "a", 2);
  call.set_policy(chair, kAlpha, floor::OPEN);
  call.say(ben, "shut");
  EXPECT_THAT(chair.take_heard(), SizeIs(2));
  call.release(anna, kAlpha, call.grant_of(anna), anna.next_timestamp() - kFrame);
  EXPECT_EQ(call.last_told(ben, &floor::Event::has_state).state().policy().mode(), floor::OPEN);
  EXPECT_GT(call.last_told(ben, &floor::Event::has_state).term(), 100U);
  EXPECT_EQ(call.call().counters().held, 0U);
  call.say(ben, "open");
  EXPECT_THAT(FloorCall::words_heard(chair), ElementsAre("open"));
}

TEST_F(Floor, AChairClosesAnOpenRoom) {
  constexpr RoomId kHall{20};
  TestPeer& chair = call.join(kHall, {.mode = floor::OPEN, .role = floor::CHAIR});
  TestPeer& guest = call.join(kHall, {.mode = floor::OPEN});
  call.say(guest, "freely");
  EXPECT_THAT(FloorCall::words_heard(chair), ElementsAre("freely"));
  call.set_policy(guest, kHall, floor::PTT);
  EXPECT_EQ(call.last_told(guest, &floor::Event::has_denied).denied().cause(),
            floor::Denied::NO_PERMISSION);
  call.set_policy(chair, kHall, floor::PTT);
  call.say(guest, "held");
  EXPECT_THAT(chair.take_heard(), IsEmpty());
  call.press(guest, kHall, 1);
  call.say(guest, "granted");
  EXPECT_THAT(FloorCall::words_heard(chair), ElementsAre("held", "granted"));
}

TEST_F(Floor, AnOpenRoomAnswersAPressAndASnapshot) {
  constexpr RoomId kHall{20};
  TestPeer& guest = call.join(kHall, {.mode = floor::OPEN});
  call.press(guest, kHall, 3);
  EXPECT_EQ(call.last_told(guest, &floor::Event::has_denied).denied().cause(),
            floor::Denied::OTHER);
  floor::Request snapshot;
  snapshot.mutable_snapshot();
  call.ask(guest, snapshot, kHall);
  EXPECT_EQ(call.last_told(guest, &floor::Event::has_state).state().policy().talkers(), 4U);
}

// ---- several rooms ------------------------------------------------------------------------------

TEST_F(Floor, APressMakesItsRoomTheTalkRoom) {
  call.join(anna, kBravo, {.first_slot = 2, .slots = 2});
  TestPeer& bob = call.join(kBravo);
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "alpha", 2);
  call.release(anna, kAlpha, call.grant_of(anna), anna.next_timestamp() - kFrame);
  call.press(anna, kBravo, 2, anna.next_timestamp());
  talk(anna, "bravo", 2);
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("alpha", "alpha"));
  EXPECT_THAT(FloorCall::words_heard(bob), ElementsAre("bravo", "bravo"));
}

TEST_F(Floor, AnOpenRoomHearsNothingThatWasSaidInTheOneBefore) {
  constexpr RoomId kHall{20};
  constexpr RoomId kLobby{21};
  TestPeer& guest = call.join(kHall, {.mode = floor::OPEN});
  TestPeer& hall = call.join(kHall, {.mode = floor::OPEN});
  TestPeer& lobby = call.join(kLobby, {.mode = floor::OPEN});
  call.join(guest, kLobby, {.mode = floor::OPEN});
  call.say(guest, "hall");
  const auto on_the_way = guest.make_voice(as_bytes("late"));
  (void)call.take_messages();
  call.set_talk_room(guest, kLobby, 5, guest.next_timestamp());
  call.send(guest, on_the_way);
  call.say(guest, "lobby");
  EXPECT_THAT(FloorCall::words_heard(hall), ElementsAre("hall"));
  EXPECT_THAT(FloorCall::words_heard(lobby), ElementsAre("lobby"));
  EXPECT_EQ(call.dropped(Drop::other_talk_room), 1U);
}

TEST_F(Floor, AChangeOfTheTalkRoomIsConfirmed) {
  call.join(anna, kBravo, {});
  (void)call.take_messages();
  for (const std::uint32_t change_id : {5U, 6U}) {  // the second one changes nothing
    call.set_talk_room(anna, kBravo, change_id);
    const auto messages = call.take_messages();
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_EQ(messages[0].talk_room_set().peer_id(), anna.id().value);
    EXPECT_EQ(messages[0].talk_room_set().room_id(), kBravo.value);
    EXPECT_EQ(messages[0].talk_room_set().change_id(), change_id);
  }
  call.set_talk_room(anna, kAlpha);
  EXPECT_THAT(call.take_messages(), IsEmpty()) << "nobody waits for it";
}

TEST_F(Floor, APressElsewhereEndsTheBurstInTheOldRoom) {
  call.join(anna, kBravo, {});
  TestPeer& bob = call.join(kBravo);
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "alpha", 2);
  call.press(anna, kBravo, 2, anna.next_timestamp());
  talk(anna, "bravo", 2);
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("alpha", "alpha"));
  EXPECT_THAT(FloorCall::words_heard(bob), ElementsAre("bravo", "bravo"));
  call.press(ben, kAlpha, 1, ben.next_timestamp());
  EXPECT_TRUE(call.last_told(ben, &floor::Event::has_granted).has_granted());
}

TEST_F(Floor, AnOpenTalkRoomLetsNoPressElsewhere) {
  constexpr RoomId kHall{20};
  TestPeer& carl = call.join(kHall, {.mode = floor::OPEN});
  call.join(carl, kAlpha, {});
  call.press(carl, kAlpha, 1);
  EXPECT_EQ(call.last_told(carl, &floor::Event::has_denied).denied().cause(), floor::Denied::OTHER);
  call.set_talk_room(carl, kAlpha);
  call.press(carl, kAlpha, 2, carl.next_timestamp());
  call.say(carl, "now");
  EXPECT_THAT(FloorCall::words_heard(ben), ElementsAre("now"));
}

TEST_F(Floor, AGrantOfARoomThatWasLeftForAnotherIsGivenBack) {
  call.join(ben, kBravo, {});
  TestPeer& bob = call.join(kBravo);
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  talk(anna, "a", 1);
  call.press(ben, kAlpha, 1, ben.next_timestamp());  // queued
  call.press(ben, kBravo, 2, ben.next_timestamp());
  talk(ben, "bravo", 1);
  call.release(anna, kAlpha, call.grant_of(anna), anna.next_timestamp() - kFrame);
  talk(ben, "bravo", 1);
  EXPECT_THAT(anna.take_heard(), IsEmpty());
  EXPECT_THAT(FloorCall::words_heard(bob), ElementsAre("bravo", "bravo"));
  call.pass(milliseconds(500));
  call.press(anna, kAlpha, 2, anna.next_timestamp());
  EXPECT_EQ(call.last_told(anna, &floor::Event::has_granted).granted().req_id(), 2U);
}

// ---- slots --------------------------------------------------------------------------------------

TEST_F(Floor, ARoomIsHeardInItsOwnSlots) {
  TestPeer& carl = call.connect(kAlpha);
  call.join(carl, kAlpha, {.first_slot = 0, .slots = 2});
  call.join(carl, kBravo, {.first_slot = 2, .slots = 2});
  TestPeer& bob = call.join(kBravo);
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  call.press(bob, kBravo, 1, bob.next_timestamp());
  call.say(anna, "alpha");
  call.say(bob, "bravo");
  const auto heard = carl.take_heard();
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_EQ(heard[0].ssrc, carl.answer()->slot_ssrcs[0]);
  EXPECT_EQ(heard[1].ssrc, carl.answer()->slot_ssrcs[2]);
}

TEST_F(Floor, SlotsOfAnotherRoomAreRefused) {
  TestPeer& carl = call.connect(kAlpha);
  call.join(carl, kAlpha, {.first_slot = 0, .slots = 2});
  (void)call.take_messages();
  call.join(carl, kBravo, {.first_slot = 1, .slots = 2});
  const auto messages = call.take_messages();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].error().message(), "Another room is heard in one of these slots.");
  call.join(carl, kBravo, {.first_slot = 11, .slots = 2});
  EXPECT_THAT(call.take_messages(), SizeIs(1)) << "there are twelve";
  call.join(carl, kAlpha, {.first_slot = 4, .slots = 2});
  call.join(carl, kBravo, {.first_slot = 0, .slots = 2});
  EXPECT_THAT(call.take_messages(), IsEmpty()) << "a room may move";
  call.press(anna, kAlpha, 1, anna.next_timestamp());
  call.say(anna, "alpha");
  EXPECT_EQ(carl.take_heard().at(0).ssrc, carl.answer()->slot_ssrcs[4]);
}

// ---- several workers ----------------------------------------------------------------------------

TEST(FloorOfWorkers, TalkerHomeAndListenerOnThreeWorkers) {
  FloorCall call(3, 1, 1);
  TestPeer& at_home = call.join(kAlpha);
  TestPeer& talker = call.join(kAlpha);
  TestPeer& listener = call.join(kAlpha);
  ASSERT_NE(at_home.worker(), talker.worker());
  ASSERT_NE(talker.worker(), listener.worker());
  ASSERT_NE(at_home.worker(), listener.worker());
  const std::uint32_t first = talker.next_timestamp();
  call.say(talker, "one");
  call.say(talker, "two");
  EXPECT_EQ(call.call().counters(talker.worker()).held, 2U);
  call.press(talker, kAlpha, 1, first);
  call.say(talker, "three");
  EXPECT_THAT(FloorCall::words_heard(listener), ElementsAre("one", "two", "three"));
  EXPECT_THAT(FloorCall::words_heard(at_home), ElementsAre("one", "two", "three"));
  const std::uint32_t last = talker.next_timestamp() - kFrame;
  call.release(talker, kAlpha, call.grant_of(talker), last);
  call.say(talker, "four");
  call.pass(milliseconds(350));
  EXPECT_THAT(listener.take_heard(), IsEmpty());
  EXPECT_EQ(call.dropped(Drop::no_floor), 1U);
}

TEST(FloorOfWorkers, ALostOrderToOpenIsGivenAgain) {
  FloorCall call(2, 1, 1);
  TestPeer& at_home = call.join(kAlpha);
  TestPeer& talker = call.join(kAlpha);
  ASSERT_NE(at_home.worker(), talker.worker());
  call.call().cut_workers(true);
  call.press(talker, kAlpha, 1, talker.next_timestamp());
  call.call().cut_workers(false);
  for (int i = 0; i < 12; ++i) {
    call.say(talker, std::to_string(i));
    call.pass(kFrameTime);
  }
  EXPECT_THAT(at_home.take_heard(), SizeIs(12)) << "nothing is lost but time";
}

TEST(FloorOfWorkers, ALostOrderToShutIsGivenAgainAndTheHomeIsShutMeanwhile) {
  FloorCall call(2, 1, 1);
  TestPeer& at_home = call.join(kAlpha);
  TestPeer& talker = call.join(kAlpha);
  call.press(talker, kAlpha, 1, talker.next_timestamp());
  call.say(talker, "mine");
  call.call().cut_workers(true);
  call.release(talker, kAlpha, call.grant_of(talker), talker.next_timestamp() - kFrame);
  call.call().cut_workers(false);
  call.say(talker, "one too many");
  EXPECT_THAT(FloorCall::words_heard(at_home), ElementsAre("mine"));
  EXPECT_EQ(call.dropped(Drop::no_floor), 1U);
  call.say(talker, "held");
  EXPECT_EQ(call.call().counters(talker.worker()).held, 1U) << "the gate is shut again";
}

TEST(FloorOfWorkers, AModeReachesTheLegs) {
  FloorCall call(2, 1, 1);
  TestPeer& chair = call.join(kAlpha, {.role = floor::CHAIR});
  TestPeer& far = call.join(kAlpha);
  ASSERT_NE(chair.worker(), far.worker());
  call.set_policy(chair, kAlpha, floor::OPEN);
  call.say(far, "open");
  EXPECT_THAT(FloorCall::words_heard(chair), ElementsAre("open"));
  call.set_policy(chair, kAlpha, floor::PTT);
  call.say(far, "held");
  EXPECT_THAT(chair.take_heard(), IsEmpty());
}

}  // namespace
}  // namespace parley::sfu
