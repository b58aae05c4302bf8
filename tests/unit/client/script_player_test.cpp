#include "client/bot/script_player.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/client/lone_client.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using test::at;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kRadio = 7;
constexpr std::uint64_t kOther = 8;
constexpr std::uint64_t kOpen = 9;
constexpr std::uint32_t kNextTimestamp = 48'000;

// A bot in three rooms, with Anna and "Bo Berg", whose script is played at virtual time.
struct Play {
  explicit Play(std::string_view text)
      : player(PttScript::parse(text, "s.ptt").value(), client.core, client.random) {}

  std::vector<std::string> tick(Duration when) {
    return player.tick(at(when), kNextTimestamp, client.out);
  }
  // All of it, at its last second.
  std::vector<std::string> all() {
    player.start(at(0s).mono);
    return tick(1h);
  }
  // The only request the whole script makes.
  floor::Request only_request() {
    EXPECT_THAT(all(), IsEmpty());
    const auto requests = client.take_requests();
    EXPECT_EQ(requests.size(), 1U);
    return requests.empty() ? floor::Request() : requests.front();
  }
  // Anna (member 2) talks, and nobody else.
  void let_anna_talk(std::uint32_t number) {
    floor::Event taken = client.event(kRadio);
    floor::Holder* holder = taken.mutable_taken()->add_holders();
    holder->set_member_id(2);
    holder->mutable_grant()->set_term(100);
    holder->mutable_grant()->set_number(number);
    client.tell(taken);
  }

  test::LoneClient client{{{kRadio, "Radio"}, {kOther, "Other"}, {kOpen, "Open", floor::OPEN}},
                          {"Anna", "Bo Berg"}};
  ScriptPlayer player;
};

TEST(ScriptPlayer, NothingIsDueBeforeTheStart) {
  Play play("0 press\n");
  EXPECT_EQ(play.player.deadline(), kNever);
  EXPECT_THAT(play.tick(1h), IsEmpty());
  EXPECT_THAT(play.client.take_requests(), IsEmpty());
}

TEST(ScriptPlayer, OnlyTheFirstStartCounts) {
  Play play("2 press\n");
  play.player.start(at(1s).mono);
  play.player.start(at(5s).mono);
  EXPECT_EQ(play.player.deadline(), at(3s).mono);
}

TEST(ScriptPlayer, AStepIsPlayedAtItsSecondAndNotBefore) {
  Play play("0.5 press\n2 release\n");
  play.player.start(at(0s).mono);
  EXPECT_EQ(play.player.deadline(), at(500ms).mono);
  EXPECT_THAT(play.tick(499ms), IsEmpty());
  EXPECT_THAT(play.client.take_requests(), IsEmpty());
  EXPECT_THAT(play.tick(500ms), IsEmpty());
  EXPECT_EQ(play.client.take_requests().size(), 1U);
  EXPECT_EQ(play.player.deadline(), at(2s).mono);
  EXPECT_THAT(play.tick(2s), IsEmpty());
  EXPECT_EQ(play.player.deadline(), kNever);
}

TEST(ScriptPlayer, APressBeginsWithTheNextFrameAndHasWhatTheScriptSays) {
  Play play("1 press tier command level 4 hands-free\n");
  const floor::Request request = play.only_request();
  EXPECT_EQ(request.room_id(), kRadio);
  EXPECT_EQ(request.press().first_timestamp(), kNextTimestamp);
  EXPECT_EQ(request.press().tier(), floor::COMMAND);
  EXPECT_EQ(request.press().level(), 4U);
  EXPECT_TRUE(request.press().hands_free());
}

TEST(ScriptPlayer, AReleaseNamesTheGrant) {
  Play play("1 press\n2 release\n");
  play.player.start(at(0s).mono);
  EXPECT_THAT(play.tick(1s), IsEmpty());
  const floor::GrantId grant = play.client.grant(kRadio, 5, 1s);
  play.client.take_requests();
  EXPECT_THAT(play.tick(2s), IsEmpty());
  const auto requests = play.client.take_requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].release().grant().number(), grant.number());
}

TEST(ScriptPlayer, ACancelNamesThePress) {
  Play play("1 press\n2 cancel\n");
  EXPECT_THAT(play.all(), IsEmpty());
  const auto requests = play.client.take_requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].cancel().req_id(), requests[0].press().req_id());
}

TEST(ScriptPlayer, AnEmergencyIsDeclaredFirstAndPressesThen) {
  Play play("1 emergency\n");
  EXPECT_THAT(play.all(), IsEmpty());
  const auto requests = play.client.take_requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_NE(requests[0].set_emergency().id(), 0U);
  EXPECT_FALSE(requests[0].set_emergency().peril());
  EXPECT_EQ(requests[1].press().tier(), floor::EMERGENCY);
}

TEST(ScriptPlayer, APerilIsNoEmergency) {
  Play play("1 emergency peril\n");
  EXPECT_THAT(play.all(), IsEmpty());
  const auto requests = play.client.take_requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_TRUE(requests[0].set_emergency().peril());
  EXPECT_EQ(requests[1].press().tier(), floor::PERIL);
}

TEST(ScriptPlayer, ClearNamesTheEmergencyThereIs) {
  Play play("1 clear\n");
  floor::Event declared = play.client.event(kRadio);
  declared.mutable_emergency()->set_kind(floor::Emergency::IN_EMERGENCY);
  declared.mutable_emergency()->set_id(77);
  play.client.tell(declared);
  EXPECT_EQ(play.only_request().clear_emergency().id(), 77U);
}

