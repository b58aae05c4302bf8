#include "service/command_line.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace parley::service {
namespace {

struct Parsed {
  std::optional<ExitCode> end;
  CommonOptions options;
};

template <class... Args>
Parsed parse(Args... args) {
  Parsed parsed;
  CLI::App app("a test", "parley-test");
  add_common_options(app, parsed.options, "default.yaml", "1.2.3");
  const std::array<const char*, sizeof...(args) + 1> argv{"parley-test", args...};
  parsed.end = parse_command_line(app, static_cast<int>(argv.size()), argv.data());
  return parsed;
}

TEST(CommandLine, HasAConfigurationByDefault) {
  const Parsed parsed = parse();
  EXPECT_FALSE(parsed.end.has_value());
  EXPECT_EQ(parsed.options.config, "default.yaml");
  EXPECT_FALSE(parsed.options.check);
}

TEST(CommandLine, TakesTheCommonFlags) {
  const Parsed parsed = parse("--config", "x.yaml", "--check", "--ready-file", "r");
  EXPECT_FALSE(parsed.end.has_value());
  EXPECT_EQ(parsed.options.config, "x.yaml");
  EXPECT_TRUE(parsed.options.check);
  EXPECT_EQ(parsed.options.ready_file, "r");
}

TEST(CommandLine, PrintsItsVersionAndEndsWell) {
  testing::internal::CaptureStdout();
  const Parsed parsed = parse("--version");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "parley-test 1.2.3\n");
  EXPECT_EQ(parsed.end, ExitCode::ok);
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse("--colour").end, ExitCode::usage);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("--colour"), std::string::npos);
}

TEST(CommandLine, PrintsEveryProblemOfAConfiguration) {
  testing::internal::CaptureStderr();
  const std::expected<int, config::Problems> loaded =
      std::unexpected(config::Problems{{"f.yaml", 1, "one"}, {"f.yaml", 3, "two"}});
  const auto used = use_config(loaded, CommonOptions{});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "f.yaml:1: one\nf.yaml:3: two\n");
  ASSERT_FALSE(used.has_value());
  EXPECT_EQ(used.error(), ExitCode::config);
}

TEST(CommandLine, ChecksAGoodConfigurationAndEnds) {
  testing::internal::CaptureStdout();
  const std::expected<int, config::Problems> loaded = 7;
  const auto used = use_config(loaded, CommonOptions{.config = "f.yaml", .check = true});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "f.yaml: ok\n");
  ASSERT_FALSE(used.has_value());
  EXPECT_EQ(used.error(), ExitCode::ok);
  EXPECT_EQ(use_config(loaded, CommonOptions{}), 7);
}

TEST(CommandLine, TellsThatItIsReady) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "parley_ready";
  ASSERT_TRUE(announce_ready({.ready_file = file}, "https_port=1").has_value());
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str(), "https_port=1\n");
  std::filesystem::remove(file);
  EXPECT_FALSE(announce_ready({.ready_file = "/nonexistent/ready"}, "x").has_value());
  EXPECT_TRUE(announce_ready({}, "x").has_value());
}

TEST(CommandLine, TurnsAnEscapedExceptionIntoOneLine) {
  testing::internal::CaptureStderr();
  const int code = run_guarded("parley-test", []() -> ExitCode { throw std::runtime_error("x"); });
  EXPECT_EQ(code, 70);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "parley-test: internal error: x\n");
  EXPECT_EQ(run_guarded("parley-test", [] { return ExitCode::config; }), 78);
}

TEST(CommandLine, ChoosesTheExitCodeByTheKindOfError) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(report_error("p", {ErrorCode::unavailable, "busy"}), ExitCode::unavailable);
  EXPECT_EQ(report_error("p", {ErrorCode::not_found, "no"}), ExitCode::no_input);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "p: busy\np: no\n");
}

}  // namespace
}  // namespace parley::service
