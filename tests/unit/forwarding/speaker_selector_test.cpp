// Who is heard: the rules of speaker_selector.hpp as a table of situations.
#include "sfu/forwarding/speaker_selector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace parley::sfu {
namespace {

using testing::ElementsAre;

constexpr std::uint8_t kQuiet = 50;
constexpr std::uint8_t kNormal = 35;
constexpr std::uint8_t kLoud = 15;
constexpr std::uint8_t kSilent = 127;
constexpr std::uint64_t kFree = 0;

// A room with two slots and so three channels, in which people send a packet every 20 ms.
class Stage {
 public:
  explicit Stage(std::uint8_t slots = 2) : selector(slots) {}

  std::optional<std::size_t> packet(std::uint64_t who, std::uint8_t level) {
    return selector.on_packet(PeerId{who}, meters[who], level, now);
  }
  // Everybody in `levels` sends at his level for `duration`.
  void talk(const std::map<std::uint64_t, std::uint8_t>& levels, Duration duration) {
    for (Duration passed{}; passed < duration; passed += kFrame) {
      for (const auto& [who, level] : levels) (void)packet(who, level);
      now += kFrame;
    }
  }
  void wait(Duration duration) { now += duration; }
  std::vector<std::uint64_t> holders() const {
    std::vector<std::uint64_t> ids;
    for (const auto& channel : selector.channels()) ids.push_back(channel.holder.value);
    return ids;
  }

