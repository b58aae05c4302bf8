#include "signaling/server/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/redact.hpp"
#include "net/clock.hpp"
#include "net/os_random.hpp"
#include "net/timer.hpp"
#include "protocol/limits.hpp"
#include "service/logging.hpp"
#include "service/metrics.hpp"
#include "signaling/core/signaling_core.hpp"
#include "signaling/identity/sha256.hpp"
#include "signaling/server/admin_socket.hpp"
#include "signaling/server/control_server.hpp"
#include "signaling/server/response_headers.hpp"
#include "signaling/server/secret_file.hpp"
#include "signaling/server/server_metrics.hpp"
#include "signaling/server/service_files.hpp"
#include "signaling/server/web_server.hpp"

namespace parley::signaling {

namespace {

constexpr Duration kEndLimit = std::chrono::seconds(1);
constexpr Duration kMetricsInterval = std::chrono::seconds(1);
constexpr std::uint32_t kSpareDescriptors = 256;  // for files, the store, the loop, the node

// The hosts that clients may have connected to: those of the origins.
std::vector<std::string> hosts_of(const std::vector<std::string>& origins) {
  std::vector<std::string> hosts;
  for (const std::string& origin : origins) hosts.push_back(host_of(origin));
  return hosts;
}

SignalingConfig core_config(const config::SignalingServiceConfig& from) {
  return {
      .server_name = from.server_name,
      .max_connections = from.server.max_connections,
      .max_room_members = from.limits.max_room_members,
      .hello_limit = from.limits.hello_limit,
      .ping_interval = from.limits.ping_interval,
      .idle_limit = from.limits.idle_limit,
      .presence_grace = from.limits.presence_grace,
      .credential_life = from.credentials.lifetime,
      .renewal_window = from.credentials.renewal_window,
      .media_trust = from.limits.media_trust,
      .node_answer_limit = from.limits.node_answer_limit,
      .messages_per_second = from.limits.messages_per_second,
  };
}

// One descriptor for each connection: the usual limit of 1,024 would be met long before ours.
void raise_descriptor_limit(std::uint32_t max_connections) {
  const rlim_t wanted = rlim_t{max_connections} + kSpareDescriptors;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
    service::log_warning("the limit of open files is below server.max_connections",
                         {{"limit", std::uint64_t{limit.rlim_cur}}});
  }
}

}  // namespace

struct SignalingServer::State {
  State(net::Loop& the_loop, const config::SignalingServiceConfig& the_config,
        Authority the_authority)
      : loop(the_loop),
        config(the_config),
        authority(std::move(the_authority)),
        core_timer(loop, [this] { on_core_due(); }),
        end_timer(loop, [this] { loop.stop(); }),
        metrics_timer(loop, [this] { publish_metrics(); }) {}

  State(const State&) = delete;
  State& operator=(const State&) = delete;
  // The web server runs the loop while it ends: by then nothing else may act on it.
  ~State() {
    core_timer.disarm();
    end_timer.disarm();
    metrics_timer.disarm();
    admin.reset();
    control.reset();
    web.reset();
  }

  net::Loop& loop;
  config::SignalingServiceConfig config;
  std::string public_url;
  net::OsRandom random;
  Authority authority;
  OpenedStore store;
  std::unique_ptr<SignalingCore> core;  // from the moment everything listens
  std::optional<service::MetricsExporter> metrics;
  net::Timer core_timer;
  net::Timer end_timer;
  net::Timer metrics_timer;
  std::unique_ptr<ControlServer> control;
  std::unique_ptr<AdminSocket> admin;
  std::unique_ptr<WebServer> web;
  service::LogLimiter refused_control{std::chrono::seconds(10)};
  bool is_ending = false;

  Result<void> listen();
  Result<void> start_web();
  Result<void> start_control();
  Result<void> start_core();
  Result<void> start_admin();
  [[nodiscard]] std::vector<std::string> origins() const;
  WebSocketHandlers web_handlers();
  ControlHandlers control_handlers();

  // Calls the core with the time and a fresh outbox, and carries out what it wants.
  template <class Call>
  void turn(Call&& call);
  void deliver(SignalingOutbox& out);
  static void log_floor(const SignalingOutbox::FloorChange& change);
  void on_core_due();
  void on_store_progress();
  // Once it is ending, nobody is connected and everything is stored.
  void stop_when_done();
  void on_node_down(std::string_view reason);
  void on_websocket_closed(ConnectionId connection);
  void publish_metrics();
};

template <class Call>
void SignalingServer::State::turn(Call&& call) {
  SignalingOutbox out;
  call(net::read_clock(), out);
  deliver(out);
  core_timer.arm(core->deadline());
}