TEST(ScriptPlayer, WithoutAnEmergencyThereIsNothingToClear) {
  Play play("\n1 clear\n");
  EXPECT_THAT(play.all(), ElementsAre("line 2: there is no emergency"));
  EXPECT_THAT(play.client.take_requests(), IsEmpty());
}

TEST(ScriptPlayer, MembersAreFoundByTheirNames) {
  EXPECT_EQ(Play("1 give \"Bo Berg\"\n").only_request().give().member_id(), 3U);
  const floor::Request bar = Play("1 bar Anna 2.5\n").only_request();
  EXPECT_EQ(bar.bar().member_id(), 2U);
  EXPECT_EQ(bar.bar().for_ms(), 2500U);
  EXPECT_THAT(Play("1 order \"Bo Berg\" Anna Me\n").only_request().order().member_ids(),
              ElementsAre(3U, 2U, 1U));
}

TEST(ScriptPlayer, WhoIsNotThereIsAFailureOfTheLine) {
  for (const char* action :
       {"give Carl", "bar Carl 1", "cut Carl", "extend Carl 1", "order Carl"}) {
    Play play(std::string("1 ") + action + "\n");
    EXPECT_THAT(play.all(), ElementsAre("line 1: nobody in the room is called \"Carl\"")) << action;
    EXPECT_THAT(play.client.take_requests(), IsEmpty()) << action;
  }
}

TEST(ScriptPlayer, CutAndExtendNameTheGrantOfWhoTalks) {
  Play cut("1 cut Anna grace 0.5\n");
  cut.let_anna_talk(12);
  const floor::Request request = cut.only_request();
  EXPECT_EQ(request.cut().grant().number(), 12U);
  EXPECT_EQ(request.cut().grace_ms(), 500U);
  Play extend("1 extend Anna 60\n");
  extend.let_anna_talk(13);
  const floor::Request more = extend.only_request();
  EXPECT_EQ(more.extend().grant().number(), 13U);
  EXPECT_EQ(more.extend().by_ms(), 60'000U);
}

TEST(ScriptPlayer, WhoDoesNotTalkCannotBeCut) {
  Play play("1 cut \"Bo Berg\"\n");
  play.let_anna_talk(12);
  EXPECT_THAT(play.all(), ElementsAre("line 1: \"Bo Berg\" does not hold the floor"));
}

TEST(ScriptPlayer, ARoomIsFoundByItsName) {
  EXPECT_EQ(Play("1 press Other\n").only_request().room_id(), kOther);
  EXPECT_THAT(Play("1 press Nowhere\n").all(), ElementsAre("line 1: it is in no room \"Nowhere\""));
  EXPECT_THAT(Play("1 talk Nowhere\n").all(), ElementsAre("line 1: it is in no room \"Nowhere\""));
}

TEST(ScriptPlayer, AnOpenRoomTakesNoPress) {
  Play play("1 press Open\n");
  EXPECT_THAT(play.all(), ElementsAre("line 1: this room takes no press now"));
}

TEST(ScriptPlayer, WhatFollowsTalkIsAboutThatRoom) {
  Play play("1 talk Other\n2 mode chaired\n");
  EXPECT_THAT(play.all(), IsEmpty());
  std::uint64_t talk_room = 0;
  std::uint64_t asked_room = 0;
  for (const api::ClientMessage& message : play.client.take_messages()) {
    if (message.has_set_talk_room()) talk_room = message.set_talk_room().room_id();
    if (!message.floor().has_set_policy()) continue;
    asked_room = message.floor().room_id();
    EXPECT_EQ(message.floor().set_policy().policy().mode(), floor::CHAIRED);
  }
  EXPECT_EQ(talk_room, kOther);
  EXPECT_EQ(asked_room, kOther);
}

TEST(ScriptPlayer, AHandGoesUpAndDown) {
  for (const bool is_up : {true, false}) {
    Play play(is_up ? "1 hand up\n" : "1 hand down\n");
    EXPECT_THAT(play.all(), IsEmpty());
    const auto messages = play.client.take_messages();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].set_hand().room_id(), kRadio);
    EXPECT_EQ(messages[0].set_hand().raised(), is_up);
  }
}

TEST(ScriptPlayer, AfterLeaveNothingIsPlayed) {
  Play play("1 leave\n1 press\n");
  EXPECT_FALSE(play.player.wants_to_leave());
  EXPECT_THAT(play.all(), IsEmpty());
  EXPECT_TRUE(play.player.wants_to_leave());
  EXPECT_THAT(play.tick(2h), IsEmpty());
  EXPECT_THAT(play.client.take_requests(), IsEmpty());
}

TEST(ScriptPlayer, StepsThatAreDueTogetherAreAllPlayedInOrder) {
  Play play("1 give Carl\n1 press\n1.5 cut Carl\n1.5 give Anna\n");
  play.player.start(at(0s).mono);
  EXPECT_THAT(play.tick(3s), ElementsAre("line 1: nobody in the room is called \"Carl\"",
                                         "line 3: nobody in the room is called \"Carl\""));
  const auto requests = play.client.take_requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_TRUE(requests[0].has_press());
  EXPECT_TRUE(requests[1].has_give());
}

}  // namespace
}  // namespace parley::client