  static constexpr Duration kFrame = std::chrono::milliseconds(20);
  SpeakerSelector selector;
  std::map<std::uint64_t, SpeechMeter> meters;
  Timestamp now{std::chrono::hours(1)};
};

TEST(SpeakerSelector, TheFirstPacketOfSpeechTakesAFreeChannel) {
  Stage stage;
  EXPECT_EQ(stage.packet(1, kNormal), 0U);
  EXPECT_EQ(stage.packet(2, kNormal), 1U);
  EXPECT_EQ(stage.packet(3, kNormal), 2U);
  EXPECT_EQ(stage.packet(1, kNormal), 0U);
  EXPECT_THAT(stage.holders(), ElementsAre(1, 2, 3));
}

TEST(SpeakerSelector, SilenceTakesNoChannelAndAHolderKeepsHisThroughIt) {
  Stage stage;
  EXPECT_EQ(stage.packet(1, kSilent), std::nullopt);
  EXPECT_EQ(stage.packet(1, kSpeechFloorDbov), std::nullopt);
  EXPECT_EQ(stage.packet(1, kSpeechFloorDbov - 1), 0U);
  EXPECT_EQ(stage.packet(1, kSilent), 0U);
}

TEST(SpeakerSelector, WithAllChannelsTakenAnEqualVoiceWaits) {
  Stage stage;
  stage.talk({{1, kNormal}, {2, kNormal}, {3, kNormal}, {4, kNormal}}, std::chrono::seconds(20));
  EXPECT_THAT(stage.holders(), ElementsAre(1, 2, 3));
}

TEST(SpeakerSelector, AClearlyLouderVoiceReplacesTheQuietestAfterAWhile) {
  Stage stage;
  stage.talk({{1, kNormal}, {2, kNormal}, {3, kQuiet}}, std::chrono::seconds(3));
  stage.talk({{1, kNormal}, {2, kNormal}, {3, kQuiet}, {4, kLoud}}, kChallengeTime);
  EXPECT_THAT(stage.holders(), ElementsAre(1, 2, 3)) << "a cough takes no channel";
  stage.talk({{1, kNormal}, {2, kNormal}, {3, kQuiet}, {4, kLoud}}, std::chrono::milliseconds(300));
  EXPECT_THAT(stage.holders(), ElementsAre(1, 2, 4)) << "nobody else was moved";
}

TEST(SpeakerSelector, NobodyIsReplacedInTheFirstPartOfHisHolding) {
  Stage stage;
  stage.talk({{1, kQuiet}, {2, kQuiet}, {3, kQuiet}, {4, kLoud}},
             kMinHold - std::chrono::milliseconds(20));
  EXPECT_THAT(stage.holders(), ElementsAre(1, 2, 3));
  stage.talk({{1, kQuiet}, {2, kQuiet}, {3, kQuiet}, {4, kLoud}},
             kChallengeTime + std::chrono::milliseconds(60));
  EXPECT_THAT(stage.holders(), testing::Contains(4U));
}

TEST(SpeakerSelector, AChallengeThatPausesStartsAnew) {
  Stage stage;
  const std::map<std::uint64_t, std::uint8_t> holders = {{1, kNormal}, {2, kNormal}, {3, kQuiet}};
  stage.talk(holders, std::chrono::seconds(3));
  for (int i = 0; i < 10; ++i) {
    auto with_cough = holders;
    with_cough[4] = kLoud;
    stage.talk(with_cough, std::chrono::milliseconds(300));
    stage.talk(holders, std::chrono::milliseconds(500));
  }
  EXPECT_THAT(stage.holders(), ElementsAre(1, 2, 3));
}

TEST(SpeakerSelector, ASilentHolderYieldsToWhoeverWants) {
  Stage stage;
  stage.talk({{1, kNormal}, {2, kNormal}, {3, kNormal}}, std::chrono::seconds(1));
  stage.talk({{1, kNormal}, {2, kSilent}, {3, kSilent}}, kYieldAfter);
  EXPECT_THAT(stage.holders(), ElementsAre(1, 2, 3)) << "nobody wants it yet";
  EXPECT_EQ(stage.packet(4, kQuiet), 1U);
}

TEST(SpeakerSelector, AChannelEverybodyHearsIsTakenBeforeTheLastOne) {
  Stage stage;
  stage.talk({{1, kNormal}, {2, kNormal}}, std::chrono::seconds(1));
  stage.talk({{2, kNormal}}, kYieldAfter);
  EXPECT_EQ(stage.packet(3, kNormal), 0U) << "the last channel is free, but few hear it";
}

TEST(SpeakerSelector, ALongSilenceFreesTheChannelUnasked) {
  Stage stage;
  EXPECT_EQ(stage.selector.deadline(), kNever);
  (void)stage.packet(1, kNormal);
  EXPECT_EQ(stage.selector.deadline(), stage.now + kReleaseAfter);
  stage.wait(kReleaseAfter - Stage::kFrame);
  stage.selector.tick(stage.now);
  EXPECT_THAT(stage.holders(), ElementsAre(1, kFree, kFree));
  stage.wait(Stage::kFrame);
  stage.selector.tick(stage.now);
  EXPECT_THAT(stage.holders(), ElementsAre(kFree, kFree, kFree));
  EXPECT_EQ(stage.selector.deadline(), kNever);
}

TEST(SpeakerSelector, WhoeverIsInTheLastChannelMovesDownWhenAnotherIsFreed) {
  Stage stage;
  stage.talk({{1, kNormal}, {2, kNormal}, {3, kNormal}}, std::chrono::seconds(1));
  stage.selector.remove(PeerId{1});
  EXPECT_THAT(stage.holders(), ElementsAre(3, 2, kFree));
  stage.selector.remove(PeerId{2});
  EXPECT_THAT(stage.holders(), ElementsAre(3, kFree, kFree)) << "the others are not shuffled";
}

TEST(SpeakerSelector, WhoeverIsInTheLastChannelTakesTheOneOfASilentHolder) {
  Stage stage;
  stage.talk({{1, kNormal}, {2, kNormal}, {3, kNormal}}, std::chrono::seconds(1));
  stage.talk({{1, kNormal}, {3, kNormal}}, kYieldAfter + Stage::kFrame);
  EXPECT_THAT(stage.holders(), ElementsAre(1, 3, kFree));
}

TEST(SpeakerSelector, AClearlyLouderTalkerInTheLastChannelChangesPlaces) {
  Stage stage;
  stage.talk({{1, kNormal}, {2, kQuiet}, {3, kLoud}}, std::chrono::seconds(4));
  EXPECT_THAT(stage.holders(), ElementsAre(1, 3, 2));
  EXPECT_EQ(stage.packet(2, kQuiet), 2U);
}

TEST(SpeakerSelector, EveryHoldingHasItsOwnName) {
  Stage stage;
  (void)stage.packet(1, kNormal);
  const auto first = stage.selector.channels()[0].burst;
  stage.selector.remove(PeerId{1});
  (void)stage.packet(1, kNormal);
  EXPECT_NE(stage.selector.channels()[0].burst, first);
}

TEST(SpeakerSelector, RevisionGrowsOnlyWithChanges) {
  Stage stage;
  const auto before = stage.selector.revision();
  (void)stage.packet(1, kSilent);
  EXPECT_EQ(stage.selector.revision(), before);
  (void)stage.packet(1, kNormal);
  const auto taken = stage.selector.revision();
  EXPECT_GT(taken, before);
  (void)stage.packet(1, kNormal);
  stage.selector.remove(PeerId{2});
  EXPECT_EQ(stage.selector.revision(), taken);
}

// Random speech of eight people for ten minutes: what must hold at every packet.
TEST(SpeakerSelector, NobodyEverHoldsTwoChannelsAndTheLastIsNeverUsedBeforeTheOthers) {
  Stage stage(4);
  std::uint64_t noise = 1;
  std::map<std::uint64_t, std::uint8_t> levels;
  for (int step = 0; step < 30000; ++step) {
    for (std::uint64_t who = 1; who <= 8; ++who) {
      noise = noise * 6364136223846793005U + 1442695040888963407U;
      if ((noise >> 33) % 100 == 0) {
        levels[who] =
            static_cast<std::uint8_t>((noise >> 41) % 2 == 0 ? 20 + (noise >> 45) % 40 : 127);
      }
      (void)stage.packet(who, levels.contains(who) ? levels[who] : kSilent);
      const auto holders = stage.holders();
      for (std::size_t i = 0; i < holders.size(); ++i) {
        if (holders[i] == kFree) {
          ASSERT_EQ(holders.back(), kFree);
          continue;
        }
        ASSERT_EQ(std::count(holders.begin(), holders.end(), holders[i]), 1);
      }
    }
    stage.now += Stage::kFrame;
    stage.selector.tick(stage.now);
  }
}

}  // namespace
}  // namespace parley::sfu