void SignalingServer::State::deliver(SignalingOutbox& out) {
  for (const SignalingOutbox::Frame& frame : out.frames) web->send(frame.to, frame.bytes);
  for (const control::ToNode& message : out.to_node) control->send(message);
  for (const SignalingOutbox::FloorChange& change : out.floor_changes) log_floor(change);
  for (const SignalingOutbox::AdminAnswer& answer : out.admin_answers) {
    admin->answer(answer.request, answer.answer);
  }
  for (const SignalingOutbox::Close& close : out.closes) {
    web->close(close.connection, static_cast<std::uint16_t>(close.code));
  }
  if (out.close_node && control->has_node()) {
    control->disconnect();
    on_node_down("it fell silent or speaks another version");
  }
}

void SignalingServer::State::log_floor(const SignalingOutbox::FloorChange& change) {
  const std::string room = room_text(change.room);
  service::log_info("floor changed", {{"room", std::string_view(room)},
                                      {"term", std::uint64_t{change.term}},
                                      {"fseq", change.fseq},
                                      {"change", change.event},
                                      {"member", std::uint64_t{change.member}},
                                      {"grant", std::uint64_t{change.grant}},
                                      {"cause", std::uint64_t{change.cause}},
                                      {"missed", change.missed}});
}

void SignalingServer::State::on_core_due() {
  turn([this](Now now, SignalingOutbox& out) { core->tick(now, out); });
}

// A change of its availability is for the log: until it is back, nothing can be changed.
void SignalingServer::State::on_store_progress() {
  if (core == nullptr) return;  // it is still being opened
  const bool was_available = core->counters().store_available;
  turn([this](Now now, SignalingOutbox& out) { core->on_store_progress(now, out); });
  stop_when_done();
  const bool is_available = core->counters().store_available;
  if (was_available == is_available) return;
  if (is_available) return service::log_info("the store is back");
  const std::string reason = store.postgres ? store.postgres->engine().last_error() : "";
  service::log_error("the store is away: nothing can be changed",
                     {{"reason", std::string_view(reason)}});
}

void SignalingServer::State::on_node_down(std::string_view reason) {
  service::log_warning("media node disconnected", {{"reason", reason}});
  turn([this](Now now, SignalingOutbox& out) { core->on_node_down(now, out); });
}

void SignalingServer::State::stop_when_done() {
  if (is_ending && web->websocket_count() == 0 && core->is_stored()) loop.stop();
}

void SignalingServer::State::on_websocket_closed(ConnectionId connection) {
  turn([&](Now now, SignalingOutbox& out) { core->on_connection_closed(connection, now, out); });
  stop_when_done();
}

WebSocketHandlers SignalingServer::State::web_handlers() {
  return {
      .on_opened =
          [this](ConnectionId connection, const Endpoint& remote) {
            service::log_debug("client connected",
                               {{"connection", connection.value}, {"network", redacted(remote)}});
            turn([&](Now now, SignalingOutbox& out) {
              core->on_connection_opened(connection, now, out);
            });
          },
      .on_message =
          [this](ConnectionId connection, Bytes message) {
            turn([&](Now now, SignalingOutbox& out) {
              core->on_frame(connection, message, now, out);
            });
          },
      .on_closed =
          [this](ConnectionId connection) {
            service::log_debug("client disconnected", {{"connection", connection.value}});
            on_websocket_closed(connection);
          },
  };
}

ControlHandlers SignalingServer::State::control_handlers() {
  return {
      .on_up =
          [this](std::string_view node_name) {
            service::log_info("media node connected", {{"node", node_name}});
            turn([this](Now now, SignalingOutbox& out) { core->on_node_up(now, out); });
          },
      .on_message =
          [this](const control::FromNode& message) {
            turn([&](Now now, SignalingOutbox& out) { core->on_node_message(message, now, out); });
          },
      .on_down = [this](std::string_view reason) { on_node_down(reason); },
      .on_refused =
          [this](const Endpoint& remote, std::string_view reason) {
            const auto suppressed = refused_control.pass(net::read_monotonic());
            if (!suppressed) return;
            service::log_warning(
                "control connection refused",
                {{"network", redacted(remote)}, {"reason", reason}, {"suppressed", *suppressed}});
          },
  };
}

Result<void> SignalingServer::State::start_web() {
  auto files = StaticFiles::load(config.server.web_root);
  if (!files) return std::unexpected(files.error());
  auto started =
      WebServer::start(loop,
                       {
                           .listen = config.server.listen,
                           .port = config.server.port,
                           .certificate = {.certificate_file = config.server.certificate_file,
                                           .key_file = config.server.key_file},
                           .with_hsts = wants_hsts(config.server.public_url),
                           .max_message_bytes = protocol::kMaxClientMessage,
                           .max_connections = config.server.max_connections,
                           .max_connections_per_address = config.server.max_connections_per_address,
                       },
                       *std::move(files), web_handlers());
  if (!started) return std::unexpected(started.error());
  web = *std::move(started);
  public_url = bound_url(config.server, web->port());
  web->allow_origins(origins());
  return {};
}

