// A media node: workers, switchboard, link to the signaling service and metrics, wired together on
// one main loop. Everything but the workers runs in that loop's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/node_config.hpp"
#include "net/loop.hpp"
#include "net/os_random.hpp"
#include "net/timer.hpp"
#include "service/metrics.hpp"
#include "sfu/core/switchboard.hpp"
#include "sfu/node/control_link.hpp"
#include "sfu/node/worker.hpp"

namespace parley::sfu {

class Node {
 public:
  // Binds every socket, reads every file, starts the workers. Errors are one sentence for the
  // operator: unavailable (a busy port), not_found or invalid_argument (a file).
  static Result<std::unique_ptr<Node>> start(net::Loop& loop, const config::NodeConfig& config);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  // Says goodbye to every peer and waits for the workers.
  ~Node();

  // SIGHUP. A failure is logged, and the old certificates stay in use.
  void renew_certificates();
  // One per worker.
  [[nodiscard]] std::vector<std::uint16_t> media_ports() const;
  [[nodiscard]] std::uint16_t metrics_port() const { return metrics_.port(); }

 private:
  // Reports of all workers that wait for the main thread.
  static constexpr std::size_t kMaxReports = 16384;

  Node(net::Loop& loop, const config::NodeConfig& config, service::MetricsExporter metrics);
  Result<void> open(net::Loop& loop, const config::NodeConfig& config);
  void on_report(WorkerReport report);
  void deliver(SwitchboardOutbox outbox);
  void deliver_backlog();
  void publish_metrics();

  net::OsRandom random_;
  Switchboard switchboard_;
  service::MetricsExporter metrics_;
  std::vector<WorkerStatus> statuses_;  // the last one of each worker
  // Commands for workers whose queue is full. While there are any, the link is not read, so this
  // holds no more than one read of the link can cause.
  std::deque<std::pair<WorkerIndex, WorkerCommand>> backlog_;
  net::Timer backlog_timer_;
  net::Timer metrics_timer_;
  ReportBox reports_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<ControlLink> link_;
};

}  // namespace parley::sfu
