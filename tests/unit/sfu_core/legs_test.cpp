// A room on several workers: the home decides, legs fan out, and nobody hears the difference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::TestCall;
using test::TestPeer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr RoomId kRoom{7};
constexpr RoomId kOther{8};
constexpr WorkerIndex kHome{0};
constexpr WorkerIndex kLeg{1};
constexpr WorkerIndex kThird{2};

class Legs : public testing::Test {
 protected:
  TestPeer& join(WorkerIndex worker, bool may_send = true, RoomId room = kRoom) {
    return call.join(room, may_send, {.id = {}, .path = {}, .worker = worker});
  }
  static std::vector<std::string> words_heard(TestPeer& peer) {
    std::vector<std::string> words;
    for (const auto& packet : peer.take_heard()) {
      words.emplace_back(packet.payload.begin(), packet.payload.end());
    }
    return words;
  }

  TestCall call{{}, 1, 3};
};

TEST_F(Legs, ATalkerAtHomeIsHeardOnEveryWorker) {
  TestPeer& talker = join(kHome);
  TestPeer& near = join(kHome);
  TestPeer& far = join(kLeg);
  TestPeer& farther = join(kThird);
  call.say(talker, "one");
  EXPECT_THAT(words_heard(near), ElementsAre("one"));
  EXPECT_THAT(words_heard(far), ElementsAre("one"));
  EXPECT_THAT(words_heard(farther), ElementsAre("one"));
  EXPECT_EQ(call.counters(kHome).accepted, 1U);
  EXPECT_EQ(call.counters(kHome).messages_out, 2U)
      << "one copy for each leg, not for each listener";
  EXPECT_EQ(call.counters(kLeg).relayed, 1U);
}

TEST_F(Legs, ATalkerElsewhereIsHeardEverywhereButByHimself) {
  TestPeer& at_home = join(kHome);
  TestPeer& talker = join(kLeg);
  TestPeer& beside = join(kLeg);
  TestPeer& farther = join(kThird);
  call.say(talker, "from afar");
  EXPECT_THAT(words_heard(at_home), ElementsAre("from afar"));
  EXPECT_THAT(words_heard(beside), ElementsAre("from afar"));
  EXPECT_THAT(words_heard(farther), ElementsAre("from afar"));
  EXPECT_THAT(talker.take_heard(), IsEmpty());
  EXPECT_EQ(call.counters(kLeg).handed_to_home, 1U);
  EXPECT_EQ(call.last_event<TalkersChanged>()->channels[0], talker.id());
}

// The member that holds a channel hears the last channel in its place, also on a leg.
TEST_F(Legs, TalkersOfDifferentWorkersHearEachOther) {
  std::vector<TestPeer*> all;
  for (const WorkerIndex worker : {kHome, kLeg, kThird, kLeg, kHome}) {
    all.push_back(&join(worker));
  }
  for (int round = 0; round < 3; ++round) {
    for (TestPeer* peer : all) call.say(*peer, "w");
    call.pass(std::chrono::milliseconds(20));
  }
  for (TestPeer* peer : all) EXPECT_THAT(peer->take_heard(), SizeIs(3U * 4U));
}

TEST_F(Legs, AMemberListensToRoomsWhoseHomesAreElsewhere) {
  TestPeer& listener = join(kLeg, false, kOther);
  call.command(OpenLeg{.room = kRoom, .worker = kLeg});
  call.command(JoinRoom{.peer = listener.id(), .room = kRoom, .home = kHome, .may_send = false},
               kLeg);
  TestPeer& one = join(kHome, true, kRoom);
  TestPeer& two = join(kThird, true, kOther);
  call.say(one, "first room");
  call.pass(std::chrono::seconds(1));
  call.say(two, "second room");
  EXPECT_THAT(words_heard(listener), ElementsAre("first room", "second room"));
}

