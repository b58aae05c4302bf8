// One worker of a media node: a thread with its own loop, sockets and WorkerCore. Commands and
// messages of other workers come in, messages and reports go out through mailboxes; nothing else is
// shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/mailbox.hpp"
#include "net/udp_port.hpp"
#include "sfu/core/worker_core.hpp"
#include "sfu/node/ice_tcp.hpp"
#include "sfu/node/settings.hpp"

namespace parley::sfu {

// A worker's numbers, copied once a second.
struct WorkerStatus {
  WorkerCounters core;
  std::unique_ptr<FloorNumbers> floor{};  // by reference: it is large, and reports are many
  net::UdpCounters udp;                   // sum over the sockets
  IceTcpCounters tcp;
  std::size_t tcp_connections = 0;
  std::size_t peers = 0;
  std::size_t rooms = 0;
  std::uint64_t lost_events = 0;    // events dropped because the main thread stood still
  std::uint64_t lost_messages = 0;  // messages to other workers whose mailboxes were full
};

struct WorkerReport {
  WorkerIndex worker;
  std::variant<WorkerEvent, WorkerStatus> body;
};
using ReportBox = net::Mailbox<WorkerReport>;

class Worker {
 public:
  // Commands that wait for a worker; at the limit post() is false and the node stops reading from
  // its link until the worker has caught up.
  static constexpr std::size_t kMaxCommands = 4096;
  // Messages of other workers that wait for this one; at the limit the newest is dropped, as late
  // voice is worthless.
  static constexpr std::size_t kMaxMessages = 4096;
  // Events that wait in a worker for room in the report box; at the limit the oldest are dropped.
  static constexpr std::size_t kMaxHeldEvents = 65536;

  // Opens the sockets and prepares everything; the thread starts with start(). `reports` outlives
  // the worker. Errors: unavailable (a busy port), io (OpenSSL refuses).
  static Result<std::unique_ptr<Worker>> open(const WorkerSettings& settings, ReportBox& reports);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  // Stops and waits for the thread to end.
  ~Worker();

  // The other end of rooms that span workers: all workers of the node, by index, before any is
  // started. They are joined before any is destroyed.
  void connect(std::span<const std::unique_ptr<Worker>> all);
  void start();
  void join();
  // From the main thread. False when the queue is full; the command stays with the caller.
  [[nodiscard]] bool post(WorkerCommand&& command);
  // Says goodbye to every peer, reports the last numbers and ends the thread, all of it soon.
  void stop();
  [[nodiscard]] std::uint16_t port() const;  // UDP and TCP

 private:
  struct State;
  explicit Worker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::sfu
