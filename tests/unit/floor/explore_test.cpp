// Every order of press, release, cancel, cut, packet, loss and duplicate for three members and the
// real arbiter, up to a depth.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <utility>

#include "tests/unit/floor/floor_explorer.hpp"

namespace parley::sfu {
namespace {

constexpr FloorPriority kRoutine{};
constexpr FloorPriority kPriority{.tier = FloorTier::priority};
constexpr FloorPriority kCommand{.tier = FloorTier::command};
constexpr std::size_t kMostStates = 1'000'000;

std::string explore_and_tell(const char* what, const ExplorerRoom& room, std::size_t depth) {
  const Exploration result = explore(room, depth, kMostStates);
  std::printf("[figure] floor states visited: %zu (%s, depth %zu, %zu steps)\n", result.states,
              what, depth, result.steps);
  return result.violation;
}

TEST(Exploration, ARadioGroupInWhichOneMemberPreempts) {
  const ExplorerRoom room{.policy = explorer_policy(FloorMode::ptt),
                          .members = {kRoutine, kRoutine, kCommand}};
  EXPECT_EQ(explore_and_tell("ptt", room, 13), "");
}

TEST(Exploration, ARadioGroupWithoutAQueueAndWithoutALimit) {
  ExplorerRoom room{.policy = explorer_policy(FloorMode::ptt),
                    .members = {kRoutine, kPriority, kCommand}};
  room.policy.queues = false;
  room.policy.talk_limit = {};
  EXPECT_EQ(explore_and_tell("ptt without queue", room, 12), "");
}

TEST(Exploration, TransportsGoAndPressesComeTooLate) {
  const ExplorerRoom room{.policy = explorer_policy(FloorMode::ptt),
                          .members = {kRoutine, kRoutine, kCommand},
                          .has_lost_peers = true,
                          .has_late_copies = true};
  EXPECT_EQ(explore_and_tell("ptt, lost transports, late presses", room, 7), "");
}

TEST(Exploration, EveryOtherMode) {
  for (const auto& [mode, name] : {std::pair{FloorMode::dual, "dual"},
                                   {FloorMode::multi, "multi"},
                                   {FloorMode::cut_in, "cut_in"},
                                   {FloorMode::broadcast, "broadcast"},
                                   {FloorMode::private_half, "private_half"},
                                   {FloorMode::private_full, "private_full"},
                                   {FloorMode::chaired, "chaired"}}) {
    ExplorerRoom room{.policy = explorer_policy(mode), .members = {kRoutine, kRoutine, kCommand}};
    room.policy.talkers = 2;
    room.policy.initiator = MemberId{1};
    EXPECT_EQ(explore_and_tell(name, room, 8), "");
  }
}

}  // namespace
}  // namespace parley::sfu
