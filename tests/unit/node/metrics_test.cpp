#include "sfu/node/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace parley::sfu {
namespace {

double value_of(const std::vector<service::MetricSample>& samples, std::string_view name,
                std::string_view reason = {}) {
  const auto found = std::ranges::find_if(samples, [&](const service::MetricSample& one) {
    return one.name == name && one.label_value == reason;
  });
  return found == samples.end() ? -1.0 : found->value;
}

TEST(Metrics, SumTheWorkers) {
  std::vector<WorkerStatus> workers(2);
  workers[0].peers = 3;
  workers[1].peers = 4;
  workers[0].core.packets_in = 100;
  workers[1].core.packets_in = 11;
  const auto samples = make_samples({.workers = workers, .link = {}, .is_link_up = true});
  EXPECT_EQ(value_of(samples, "parley_sfu_peers"), 7);
  EXPECT_EQ(value_of(samples, "parley_sfu_packets_in_total"), 111);
  EXPECT_EQ(value_of(samples, "parley_sfu_workers"), 2);
  EXPECT_EQ(value_of(samples, "parley_sfu_link_up"), 1);
}

TEST(Metrics, CountEveryNamedDrop) {
  std::vector<WorkerStatus> workers(1);
  for (std::size_t i = 0; i < kDropNames.size(); ++i) {
    workers[0].core.receive_drops.count(static_cast<Drop>(i), i + 1);
  }
  workers[0].core.listener_drops.count(Drop::listener_no_slot, 5);
  workers[0].udp.drop_send_buffer_full = 9;
  const auto samples = make_samples({.workers = workers, .link = {}});
  for (std::size_t i = 0; i < kDropNames.size(); ++i) {
    EXPECT_EQ(value_of(samples, "parley_sfu_drops_total", kDropNames[i]),
              static_cast<double>(i + 1))
        << kDropNames[i];
  }
  EXPECT_EQ(value_of(samples, "parley_sfu_listener_drops_total", "listener_no_slot"), 5);
  EXPECT_EQ(value_of(samples, "parley_sfu_socket_drops_total", "udp_send_buffer_full"), 9);
}

TEST(Metrics, CountWhoWasNotLetInAndWhoWasNotRenewed) {
  std::vector<WorkerStatus> workers(2);
  workers[0].core.leases_ended = 2;
  workers[1].core.leases_ended = 3;
  const auto samples =
      make_samples({.workers = workers, .link = {}, .refused_tickets = {11, 12, 13, 14, 15}});
  EXPECT_EQ(value_of(samples, "parley_sfu_leases_ended_total"), 5);
  double expected = 11;
  for (const char* const reason : {"forged", "expired", "used", "mismatch", "crowded"}) {
    EXPECT_EQ(value_of(samples, "parley_sfu_tickets_refused_total", reason), expected++);
  }
}

TEST(Metrics, TellOfTheFloor) {
  std::vector<WorkerStatus> workers(2);
  for (WorkerStatus& worker : workers) {
    worker.floor = std::make_unique<FloorNumbers>();
    worker.floor->counters.bursts = 3;
    worker.floor->counters.denied[static_cast<std::size_t>(DenyCause::rate_limit)] = 4;
    worker.floor->counters.revoked[static_cast<std::size_t>(RevokeCause::too_long)] = 5;
    worker.floor->waiting = 2;
    worker.floor->press_to_grant.add(std::chrono::milliseconds(7));
  }
  workers[1].floor->oldest_wait = std::chrono::seconds(9);
  const auto samples = make_samples({.workers = workers, .link = {}});
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_bursts_total"), 6);
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_denials_total", "rate_limit"), 8);
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_revokes_total", "too_long"), 10);
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_queue_length"), 4);
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_queue_age_ms"), 9000);
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_press_to_grant_total", "5"), 0);
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_press_to_grant_total", "10"), 2);
  EXPECT_EQ(value_of(samples, "parley_sfu_floor_press_to_grant_us_total"), 14000);
}

TEST(Metrics, KeepLinesOfOneNameTogetherAndNameNoneTwice) {
  const std::vector<WorkerStatus> workers(1);
  const auto samples = make_samples({.workers = workers, .link = {}});
  std::map<std::string, std::size_t> last_place;
  std::map<std::pair<std::string, std::string>, int> seen;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto& one = samples[i];
    EXPECT_EQ(++seen[(std::pair{one.name, one.label_value})], 1) << one.name;
    const bool is_first = !last_place.contains(one.name);
    EXPECT_TRUE(is_first || last_place[one.name] + 1 == i) << one.name;
    last_place[one.name] = i;
    const bool is_counter = one.kind == service::MetricKind::counter;
    EXPECT_EQ(one.name.ends_with("_total"), is_counter) << one.name;
  }
}

}  // namespace
}  // namespace parley::sfu
