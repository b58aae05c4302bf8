#include "signaling/server/server_metrics.hpp"

#include <gtest/gtest.h>

#include <set>

#include "protocol/client.pb.h"

namespace parley::signaling {
namespace {

const service::MetricSample* find(const std::vector<service::MetricSample>& samples,
                                  std::string_view name, std::string_view label_value = "") {
  for (const auto& sample : samples) {
    if (sample.name == name && sample.label_value == label_value) return &sample;
  }
  return nullptr;
}

TEST(ServerMetrics, NameEachErrorByItsCode) {
  SignalingCore::Counters core;
  core.members = 7;
  core.errors.resize(api::Error::Code_MAX + 2);  // one that has no name is left out
  core.errors[api::Error::ROOM_FULL] = 3;
  const auto samples = server_metrics(core, {}, true);
  const auto* errors = find(samples, "parley_signaling_errors_total", "ROOM_FULL");
  ASSERT_NE(errors, nullptr);
  EXPECT_EQ(errors->value, 3);
  ASSERT_NE(find(samples, "parley_signaling_members"), nullptr);
  EXPECT_EQ(find(samples, "parley_signaling_members")->value, 7);
  EXPECT_EQ(find(samples, "parley_signaling_media_nodes")->value, 1);
}

TEST(ServerMetrics, TellHowTheFloorsAre) {
  SignalingCore::Counters core;
  core.floor_requests = 11;
  core.floor_limited = 12;
  core.floor_denied = 13;
  core.floor_events = 14;
  core.floor_missed = 15;
  const auto samples = server_metrics(core, {}, true);
  EXPECT_EQ(find(samples, "parley_signaling_floor_requests_total")->value, 11);
  EXPECT_EQ(find(samples, "parley_signaling_floor_limited_total")->value, 12);
  EXPECT_EQ(find(samples, "parley_signaling_floor_denied_total")->value, 13);
  EXPECT_EQ(find(samples, "parley_signaling_floor_events_total")->value, 14);
  EXPECT_EQ(find(samples, "parley_signaling_floor_missed_total")->value, 15);
}

TEST(ServerMetrics, CountWhatTheWebServerRefused) {
  WebServerCounters web;
  web.refused_origin = 5;
  web.closed_slow = 2;
  const auto samples = server_metrics({}, web, false);
  EXPECT_EQ(find(samples, "parley_signaling_refusals_total", "origin")->value, 5);
  EXPECT_EQ(find(samples, "parley_signaling_refusals_total", "slow_reader")->value, 2);
}

// The exporter opens a new family at each change of name.
TEST(ServerMetrics, StandTogetherByName) {
  SignalingCore::Counters core;
  core.errors.resize(api::Error::Code_MAX + 1);
  std::set<std::string> seen;
  std::string last;
  for (const auto& sample : server_metrics(core, {}, false)) {
    const bool is_new = sample.name == last || seen.insert(sample.name).second;
    EXPECT_TRUE(is_new) << sample.name;
    last = sample.name;
  }
}

}  // namespace
}  // namespace parley::signaling
