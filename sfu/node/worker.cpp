#include "sfu/node/worker.hpp"

#include <pthread.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "net/clock.hpp"
#include "net/os_random.hpp"
#include "net/timer.hpp"
#include "net/waker.hpp"
#include "sfu/node/candidates.hpp"
#include "sfu/node/sockets.hpp"

namespace parley::sfu {
namespace {

constexpr Duration kStatusInterval = std::chrono::seconds(1);
constexpr Duration kReportRetry = std::chrono::milliseconds(10);
// A timer later than this: the process or its machine stood still. What clients sent meanwhile lies
// in the sockets and is heard before anybody is judged absent, for kCatchUp.
constexpr Duration kStandstill = std::chrono::milliseconds(500);
constexpr Duration kCatchUp = std::chrono::seconds(1);
// A client that moves to another network may hold two connections for a while.
constexpr std::size_t kConnectionsPerPeer = 2;

}  // namespace

// Built by the main thread before the worker's thread starts, then used by that thread alone; the
// only doors are `commands`, `messages` and `stop_waker`.
struct Worker::State {
  State(const WorkerSettings& settings, DtlsContext context, ReportBox& box)
      : index(settings.index),
        reports(box),
        dtls(std::move(context)),
        ice_tcp(settings.core.max_peers * kConnectionsPerPeer,
                {.on_packet = [this](const Path& from, MutableBytes packet,
                                     Now now) { receive(from, packet, now); },
                 .on_batch_end = [this](Now now) { settle(now); },
                 .on_closed =
                     [this](std::uint32_t connection, Now now) {
                       core->on_connection_closed(connection, now, out);
                       settle(now);
                     }}),
        commands(
            loop, kMaxCommands, [this](WorkerCommand&& command) { on_command(command); },
            [this] { settle(net::read_clock()); }),
        messages(
            loop, kMaxMessages, [this](WorkerMessage&& message) { on_message(message); },
            [this] { settle(net::read_clock()); }),
        work_waker(loop, [this] { on_work(); }),
        stop_waker(loop, [this] { on_stop(); }),
        deadline_timer(loop, [this] { on_deadline(); }),
        status_timer(loop, [this] { on_status_due(); }),
        retry_timer(loop, [this] { publish_events(); }) {}

  Result<void> open(const WorkerSettings& settings);
  void run();
  void on_batch(std::span<net::Datagram> batch, Now now);
  void receive(const Path& from, MutableBytes packet, Now now);
  void on_command(const WorkerCommand& command);
  void on_message(const WorkerMessage& message);
  void on_work();
  void on_deadline();
  void on_status_due();
  void on_stop();
  // The end of every turn: everything that the core wants done is done.
  void settle(Now now);
  void flush(Now now);
  void post_messages();
  void publish_events();
  void publish_status();

