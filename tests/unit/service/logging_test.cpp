#include "service/logging.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace parley::service {
namespace {

using config::LogFormat;
using config::LogLevel;

TEST(Logging, WritesOneLineOfTextPerEvent) {
  EXPECT_EQ(format_line(LogFormat::text, "T", LogLevel::info, "media node connected",
                        {{"node", "node-1"}, {"peers", std::uint64_t{3}}, {"first", true}}),
            "T info media node connected node=\"node-1\" peers=3 first=true");
}

TEST(Logging, WritesJsonThatAParserTakes) {
  EXPECT_EQ(format_line(LogFormat::json, "T", LogLevel::warning, "odd \"thing\"",
                        {{"path", "a\\b\nc"}, {"ratio", 0.5}, {"delta", std::int64_t{-2}}}),
            R"({"time":"T","level":"warning","event":"odd \"thing\"",)"
            R"("path":"a\\b\u000ac","ratio":0.5,"delta":-2})");
  EXPECT_EQ(format_line(LogFormat::json, "T", LogLevel::debug, "x",
                        {{"ratio", std::numeric_limits<double>::infinity()}}),
            R"({"time":"T","level":"debug","event":"x","ratio":null})");
}

TEST(Logging, NeverWritesAControlCharacter) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    std::string nasty;
    for (char c = 0; c < 0x20; ++c) nasty += c;
    nasty += '\x7f';
    const std::string line = format_line(format, "T", LogLevel::error, nasty, {{"k", nasty}});
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_EQ(line.find('\x7f'), std::string::npos);
  }
}

TEST(LogLimiter, LetsTheFirstLinesOfEachIntervalPassAndCountsTheRest) {
  LogLimiter limiter(std::chrono::seconds(1), 2);
  const Timestamp start{};
  EXPECT_EQ(limiter.pass(start), 0U);
  EXPECT_EQ(limiter.pass(start), 0U);
  EXPECT_EQ(limiter.pass(start), std::nullopt);
  EXPECT_EQ(limiter.pass(start + std::chrono::milliseconds(999)), std::nullopt);
  EXPECT_EQ(limiter.pass(start + std::chrono::seconds(1)), 2U);
  EXPECT_EQ(limiter.pass(start + std::chrono::seconds(1)), 0U);
  EXPECT_EQ(limiter.pass(start + std::chrono::seconds(1)), std::nullopt);
}

}  // namespace
}  // namespace parley::service
