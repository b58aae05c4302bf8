#include "client/bot/ptt_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

PttScript parsed(std::string_view text) {
  const auto script = PttScript::parse(text, "s.ptt");
  EXPECT_TRUE(script.has_value()) << (script ? "" : script.error().front());
  return script.value_or(PttScript{});
}

std::vector<std::string> mistakes_of(std::string_view text) {
  const auto script = PttScript::parse(text, "s.ptt");
  return script ? std::vector<std::string>{} : script.error();
}

template <class Action>
Action only_action(std::string_view text) {
  const PttScript script = parsed(text);
  EXPECT_EQ(script.steps.size(), 1U);
  return std::get<Action>(script.steps.at(0).action);
}

TEST(PttScript, HasTimesLinesAndComments) {
  const PttScript script = parsed("# a radio exchange\n\n0.5 press   # hello\n\t2 release\r\n");
  ASSERT_EQ(script.steps.size(), 2U);
  EXPECT_EQ(script.steps[0].at, 500ms);
  EXPECT_EQ(script.steps[0].line, 3U);
  EXPECT_EQ(script.steps[1].at, 2s);
  EXPECT_TRUE(std::holds_alternative<ScriptRelease>(script.steps[1].action));
}

TEST(PttScript, APressHasARoomATierALevelAndALatch) {
  const auto press =
      only_action<ScriptPress>("1 press \"Radio 1\" level 9 tier command hands-free");
  EXPECT_EQ(press.room, "Radio 1");
  EXPECT_EQ(press.tier, floor::COMMAND);
  EXPECT_EQ(press.level, 9U);
  EXPECT_TRUE(press.hands_free);
  EXPECT_EQ(only_action<ScriptPress>("1 press tier peril").room, "");
}

TEST(PttScript, EveryActionIsRead) {
  EXPECT_FALSE(only_action<ScriptEmergency>("1 emergency").is_peril);
  EXPECT_TRUE(only_action<ScriptEmergency>("1 emergency peril").is_peril);
  only_action<ScriptCancel>("1 cancel");
  only_action<ScriptClear>("1 clear");
  only_action<ScriptLeave>("1 leave");
  EXPECT_EQ(only_action<ScriptTalk>("1 talk Lobby").room, "Lobby");
  EXPECT_EQ(only_action<ScriptGive>("1 give Anna").member, "Anna");
  EXPECT_EQ(only_action<ScriptCut>("1 cut Anna").grace, 0s);
  EXPECT_EQ(only_action<ScriptCut>("1 cut Anna grace 0.5").grace, 500ms);
  EXPECT_EQ(only_action<ScriptExtend>("1 extend Anna 60").by, 60s);
  EXPECT_EQ(only_action<ScriptBar>("1 bar Anna 10").time, 10s);
  EXPECT_THAT(only_action<ScriptOrder>("1 order Anna \"Ben B\"").members,
              ElementsAre("Anna", "Ben B"));
  EXPECT_EQ(only_action<ScriptMode>("1 mode cut-in").mode, floor::CUT_IN);
  EXPECT_TRUE(only_action<ScriptHand>("1 hand up").is_up);
  EXPECT_FALSE(only_action<ScriptHand>("1 hand down").is_up);
}

TEST(PttScript, TellsEveryMistakeWithItsLine) {
  EXPECT_THAT(mistakes_of("1 press\nsoon release\n2 shout\n0.5 release\n"),
              ElementsAre("s.ptt:2: \"soon\" is no time in seconds from 0 to 86400",
                          "s.ptt:3: there is no action \"shout\"",
                          "s.ptt:4: the time is before that of the line above"));
}

TEST(PttScript, SaysWhatIsMissingOrTooMuch) {
  const std::pair<const char*, const char*> cases[] = {
      {"1", "the action is missing"},
      {"-1 press", "no time"},
      {"86401 press", "no time"},
      {"1 press tier", "the tier is missing"},
      {"1 press tier loud", "none of routine, priority, peril, command, emergency"},
      {"1 press level 16", "no number from 0 to 15"},
      {"1 press level x", "no number from 0 to 15"},
      {"1 press Radio Other", "\"Other\" does not belong to press"},
      {"1 release now", "does not belong to release"},
      {"1 talk", "the room is missing"},
      {"1 give", "the member is missing"},
      {"1 cut Anna grace", "the grace is missing"},
      {"1 extend Anna", "the time is missing"},
      {"1 bar Anna long", "no time"},
      {"1 order", "the members are missing"},
      {"1 mode loud", "none of open, ptt"},
      {"1 hand", "a hand goes up or down"},
      {"1 press \"Radio", "a quote is not closed"},
  };
  for (const auto& [text, what] : cases) {
    const auto mistakes = mistakes_of(text);
    ASSERT_EQ(mistakes.size(), 1U) << text;
    EXPECT_THAT(mistakes[0], HasSubstr(what)) << text;
  }
}

TEST(PttScript, HasALimitOfActions) {
  std::string text;
  for (std::size_t i = 0; i < PttScript::kMaxSteps; ++i) text += "1 press\n";
  EXPECT_TRUE(mistakes_of(text).empty());
  text += "1 press\n2 press\n";
  EXPECT_THAT(mistakes_of(text), ElementsAre(HasSubstr("more than 20000 actions")));
}

}  // namespace
}  // namespace parley::client
