// People in rooms: who hears whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "sfu/forwarding/downlink.hpp"
#include "sfu/forwarding/room.hpp"
#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::HeardPacket;
using test::TestCall;
using test::TestPeer;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr RoomId kBridge{7};
constexpr RoomId kGalley{8};

std::vector<std::string> words_heard(TestPeer& peer) {
  std::vector<std::string> words;
  for (const HeardPacket& packet : peer.take_heard()) {
    words.emplace_back(packet.payload.begin(), packet.payload.end());
  }
  return words;
}

TEST(Call, TwoPeopleHearEachOther) {
  TestCall call;
  TestPeer& anna = call.join(kBridge);
  TestPeer& ben = call.join(kBridge);
  call.say(anna, "good morning");
  EXPECT_THAT(words_heard(ben), ElementsAre("good morning"));
  EXPECT_THAT(words_heard(anna), IsEmpty());
  call.say(ben, "hello anna");
  EXPECT_THAT(words_heard(anna), ElementsAre("hello anna"));
  EXPECT_THAT(words_heard(ben), IsEmpty());
  EXPECT_EQ(call.counters().accepted, 2U);
  EXPECT_EQ(call.counters().copies_out, 2U);
}

TEST(Call, AListenerGetsHisOwnPayloadTypeAndSlot) {
  TestCall call;
  TestPeer& talker = call.join(kBridge, true, {.id = {}, .path = {}, .payload_type = 109});
  TestPeer& listener = call.join(kBridge, true, {.id = {}, .path = {}, .payload_type = 96});
  call.say(talker, "words");
  const auto heard = listener.take_heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].payload_type, 96);
  EXPECT_EQ(heard[0].ssrc, listener.answer()->slot_ssrcs[0]);
  EXPECT_TRUE(heard[0].marker);
}

TEST(Call, FiveMembersEachHearExactlyTheFourOthersAndASixthElsewhereNothing) {
  TestCall call;
  std::vector<TestPeer*> members;
  for (int i = 0; i < 5; ++i) members.push_back(&call.join(kBridge));
  TestPeer& elsewhere = call.join(kGalley);
  const std::size_t before = elsewhere.datagrams_in();
  for (int frame = 0; frame < 20; ++frame) {
    for (TestPeer* member : members) call.say(*member, std::to_string(member->id().value));
    call.pass(std::chrono::milliseconds(20));
  }
  for (TestPeer* member : members) {
    std::map<std::string, int> count;
    std::map<std::string, std::set<Ssrc>> slots;
    for (const HeardPacket& packet : member->take_heard()) {
      const std::string words(packet.payload.begin(), packet.payload.end());
      ++count[words];
      slots[words].insert(packet.ssrc);
    }
    EXPECT_EQ(count.size(), 4U);
    EXPECT_EQ(count.count(std::to_string(member->id().value)), 0U) << "nobody hears himself";
    for (const auto& [words, times] : count) {
      EXPECT_EQ(slots[words].size(), 1U);
      // Whoever spoke before this member had a channel is in a slot from his second packet on.
      EXPECT_GE(times, 19) << member->id().value << " hears " << words;
    }
  }
  EXPECT_THAT(elsewhere.take_heard(), IsEmpty());
  EXPECT_EQ(elsewhere.datagrams_in(), before) << "no packet at all";
}

TEST(Call, AMemberWhoMayNotSendIsHeardNowhere) {
  TestCall call;
  TestPeer& guest = call.join(kBridge, false);
  TestPeer& host = call.join(kBridge);
  call.say(guest, "psst");
  EXPECT_THAT(host.take_heard(), IsEmpty());
  EXPECT_EQ(call.dropped(Drop::no_room), 1U);
  call.say(host, "welcome");
  EXPECT_EQ(guest.take_heard().size(), 1U);
}

TEST(Call, AnUplinkIsHeardInOneRoomOnly) {
  TestCall call;
  TestPeer& talker = call.join(kBridge);
  TestPeer& on_bridge = call.join(kBridge, false);
  TestPeer& in_galley = call.join(kGalley, false);
  call.say(talker, "to the bridge");
  call.command(JoinRoom{.peer = talker.id(), .room = kGalley, .may_send = true});
  EXPECT_EQ(call.last_event<TalkersChanged>()->room, kBridge);
  EXPECT_EQ(call.last_event<TalkersChanged>()->channels, std::vector<PeerId>(5));
  call.say(talker, "to the galley");
  EXPECT_THAT(words_heard(on_bridge), ElementsAre("to the bridge"));
  EXPECT_THAT(words_heard(in_galley), ElementsAre("to the galley"));
  call.command(JoinRoom{.peer = talker.id(), .room = kGalley, .may_send = false});
  call.say(talker, "to nobody");
  EXPECT_THAT(in_galley.take_heard(), IsEmpty());
}

