#include "tests/sim/node_host.hpp"

#include <algorithm>

namespace parley::sim {
namespace {

std::uint64_t sum(const sfu::DropCounters& drops) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < sfu::kDropNames.size(); ++i) {
    total += drops.of(static_cast<sfu::Drop>(i));
  }
  return total;
}

sfu::WorkerConfig config_of_worker(std::uint16_t index, std::uint8_t slots) {
  const Endpoint endpoint{.address = kNodeAddress,
                          .port = static_cast<std::uint16_t>(kMediaPort + index)};
  sfu::WorkerConfig config;
  config.index = WorkerIndex{index};
  config.slots = slots;
  config.candidates = {
      {.is_tcp = false, .endpoint = endpoint, .priority = 2130706431, .foundation = "1"},
      {.is_tcp = true, .endpoint = endpoint, .priority = 1518280447, .foundation = "2"}};
  return config;
}

}  // namespace

NodeHost::NodeHost(std::uint16_t workers, std::uint8_t slots, SeededRandom& random,
                   const sfu::DtlsContext& dtls, Sinks sinks)
    : worker_count_(workers),
      slots_(slots),
      random_(random),
      dtls_(dtls),
      sinks_(std::move(sinks)) {}

void NodeHost::start(Now now) {
  const auto unix_seconds =
      std::chrono::floor<std::chrono::seconds>(now.wall.time_since_epoch()).count();
  switchboard_ = std::make_unique<sfu::Switchboard>(
      sfu::SwitchboardConfig{.node_name = "node-1",
                             .boot_id = random_.next_u64(),
                             .workers = worker_count_,
                             .home_share = 1,
                             .first_term = static_cast<std::uint32_t>(unix_seconds)});
  for (std::uint16_t i = 0; i < worker_count_; ++i) {
    workers_.push_back(
        std::make_unique<sfu::WorkerCore>(config_of_worker(i, slots_), dtls_, random_));
  }
}

void NodeHost::kill() {
  switchboard_.reset();
  workers_.clear();
}

void NodeHost::on_datagram(WorkerIndex worker, const Path& from, MutableBytes datagram, Now now) {
  if (!is_running()) return;
  workers_[worker.value]->receive(from, datagram, now, outbox_);
  after_worker(worker, now);
}

void NodeHost::on_connection_closed(WorkerIndex worker, std::uint32_t connection, Now now) {
  if (!is_running()) return;
  workers_[worker.value]->on_connection_closed(connection, now, outbox_);
  after_worker(worker, now);
}

void NodeHost::on_link_up(Now now) {
  sfu::SwitchboardOutbox out;
  switchboard_->on_link_up(now.mono, out);
  carry(out, now);
}

void NodeHost::on_link_down(Now now) {
  sfu::SwitchboardOutbox out;
  switchboard_->on_link_down(now.mono, out);
  carry(out, now);
}

void NodeHost::on_message(const control::ToNode& message, Now now) {
  if (!is_running()) return;
  sfu::SwitchboardOutbox out;
  switchboard_->on_message(message, now, out);
  carry(out, now);
}

void NodeHost::tick(Now now) {
  for (std::uint16_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i]->deadline() > now.mono) continue;
    workers_[i]->tick(now, outbox_);
    after_worker({i}, now);
  }
}

Timestamp NodeHost::deadline() const {
  Timestamp earliest = kNever;
  for (const auto& worker : workers_) earliest = std::min(earliest, worker->deadline());
  return earliest;
}

std::size_t NodeHost::peer_count() const {
  std::size_t count = 0;
  for (const auto& worker : workers_) count += worker->peer_count();
  return count;
}

std::size_t NodeHost::room_count() const {
  std::size_t count = 0;
  for (const auto& worker : workers_) count += worker->room_count();
  return count;
}

std::uint64_t NodeHost::receive_drops(sfu::Drop drop) const {
  std::uint64_t count = 0;
  for (const auto& worker : workers_) count += worker->counters().receive_drops.of(drop);
  return count;
}

void NodeHost::after_worker(WorkerIndex worker, Now now) {
  while (workers_[worker.value]->has_work()) workers_[worker.value]->work(now, outbox_);
  check_conservation(worker);
  for (const PacketBatch::Entry& entry : outbox_.packets.entries()) {
    sinks_.datagram(worker, entry.path, outbox_.packets.bytes(entry));
  }
  outbox_.packets.clear();
  for (const std::uint32_t connection : std::exchange(outbox_.close_connections, {})) {
    sinks_.close_connection(connection);
  }
  const auto messages = std::exchange(outbox_.to_workers, {});
  for (const sfu::WorkerEvent& event : std::exchange(outbox_.events, {})) {
    sfu::SwitchboardOutbox out;
    switchboard_->on_worker_event(worker, event, now.mono, out);
    carry(out, now);
  }
  for (const sfu::OutgoingMessage& one : messages) {
    workers_[one.to.value]->on_message(one.message, now, outbox_);
    after_worker(one.to, now);
  }
}

void NodeHost::carry(sfu::SwitchboardOutbox& out, Now now) {
  for (const control::FromNode& message : out.to_signaling) sinks_.to_signaling(message);
  for (const auto& [worker, command] : out.to_workers) {
    workers_[worker.value]->on_command(command, now, outbox_);
    after_worker(worker, now);
  }
}

void NodeHost::check_conservation(WorkerIndex worker) const {
  const sfu::WorkerCounters& c = workers_[worker.value]->counters();
  const std::uint64_t explained =
      c.control_packets + c.accepted + c.handed_to_home + c.relayed + c.held + sum(c.receive_drops);
  if (c.packets_in + c.messages_in != explained) {
    sinks_.violation("packets are not conserved: " + std::to_string(c.packets_in) + " and " +
                     std::to_string(c.messages_in) + " of other workers in, " +
                     std::to_string(explained) + " explained");
  }
  const std::uint64_t copies = c.copies_out + sum(c.listener_drops);
  if (c.copies_expected != copies) {
    sinks_.violation("copies are not conserved: " + std::to_string(c.copies_expected) +
                     " expected, " + std::to_string(copies) + " explained");
  }
}

}  // namespace parley::sim
