#include "sfu/node/worker.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/unit/net/wait.hpp"

namespace parley::sfu {
namespace {

using test::run_until;

WorkerSettings settings() { return worker_settings({.base_port = 0}, WorkerIndex{3}); }

AddPeer refused_offer(std::uint32_t request) {
  AddPeer command{};  // without credentials: every worker refuses it
  command.request_id = request;
  command.offer.peer = PeerId{request};
  return command;
}

TEST(Worker, TakesItsLimitOfCommandsAndNotOneMore) {
  net::Loop loop;
  ReportBox reports(loop, 16384, [](WorkerReport) {});
  const auto worker = Worker::open(settings(), reports).value();
  for (std::uint32_t i = 0; i < Worker::kMaxCommands; ++i) {
    ASSERT_TRUE(worker->post(RemovePeer{PeerId{i + 1}}));
  }
  EXPECT_FALSE(worker->post(RemovePeer{PeerId{1}}));
  worker->start();
  EXPECT_TRUE(run_until(loop, [&] { return worker->post(RemovePeer{PeerId{1}}); }));
}

TEST(Worker, ReportsItsNumbersAndItsName) {
  net::Loop loop;
  std::optional<WorkerReport> got;
  ReportBox reports(loop, 16, [&](WorkerReport report) { got = std::move(report); });
  const auto worker = Worker::open(settings(), reports).value();
  worker->start();
  ASSERT_TRUE(run_until(loop, [&] { return got.has_value(); }));
  EXPECT_EQ(got->worker, WorkerIndex{3});
  EXPECT_TRUE(std::holds_alternative<WorkerStatus>(got->body));
  EXPECT_NE(worker->port(), 0);
}

TEST(Worker, HoldsItsEventsInOrderWhileTheReportBoxIsFull) {
  constexpr std::uint32_t kCount = 50;
  net::Loop loop;
  std::vector<std::uint32_t> refused;
  ReportBox reports(loop, 2, [&](WorkerReport report) {
    const auto* event = std::get_if<WorkerEvent>(&report.body);
    if (event != nullptr) refused.push_back(std::get<PeerRefused>(*event).request_id);
  });
  const auto worker = Worker::open(settings(), reports).value();
  worker->start();
  for (std::uint32_t i = 1; i <= kCount; ++i) ASSERT_TRUE(worker->post(refused_offer(i)));
  ASSERT_TRUE(run_until(loop, [&] { return refused.size() == kCount; }));
  for (std::uint32_t i = 0; i < kCount; ++i) EXPECT_EQ(refused[i], i + 1);
}

}  // namespace
}  // namespace parley::sfu
