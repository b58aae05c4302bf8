#include "sfu/node/node.hpp"

#include <malloc.h>

#include <algorithm>
#include <variant>

#include "net/clock.hpp"
#include "service/logging.hpp"
#include "sfu/node/metrics.hpp"
#include "sfu/node/settings.hpp"

namespace parley::sfu {
namespace {

constexpr Duration kMetricsInterval = std::chrono::seconds(1);
constexpr Duration kBacklogRetry = std::chrono::milliseconds(5);

SwitchboardConfig switchboard_config(const config::NodeConfig& config, RandomSource& random) {
  const auto since_1970 = net::read_clock().wall.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
  return {.node_name = config.node_name,
          .boot_id = random.next_u64() | 1U,  // never 0, which means none
          .workers = config.media.workers,
          .max_peers = config.media.max_peers,
          .max_room_peers = config.media.max_room_peers,
          .first_term = static_cast<std::uint32_t>(seconds)};
}

// What the process has allocated and not freed, as the C library counts it.
std::uint64_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

Node::Node(net::Loop& loop, const config::NodeConfig& config, service::MetricsExporter metrics)
    : switchboard_(switchboard_config(config, random_)),
      metrics_(std::move(metrics)),
      statuses_(config.media.workers),
      backlog_timer_(loop, [this] { deliver_backlog(); }),
      metrics_timer_(loop, [this] { publish_metrics(); }),
      reports_(loop, kMaxReports, [this](WorkerReport report) { on_report(std::move(report)); }) {}

Node::~Node() {
  if (link_) link_->close();
  for (const auto& worker : workers_) worker->stop();
  for (const auto& worker : workers_) worker->join();  // all, before the first is destroyed
}

Result<std::unique_ptr<Node>> Node::start(net::Loop& loop, const config::NodeConfig& config) {
  auto metrics = service::MetricsExporter::start(config.metrics);
  if (!metrics) return std::unexpected(std::move(metrics.error()));
  std::unique_ptr<Node> node(new Node(loop, config, *std::move(metrics)));
  if (auto opened = node->open(loop, config); !opened) {
    return std::unexpected(std::move(opened.error()));
  }
  return node;
}

Result<void> Node::open(net::Loop& loop, const config::NodeConfig& config) {
  for (std::uint16_t i = 0; i < config.media.workers; ++i) {
    auto worker = Worker::open(worker_settings(config.media, WorkerIndex{i}), reports_);
    if (!worker) return std::unexpected(std::move(worker.error()));
    workers_.push_back(*std::move(worker));
  }
  ControlLinkSettings settings{.host = config.control.host,
                               .port = config.control.port,
                               .server_name = config.control.server_name,
                               .files = tls_files(config.control)};
  const auto with_outbox = [this](auto work) {
    SwitchboardOutbox outbox;
    work(net::read_clock(), outbox);
    deliver(std::move(outbox));
  };
  auto link = ControlLink::open(
      loop, std::move(settings), random_,
      {.on_up =
           [this, with_outbox] {
             with_outbox([this](Now now, auto& out) { switchboard_.on_link_up(now.mono, out); });
           },
       .on_message =
           [this, with_outbox](const control::ToNode& message) {
             with_outbox([&](Now now, auto& out) { switchboard_.on_message(message, now, out); });
           },
       .on_down =
           [this, with_outbox] {
             with_outbox([this](Now now, auto& out) { switchboard_.on_link_down(now.mono, out); });
           }});
  if (!link) return std::unexpected(std::move(link.error()));
  link_ = *std::move(link);
  for (const auto& worker : workers_) worker->connect(workers_);
  for (const auto& worker : workers_) worker->start();
  if (metrics_.is_on()) metrics_timer_.arm(net::read_monotonic());
  return {};
}

void Node::on_report(WorkerReport report) {
  if (auto* status = std::get_if<WorkerStatus>(&report.body)) {
    statuses_.at(report.worker.value) = std::move(*status);
    return;
  }
  SwitchboardOutbox outbox;
  switchboard_.on_worker_event(report.worker, std::get<WorkerEvent>(report.body),
                               net::read_monotonic(), outbox);
  deliver(std::move(outbox));
}

void Node::deliver(SwitchboardOutbox outbox) {
  for (const control::FromNode& message : outbox.to_signaling) link_->send(message);
  if (outbox.to_workers.empty()) return;
  std::ranges::move(outbox.to_workers, std::back_inserter(backlog_));
  deliver_backlog();
}

void Node::deliver_backlog() {
  while (!backlog_.empty()) {
    auto& [worker, command] = backlog_.front();
    if (!workers_.at(worker.value)->post(std::move(command))) {
      link_->pause();
      backlog_timer_.arm(net::read_monotonic() + kBacklogRetry);
      return;
    }
    backlog_.pop_front();
  }
  link_->resume();
}

void Node::publish_metrics() {
  metrics_.publish(make_samples({.workers = statuses_,
                                 .link = link_->counters(),
                                 .is_link_up = link_->is_up(),
                                 .refused_tickets = switchboard_.refused_tickets(),
                                 .heap_bytes = heap_bytes()}));
  metrics_timer_.arm(net::read_monotonic() + kMetricsInterval);
}

void Node::renew_certificates() {
  if (const auto renewed = link_->renew_certificates(); !renewed) {
    service::log_error("the old certificates stay in use", {{"reason", renewed.error().message}});
    return;
  }
  service::log_info("certificates renewed, for the next connection");
}

std::vector<std::uint16_t> Node::media_ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& worker : workers_) ports.push_back(worker->port());
  return ports;
}

}  // namespace parley::sfu
