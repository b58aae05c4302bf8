#include "client/load/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "client/load/options.hpp"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::string problem_of(std::string_view line) {
  const auto command = parse_command(line);
  return command ? "" : command.error().message;
}

TEST(Commands, JoinANewRoomOrAnOldOne) {
  const auto fresh = parse_command(R"({"do":"join","talkers":2,"listeners":30})");
  ASSERT_TRUE(fresh.has_value()) << fresh.error().message;
  EXPECT_EQ(std::get<JoinPlan>(*fresh).talkers, 2U);
  EXPECT_EQ(std::get<JoinPlan>(*fresh).listeners, 30U);
  EXPECT_FALSE(std::get<JoinPlan>(*fresh).room.has_value());
  const auto old = parse_command(R"({"do":"join","room":0,"listeners":5,"talking_rate":50})");
  ASSERT_TRUE(old.has_value()) << old.error().message;
  EXPECT_EQ(std::get<JoinPlan>(*old).room, 0U);
  EXPECT_EQ(std::get<JoinPlan>(*old).talking_rate, 50);
}

TEST(Commands, MeasureAWindow) {
  const auto command = parse_command(
      R"({"do":"window","rooms":[1,2],"rate":2.5,"seconds":0.5,"paced":true,"drain_ms":7})");
  ASSERT_TRUE(command.has_value()) << command.error().message;
  const auto& plan = std::get<WindowPlan>(*command);
  EXPECT_EQ(plan.rooms, (std::vector<RoomIndex>{1, 2}));
  EXPECT_EQ(plan.rate, 2.5);
  EXPECT_EQ(plan.duration, milliseconds(500));
  EXPECT_TRUE(plan.is_paced);
  EXPECT_EQ(plan.drain_every, milliseconds(7));
  EXPECT_EQ(plan.warm_up, WindowPlan{}.warm_up);
}

TEST(Commands, NameTheServerAndQuit) {
  const auto server = parse_command(R"({"do":"server","pid":42})");
  ASSERT_TRUE(server.has_value());
  EXPECT_EQ(std::get<ServerCommand>(*server).pid, 42);
  EXPECT_TRUE(std::holds_alternative<RefreshCommand>(parse_command(R"({"do":"refresh"})").value()));
  EXPECT_TRUE(std::holds_alternative<QuitCommand>(parse_command(R"({"do":"quit"})").value()));
}

TEST(Commands, SayWhatIsWrong) {
  EXPECT_THAT(problem_of("join"), HasSubstr("not a JSON object"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("'do'"));
  EXPECT_THAT(problem_of(R"({"do":"sing"})"), HasSubstr("none of"));
  EXPECT_THAT(problem_of(R"({"do":"join","lisseners":5})"), HasSubstr("'lisseners'"));
  EXPECT_THAT(problem_of(R"({"do":"join","listeners":-1})"), HasSubstr("listeners"));
  EXPECT_THAT(problem_of(R"({"do":"join","at_once":0})"), HasSubstr("at_once"));
  EXPECT_THAT(problem_of(R"({"do":"window","rate":"fast"})"), HasSubstr("rate"));
  EXPECT_THAT(problem_of(R"({"do":"window","paced":1})"), HasSubstr("paced"));
  EXPECT_THAT(problem_of(R"({"do":"window","rooms":[]})"), HasSubstr("rooms"));
  EXPECT_THAT(problem_of(R"({"do":"window","rooms":[-1]})"), HasSubstr("rooms"));
  EXPECT_THAT(problem_of(R"({"do":"server","pid":0})"), HasSubstr("pid"));
  EXPECT_THAT(problem_of(R"({"do":"server"})"), HasSubstr("pid"));
  EXPECT_THAT(problem_of(R"({"do":"join","listeners":100001})"), HasSubstr("listeners"));
  EXPECT_THAT(problem_of(std::string(kMaxCommandBytes + 1, ' ')), HasSubstr("64 KiB"));
}

TEST(LoadOptions, TakeSettingsOfTheirTarget) {
  const std::array<const char*, 7> arguments = {"parley-load", "--target",    "janus", "--set",
                                                "socket=/x=y", "--listeners", "7"};
  const auto options = parse_load_options(arguments.size(), arguments.data(), "1");
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->target, "janus");
  EXPECT_EQ(options->settings.at("socket"), "/x=y");
  EXPECT_EQ(options->settings.at("profile"), "gcm128");
  EXPECT_EQ(options->join.listeners, 7U);
}

TEST(Targets, ThatDoNotExistAreNamed) {
  const auto target = make_target("carrier pigeon", {});
  ASSERT_FALSE(target.has_value());
  EXPECT_THAT(target.error().message, HasSubstr("carrier pigeon"));
  EXPECT_FALSE(make_target("limit", {{"profile", "rot13"}}).has_value());
  EXPECT_FALSE(make_target("limit", {{"core", "first"}}).has_value());
}

}  // namespace
}  // namespace parley::client