TEST(Call, WhoeverLeavesHearsAndIsHeardNoMore) {
  TestCall call;
  TestPeer& anna = call.join(kBridge);
  TestPeer& ben = call.join(kBridge);
  call.say(anna, "one");
  call.command(LeaveRoom{.peer = anna.id(), .room = kBridge});
  call.say(anna, "two");
  call.say(ben, "three");
  EXPECT_THAT(words_heard(ben), ElementsAre("one"));
  EXPECT_THAT(anna.take_heard(), IsEmpty());
}

TEST(Call, TalkersAreToldAtEachChange) {
  TestCall call;
  TestPeer& anna = call.join(kBridge);
  TestPeer& ben = call.join(kBridge);
  EXPECT_FALSE(call.last_event<TalkersChanged>());
  call.say(anna, "hello");
  EXPECT_THAT(call.last_event<TalkersChanged>()->channels,
              ElementsAre(anna.id(), PeerId{}, PeerId{}, PeerId{}, PeerId{}));
  call.say(ben, "hello");
  EXPECT_THAT(call.last_event<TalkersChanged>()->channels,
              ElementsAre(anna.id(), ben.id(), PeerId{}, PeerId{}, PeerId{}));
  call.pass(kReleaseAfter);
  EXPECT_THAT(call.last_event<TalkersChanged>()->channels,
              ElementsAre(PeerId{}, PeerId{}, PeerId{}, PeerId{}, PeerId{}));
}

TEST(Call, SilenceTakesNoChannel) {
  TestCall call;
  TestPeer& anna = call.join(kBridge);
  TestPeer& ben = call.join(kBridge);
  call.say(anna, "noise", kSilenceDbov);
  call.say(anna, "breath", kSpeechFloorDbov);
  EXPECT_THAT(ben.take_heard(), IsEmpty());
  EXPECT_EQ(call.dropped(Drop::not_selected), 2U);
  call.say(anna, "speech", kSpeechFloorDbov - 1);
  EXPECT_EQ(ben.take_heard().size(), 1U);
}

TEST(Call, ATalkerWithoutLevelsIsHeardButNotHisDtxFrames) {
  TestCall call;
  TestPeer& plain = call.join(kBridge, true, {.id = {}, .path = {}, .sends_levels = false});
  TestPeer& ben = call.join(kBridge);
  call.say(plain, "\x01");
  EXPECT_THAT(ben.take_heard(), IsEmpty());
  call.say(plain, "words of speech");
  EXPECT_EQ(ben.take_heard().size(), 1U);
}

TEST(Call, AListenerWithFewerSlotsIsServedWhatFits) {
  TestCall call;
  TestPeer& small = call.join(kBridge, false, {.id = {}, .path = {}, .slots = 1});
  ASSERT_EQ(small.answer()->slot_ssrcs.size(), 1U);
  TestPeer& first = call.join(kBridge);
  TestPeer& second = call.join(kBridge);
  call.say(first, "first");
  call.say(second, "second");
  EXPECT_THAT(words_heard(small), ElementsAre("first"));
  EXPECT_EQ(call.counters().listener_drops.of(Drop::listener_no_slot), 1U);
}

TEST(Call, AListenerWhoIsNotConnectedYetMissesCopiesByName) {
  TestCall call;
  TestPeer& talker = call.join(kBridge);
  TestPeer& late = call.make_peer();
  call.add(late);
  call.command(JoinRoom{.peer = late.id(), .room = kBridge, .may_send = true});
  call.say(talker, "before");
  EXPECT_EQ(call.counters().listener_drops.of(Drop::listener_not_ready), 1U);
  ASSERT_TRUE(call.connect(late));
  call.say(talker, "after");
  EXPECT_THAT(words_heard(late), ElementsAre("after"));
}

TEST(Call, TwoRoomsNeverMixInOneSlot) {
  TestCall call;
  TestPeer& listener = call.join(kBridge, false);
  call.command(JoinRoom{.peer = listener.id(), .room = kGalley, .may_send = false});
  TestPeer& bridge = call.join(kBridge);
  TestPeer& galley = call.join(kGalley);
  for (int i = 0; i < 5; ++i) {
    call.say(bridge, "bridge");
    call.say(galley, "galley");
    call.pass(std::chrono::milliseconds(20));
  }
  for (const std::string& words : words_heard(listener)) EXPECT_EQ(words, "bridge");
  call.pass(kSlotHold);
  call.say(galley, "galley");
  EXPECT_THAT(words_heard(listener), ElementsAre("galley"));
}

}  // namespace
}  // namespace parley::sfu