  WorkerIndex index;
  ReportBox& reports;
  std::uint64_t lost_events = 0;
  std::uint64_t lost_messages = 0;
  bool is_catching_up = false;
  net::Loop loop;
  net::OsRandom random;
  DtlsContext dtls;
  WorkerOutbox out;
  std::unique_ptr<WorkerCore> core;
  IceTcp ice_tcp;
  WorkerSockets sockets;
  net::Mailbox<WorkerCommand> commands;
  net::Mailbox<WorkerMessage> messages;
  std::vector<net::Mailbox<WorkerMessage>*> others;  // of every worker, by index
  net::Waker work_waker;
  net::Waker stop_waker;
  net::Timer deadline_timer;
  net::Timer status_timer;
  net::Timer retry_timer;
  std::thread thread;
};

Worker::Worker(std::unique_ptr<State> state) : state_(std::move(state)) {}

Worker::~Worker() {
  if (!state_->thread.joinable()) return;
  stop();
  join();
}

Result<std::unique_ptr<Worker>> Worker::open(const WorkerSettings& settings, ReportBox& reports) {
  auto dtls = DtlsContext::create(settings.profiles);
  if (!dtls) return std::unexpected(std::move(dtls.error()));
  auto state = std::make_unique<State>(settings, *std::move(dtls), reports);
  if (auto opened = state->open(settings); !opened) {
    return std::unexpected(std::move(opened.error()));
  }
  return std::unique_ptr<Worker>(new Worker(std::move(state)));
}

Result<void> Worker::State::open(const WorkerSettings& settings) {
  const SocketHandlers handlers{
      .on_batch = [this](std::span<net::Datagram> batch, Now now) { on_batch(batch, now); },
      .on_accept =
          [this](net::ConnectedSocket socket, std::uint16_t local) {
            ice_tcp.accept(std::move(socket), local, net::read_clock());
          }};
  auto opened = open_sockets(loop, settings.listen, settings.port, settings.with_tcp, handlers);
  if (!opened) return std::unexpected(std::move(opened.error()));
  sockets = *std::move(opened);
  WorkerConfig config = settings.core;
  config.candidates = make_candidates(settings.announce, sockets.port, settings.with_tcp);
  core = std::make_unique<WorkerCore>(std::move(config), dtls, random);
  return {};
}

void Worker::connect(std::span<const std::unique_ptr<Worker>> all) {
  for (const auto& worker : all) state_->others.push_back(&worker->state_->messages);
}

void Worker::start() {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void Worker::join() {
  if (state_->thread.joinable()) state_->thread.join();
}

bool Worker::post(WorkerCommand&& command) { return state_->commands.post(std::move(command)); }

void Worker::stop() { state_->stop_waker.wake(); }

std::uint16_t Worker::port() const { return state_->sockets.port; }

void Worker::State::run() {
  const std::string name = "worker-" + std::to_string(index.value);  // at most 15 characters
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  status_timer.arm(net::read_monotonic());
  loop.run();
}

void Worker::State::on_batch(std::span<net::Datagram> batch, Now now) {
  for (const net::Datagram& datagram : batch) receive(datagram.from, datagram.bytes, now);
  settle(now);
}

void Worker::State::receive(const Path& from, MutableBytes packet, Now now) {
  core->receive(from, packet, now, out);
  if (out.packets.is_half_full()) flush(now);
}

void Worker::State::on_command(const WorkerCommand& command) {
  const Now now = net::read_clock();
  core->on_command(command, now, out);
  if (out.packets.is_half_full()) flush(now);
}

void Worker::State::on_message(const WorkerMessage& message) {
  const Now now = net::read_clock();
  core->on_message(message, now, out);
  if (out.packets.is_half_full()) flush(now);
}

// One step of a handshake per loop turn: whatever media has come meanwhile goes first.
void Worker::State::on_work() {
  const Now now = net::read_clock();
  core->work(now, out);
  settle(now);
}

void Worker::State::on_deadline() {
  const Now now = net::read_clock();
  const bool stood_still = now.mono - core->deadline() > kStandstill;
  if (stood_still && !is_catching_up) {
    is_catching_up = true;
    deadline_timer.arm(now.mono + kCatchUp);
    return;
  }
  is_catching_up = false;
  core->tick(now, out);
  settle(now);
}

void Worker::State::on_status_due() {
  const Now now = net::read_clock();
  ice_tcp.tick(now);
  publish_status();
  status_timer.arm(now.mono + kStatusInterval);
}

void Worker::State::on_stop() {
  const Now now = net::read_clock();
  core->close(now, out);
  settle(now);
  publish_status();
  loop.stop();
}

void Worker::State::settle(Now now) {
  post_messages();  // first, so that the others fan out while this one does
  flush(now);
  publish_events();
  for (const std::uint32_t connection : std::exchange(out.close_connections, {})) {
    ice_tcp.close(connection);
  }
  if (!is_catching_up) deadline_timer.arm(core->deadline());
  if (core->has_work()) work_waker.wake();
}

void Worker::State::post_messages() {
  for (OutgoingMessage& outgoing : out.to_workers) {
    const bool taken = others.at(outgoing.to.value)->post(std::move(outgoing.message));
    lost_messages += taken ? 0 : 1;
  }
  out.to_workers.clear();
}

void Worker::State::flush(Now now) {
  if (out.packets.empty()) return;
  for (const auto& port : sockets.udp) port->flush(out.packets);
  if (ice_tcp.connection_count() > 0) ice_tcp.flush(out.packets, now);
  out.packets.clear();
}

void Worker::State::publish_events() {
  auto next = out.events.begin();
  for (; next != out.events.end(); ++next) {
    WorkerReport report{.worker = index, .body = std::move(*next)};
    if (reports.post(std::move(report))) continue;
    *next = std::get<WorkerEvent>(std::move(report.body));
    break;
  }
  out.events.erase(out.events.begin(), next);
  if (out.events.empty()) return;
  if (out.events.size() > kMaxHeldEvents) {
    const std::size_t lost = out.events.size() - kMaxHeldEvents;
    lost_events += lost;
    out.events.erase(out.events.begin(), out.events.begin() + static_cast<std::ptrdiff_t>(lost));
  }
  retry_timer.arm(net::read_monotonic() + kReportRetry);
}

void Worker::State::publish_status() {
  const Timestamp now = net::read_monotonic();
  WorkerStatus status{.core = core->counters(),
                      .floor = std::make_unique<FloorNumbers>(core->floor_numbers(now)),
                      .udp = {},
                      .tcp = ice_tcp.counters(),
                      .tcp_connections = ice_tcp.connection_count(),
                      .peers = core->peer_count(),
                      .rooms = core->room_count(),
                      .lost_events = lost_events,
                      .lost_messages = lost_messages};
  for (const auto& port : sockets.udp) status.udp += port->counters();
  // A full box loses this one; the next is due in a second.
  static_cast<void>(reports.post({.worker = index, .body = std::move(status)}));
}

}  // namespace parley::sfu
