// Twenty faults, planted one at a time: each is noticed by the tests of the arbiter. This program
// carries the arbiter's tests and runs itself once for each fault.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/unit/floor/floor_explorer.hpp"
#include "tests/unit/floor/floor_storm.hpp"

namespace parley::sfu {
namespace {

constexpr int kMutations = 20;

// Short runs of what explore_test and storm_test do at length.
TEST(ShortRun, Exploration) {
  constexpr FloorPriority kCommand{.tier = FloorTier::command};
  const ExplorerRoom room{.policy = explorer_policy(FloorMode::ptt), .members = {{}, {}, kCommand}};
  EXPECT_EQ(explore(room, 7, 100'000).violation, "");
}

TEST(ShortRun, Storm) {
  EXPECT_EQ(run_storm({.seed = 3,
                       .policy = default_policy(FloorMode::ptt),
                       .presses = 2000,
                       .loss_percent = 10,
                       .duplicate_percent = 20,
                       .latest = std::chrono::milliseconds(100),
                       .has_partitions = true})
                .violation,
            "");
}

// Whether these tests pass in a process of their own with this fault.
bool do_pass(int mutation, const char* tests) {
  std::string filter = std::string("--gtest_filter=") + tests;
  std::string program = "/proc/self/exe";
  std::string brief = "--gtest_brief=1";
  std::string fault = "PARLEY_FLOOR_MUTATION=" + std::to_string(mutation);
  std::array<char*, 4> arguments{program.data(), filter.data(), brief.data(), nullptr};
  std::array<char*, 2> environment{fault.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
  pid_t child = 0;
  const int error =
      posix_spawn(&child, program.c_str(), &quiet, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&quiet);
  EXPECT_EQ(error, 0);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

constexpr const char* kTables = "-ShortRun.*:Mutations.*";
constexpr const char* kExploration = "ShortRun.Exploration";
constexpr const char* kStorm = "ShortRun.Storm";

TEST(Mutations, NoneIsFoundInTheArbiterItself) {
  EXPECT_TRUE(do_pass(0, kTables));
  EXPECT_TRUE(do_pass(0, kExploration));
  EXPECT_TRUE(do_pass(0, kStorm));
}

TEST(Mutations, EachIsCaught) {
  int by_tables = 0;
  int by_invariants = 0;
  for (int mutation = 1; mutation <= kMutations; ++mutation) {
    const bool in_tables = !do_pass(mutation, kTables);
    const bool in_exploration = !do_pass(mutation, kExploration);
    const bool in_storm = !do_pass(mutation, kStorm);
    EXPECT_TRUE(in_tables || in_exploration || in_storm) << "mutation " << mutation;
    by_tables += in_tables ? 1 : 0;
    by_invariants += in_exploration || in_storm ? 1 : 0;
    std::printf("mutation %2d:%s%s%s\n", mutation, in_tables ? " tables" : "",
                in_exploration ? " exploration" : "", in_storm ? " storm" : "");
  }
  std::printf("[figure] floor mutations caught: %d by tables, %d by invariants alone, of %d\n",
              by_tables, by_invariants, kMutations);
}

}  // namespace
}  // namespace parley::sfu
