// parley-signaling: reads the command line and serves.
#include <cstdint>
#include <string>

#include "config/signaling_config.hpp"
#include "net/loop.hpp"
#include "net/signals.hpp"
#include "service/command_line.hpp"
#include "service/logging.hpp"
#include "signaling/server/server.hpp"

namespace {

using parley::config::SignalingServiceConfig;
using parley::service::CommonOptions;
using parley::service::ExitCode;
using parley::signaling::SignalingServer;

constexpr const char* kProgram = "parley-signaling";

ExitCode serve(const SignalingServiceConfig& config, const CommonOptions& options) {
  parley::service::start_logging(config.log);
  parley::net::Loop loop;
  auto server = SignalingServer::start(loop, config);
  if (!server) return parley::service::report_error(kProgram, server.error());
  const parley::net::Signals signals(loop, [&](parley::net::Signal signal) {
    if (signal == parley::net::Signal::hang_up) return (*server)->renew_certificates();
    (*server)->begin_end();
  });
  const SignalingServer::Ports ports = (*server)->ports();
  parley::service::log_info("listening on " + (*server)->public_url(),
                            {{"https_port", std::uint64_t{ports.https}},
                             {"control_port", std::uint64_t{ports.control}},
                             {"metrics_port", std::uint64_t{ports.metrics}}});
  const auto ready = parley::service::announce_ready(
      options, "https_port=" + std::to_string(ports.https) +
                   " control_port=" + std::to_string(ports.control) +
                   " metrics_port=" + std::to_string(ports.metrics));
  if (!ready) return parley::service::report_error(kProgram, ready.error());
  loop.run();
  parley::service::log_info("stopped");
  return ExitCode::ok;
}

ExitCode run(int argc, char** argv) {
  CLI::App app("Parley's signaling service: web application, sign-in, rooms", kProgram);
  app.footer("Rooms, people and links are the business of parley-admin.");
  CommonOptions options;
  parley::service::add_common_options(app, options, "/etc/parley/parley-signaling.yaml",
                                      PARLEY_VERSION);
  if (const auto end = parley::service::parse_command_line(app, argc, argv)) return *end;
  const auto config =
      parley::service::use_config(parley::config::load_signaling_config(options.config), options);
  if (!config) return config.error();
  return serve(*config, options);
}

}  // namespace

int main(int argc, char** argv) {
  return parley::service::run_guarded(kProgram, [&] { return run(argc, argv); });
}
