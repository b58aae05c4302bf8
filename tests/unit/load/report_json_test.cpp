#include "client/load/report_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace parley::client {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Reports, OfAWindowHoldWhatOtherProgramsRead) {
  WindowReport window;
  window.talkers = 1;
  window.listeners = 100;
  window.rate = 50;
  window.took = seconds(2);
  window.sent = 100;
  window.expected = 10'000;
  window.forwarded = 9'990;
  window.cpu = {.run_ns = 19'980'000, .user_ns = 9'990'000, .system_ns = 9'990'000};
  window.delay = {.count = 5,
                  .p50 = microseconds(40),
                  .p95 = microseconds(80),
                  .p99 = microseconds(90),
                  .max = microseconds(95)};
  TargetTraits traits;
  traits.name = "parley";
  const auto json = nlohmann::json::parse(to_json(window, traits, 80));
  EXPECT_EQ(json["name"], "parley");
  EXPECT_EQ(json["talkers"], 1);
  EXPECT_EQ(json["listeners"], 100);
  EXPECT_EQ(json["packet_bytes"], 80);
  EXPECT_EQ(json["lost"], 10);
  EXPECT_DOUBLE_EQ(json["loss"], 0.001);
  EXPECT_EQ(json["cpu_ns_per_packet"], 2000);
  EXPECT_EQ(json["user_ns"], 1000);
  EXPECT_EQ(json["system_ns"], 1000);
  EXPECT_EQ(json["packets_per_second"], 4995);
  EXPECT_EQ(json["delay_us"]["p99"], 90);
  EXPECT_EQ(json["is_flagged"], false);
}

TEST(Reports, OfAnEmptyWindowDivideByNothing) {
  const auto json = nlohmann::json::parse(to_json(WindowReport{}, TargetTraits{}, 80));
  EXPECT_EQ(json["cpu_ns_per_packet"], 0);
  EXPECT_EQ(json["loss"], 0);
  EXPECT_EQ(json["packets_per_second"], 0);
}

TEST(Reports, OfJoinsAreInMilliseconds) {
  JoinReport join;
  join.joined = 3;
  join.ready = {.count = 3,
                .p50 = milliseconds(4),
                .p95 = milliseconds(5),
                .p99 = milliseconds(6),
                .max = microseconds(6500)};
  join.all_hear = milliseconds(20);
  const auto json = nlohmann::json::parse(to_json(join));
  EXPECT_EQ(json["joined"], 3);
  EXPECT_EQ(json["ready_ms"]["p50"], 4.0);
  EXPECT_EQ(json["ready_ms"]["max"], 6.5);
  EXPECT_EQ(json["all_hear_ms"], 20.0);
}

TEST(Reports, OfErrorsAreOneLine) {
  const std::string text =
      to_json(Error{.code = ErrorCode::io, .message = "it broke\nin two \xff"});
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(text).contains("error"));
}

}  // namespace
}  // namespace parley::client