TEST_F(Legs, AClosedLegGetsNothing) {
  TestPeer& talker = join(kHome);
  TestPeer& far = join(kLeg);
  call.command(LeaveRoom{.peer = far.id(), .room = kRoom}, kLeg);
  call.command(CloseLeg{.room = kRoom, .worker = kLeg});
  const auto before = call.counters(kHome).messages_out;
  call.say(talker, "alone");
  EXPECT_EQ(call.counters(kHome).messages_out, before);
  EXPECT_THAT(far.take_heard(), IsEmpty());
  EXPECT_EQ(call.node(kLeg).room_count(), 0U);
}

TEST_F(Legs, ATalkerWhoLeavesElsewhereIsShownNoMore) {
  join(kHome);
  TestPeer& talker = join(kLeg);
  call.say(talker, "bye");
  call.command(LeaveRoom{.peer = talker.id(), .room = kRoom}, kLeg);
  EXPECT_EQ(call.last_event<TalkersChanged>()->channels, std::vector<PeerId>(5));
}

TEST_F(Legs, ATalkerWhoMovesToAnotherRoomIsHeardThereOnly) {
  TestPeer& here = join(kHome, false);
  TestPeer& there = join(kThird, false, kOther);
  TestPeer& talker = join(kLeg);
  call.command(OpenLeg{.room = kOther, .worker = kLeg});
  call.say(talker, "before");
  call.command(JoinRoom{.peer = talker.id(), .room = kOther, .home = kHome, .may_send = true},
               kLeg);
  call.say(talker, "after");
  EXPECT_THAT(words_heard(here), ElementsAre("before"));
  EXPECT_THAT(words_heard(there), ElementsAre("after"));
}

TEST_F(Legs, AHomeWithoutListenersOfItsOwnServesItsLegs) {
  TestPeer& talker = join(kLeg);
  TestPeer& listener = join(kThird);
  call.say(talker, "over the home");
  EXPECT_THAT(words_heard(listener), ElementsAre("over the home"));
  EXPECT_EQ(call.node(kHome).room_count(), 1U);
  call.command(RemovePeer{.peer = talker.id()}, kLeg);
  call.command(CloseLeg{.room = kRoom, .worker = kLeg});
  call.command(RemovePeer{.peer = listener.id()}, kThird);
  call.command(CloseLeg{.room = kRoom, .worker = kThird});
  EXPECT_EQ(call.node(kHome).room_count(), 0U);
}

// A full mailbox loses voice; what comes after it is heard as after any loss.
TEST_F(Legs, LostMessagesAreAGapAndNothingElse) {
  TestPeer& talker = join(kHome);
  TestPeer& far = join(kLeg);
  call.say(talker, "one");
  call.cut_workers(true);
  call.say(talker, "two");
  call.cut_workers(false);
  call.say(talker, "three");
  const auto heard = far.take_heard();
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_EQ(heard[1].sequence - heard[0].sequence, 2);
  EXPECT_EQ(far.decrypt_errors(), 0U);
}

// The note that a talker left was lost: his channel is free after kReleaseAfter, as after silence.
TEST_F(Legs, ALostNoteOfALeavingTalkerHealsByItself) {
  join(kHome);
  TestPeer& talker = join(kLeg);
  call.say(talker, "one");
  call.cut_workers(true);
  call.command(RemovePeer{.peer = talker.id()}, kLeg);
  call.cut_workers(false);
  call.pass(std::chrono::seconds(5));
  EXPECT_EQ(call.last_event<TalkersChanged>()->channels, std::vector<PeerId>(5));
}

TEST_F(Legs, VoiceForARoomThatIsGoneIsANamedDrop) {
  TestPeer& talker = join(kHome);
  call.command(OpenLeg{.room = kRoom, .worker = kLeg});
  call.say(talker, "nobody there yet");
  EXPECT_EQ(call.counters(kLeg).receive_drops.of(Drop::no_room), 1U);
}

}  // namespace
}  // namespace parley::sfu
