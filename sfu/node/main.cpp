// parley-sfu: the media node as a service.

#include <optional>
#include <string>

#include "config/node_config.hpp"
#include "net/descriptor_limit.hpp"
#include "net/loop.hpp"
#include "net/signals.hpp"
#include "service/command_line.hpp"
#include "service/logging.hpp"
#include "sfu/node/node.hpp"
#include "sfu/node/sandbox.hpp"

namespace {

using parley::service::ExitCode;

constexpr auto kProgram = "parley-sfu";

// When every thread and socket is there.
parley::Result<void> hold_to_sandbox(const parley::config::ProcessConfig& process) {
  if (!process.sandbox) {
    parley::service::log_warning("process.sandbox is off: the process may make any system call");
    return {};
  }
  if (!parley::sfu::kSandboxFits) return {};
  return parley::sfu::enter_sandbox();
}

ExitCode serve(const parley::config::NodeConfig& config,
               const parley::service::CommonOptions& options) {
  parley::service::start_logging(config.log);
  parley::net::raise_descriptor_limit();
  parley::net::Loop loop;
  auto node = parley::sfu::Node::start(loop, config);
  if (!node) return parley::service::report_error(kProgram, node.error());
  const parley::net::Signals signals(loop, [&](parley::net::Signal signal) {
    if (signal == parley::net::Signal::hang_up) {
      (*node)->renew_certificates();
    } else {
      loop.stop();
    }
  });
  const std::string media = std::to_string((*node)->media_ports().front());
  const std::string metrics = std::to_string((*node)->metrics_port());
  if (const auto ready = announce_ready(options, "media=" + media + " metrics=" + metrics);
      !ready) {
    return parley::service::report_error(kProgram, ready.error());
  }
  parley::service::log_info("media node is ready",
                            {{"node", config.node_name}, {"media_port", media}});
  if (const auto held = hold_to_sandbox(config.process); !held) {
    return parley::service::report_error(kProgram, held.error());
  }
  loop.run();
  parley::service::log_info("media node is closing", {{"node", config.node_name}});
  return ExitCode::ok;
}

ExitCode run(int argc, const char* const* argv) {
  CLI::App app("Parley's media node: forwards encrypted voice among the members of rooms.",
               kProgram);
  parley::service::CommonOptions options;
  parley::service::add_common_options(app, options, "/etc/parley/parley-sfu.yaml", PARLEY_VERSION);
  if (const auto ended = parley::service::parse_command_line(app, argc, argv)) return *ended;
  const auto config =
      parley::service::use_config(parley::config::load_node_config(options.config), options);
  if (!config) return config.error();
  return serve(*config, options);
}

}  // namespace

int main(int argc, char** argv) {
  return parley::service::run_guarded(kProgram, [&] { return run(argc, argv); });
}