std::vector<std::string> SignalingServer::State::origins() const {
  return config.server.allowed_origins.empty() ? std::vector{public_url}
                                               : config.server.allowed_origins;
}

// What the store holds is read here: serving with half of it would make clients throw their keys
// away.
Result<void> SignalingServer::State::start_core() {
  SignalingConfig settings = core_config(config);
  std::vector<std::string> reachable = origins();
  reachable.push_back(public_url);
  settings.hosts = hosts_of(reachable);
  settings.admin = {.public_url = public_url,
                    .organisation = authority.organisation(),
                    .authority_fingerprint = sha256(authority.certificate()),
                    .link_life = config.invitations.lifetime};
  auto opened = open_store(config.store, loop, random, [this] { on_store_progress(); });
  if (!opened) return std::unexpected(opened.error());
  store = *std::move(opened);
  core = std::make_unique<SignalingCore>(std::move(settings), store.engine(), authority, random,
                                         net::read_clock());
  return core->loaded();
}

Result<void> SignalingServer::State::start_admin() {
  auto started = AdminSocket::start(
      loop, config.admin.socket,
      [this](AdminRequestId id, const admin::Request& request) {
        turn([&](Now now, SignalingOutbox& out) { core->on_admin(id, request, now, out); });
      },
      [](std::string_view reason) {
        service::log_warning("administrator's connection refused", {{"reason", reason}});
      });
  if (!started) return std::unexpected(started.error());
  admin = *std::move(started);
  return {};
}

Result<void> SignalingServer::State::start_control() {
  auto started = ControlServer::start(
      loop,
      {.listen = {.address = config.control.listen, .port = config.control.port},
       .files = {.certificate_file = config.control.certificate_file,
                 .key_file = config.control.key_file,
                 .ca_file = config.control.ca_file}},
      control_handlers());
  if (!started) return std::unexpected(started.error());
  control = *std::move(started);
  return {};
}

Result<void> SignalingServer::State::listen() {
  auto exporter = service::MetricsExporter::start(config.metrics);
  if (!exporter) return std::unexpected(exporter.error());
  metrics = *std::move(exporter);
  if (auto started = start_control(); !started) return started;
  if (auto started = start_web(); !started) return started;
  if (auto started = start_core(); !started) return started;
  if (auto started = start_admin(); !started) return started;
  core_timer.arm(core->deadline());
  publish_metrics();
  return {};
}

void SignalingServer::State::publish_metrics() {
  if (!metrics->is_on()) return;
  metrics->publish(server_metrics(core->counters(), web->counters(), control->has_node()));
  metrics_timer.arm(net::read_monotonic() + kMetricsInterval);
}

SignalingServer::SignalingServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
SignalingServer::~SignalingServer() = default;

Result<std::unique_ptr<SignalingServer>> SignalingServer::start(
    net::Loop& loop, const config::SignalingServiceConfig& config) {
  raise_descriptor_limit(config.server.max_connections);
  net::OsRandom random;
  auto authority = load_or_create_authority(config.authority.key_file, config.organisation.name,
                                            random, net::read_clock().wall);
  if (!authority) return std::unexpected(authority.error());
  auto state = std::make_unique<State>(loop, config, *std::move(authority));
  if (auto listening = state->listen(); !listening) return std::unexpected(listening.error());
  return std::unique_ptr<SignalingServer>(new SignalingServer(std::move(state)));
}

SignalingServer::Ports SignalingServer::ports() const {
  return {.https = state_->web->port(),
          .control = state_->control->port(),
          .metrics = state_->metrics->port()};
}

const std::string& SignalingServer::public_url() const { return state_->public_url; }

void SignalingServer::renew_certificates() {
  const std::pair<const char*, Result<void>> results[] = {
      {"web", state_->web->renew_certificate()}, {"control", state_->control->renew_certificate()}};
  for (const auto& [which, result] : results) {
    if (result) {
      service::log_info("certificate renewed", {{"certificate", std::string_view(which)}});
    } else {
      service::log_error("certificate not renewed; the old one stays",
                         {{"certificate", std::string_view(which)},
                          {"reason", std::string_view(result.error().message)}});
    }
  }
}

void SignalingServer::begin_end() {
  if (std::exchange(state_->is_ending, true)) return;
  service::log_info("stopping");
  state_->web->stop_listening();
  state_->turn([this](Now now, SignalingOutbox& out) { state_->core->close(now, out); });
  state_->stop_when_done();
  state_->end_timer.arm(net::read_monotonic() + kEndLimit);
}

}  // namespace parley::signaling
