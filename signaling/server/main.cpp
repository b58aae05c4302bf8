// parley-signaling: reads the command line, then serves or runs one command.
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "config/signaling_config.hpp"
#include "net/loop.hpp"
#include "net/signals.hpp"
#include "service/command_line.hpp"
#include "service/logging.hpp"
#include "signaling/server/commands.hpp"
#include "signaling/server/server.hpp"

namespace {

using parley::Result;
using parley::config::SignalingServiceConfig;
using parley::service::CommonOptions;
using parley::service::ExitCode;
using parley::signaling::InviteRequest;
using parley::signaling::SignalingServer;

constexpr const char* kProgram = "parley-signaling";

struct Arguments {
  CommonOptions common = {};
  std::string room_name = {};
  InviteRequest invite = {.room = {}, .display_name = {}};
  std::uint32_t lifetime_s = 0;  // 0: not given
};

struct Commands {
  CLI::App* serve;
  CLI::App* room_add;
  CLI::App* room_list;
  CLI::App* invite;
  CLI::App* init_key;
};

Commands describe(CLI::App& app, Arguments& arguments) {
  parley::service::add_common_options(app, arguments.common, "/etc/parley/parley-signaling.yaml",
                                      PARLEY_VERSION);
  app.require_subcommand(0, 1);
  app.fallthrough();
  Commands commands{};
  commands.serve = app.add_subcommand("serve", "serve clients and the media node (the default)");
  CLI::App* room = app.add_subcommand("room", "rooms")->require_subcommand(1)->fallthrough();
  commands.room_add = room->add_subcommand("add", "make a room")->fallthrough();
  commands.room_add->add_option("NAME", arguments.room_name)->required();
  commands.room_list = room->add_subcommand("list", "print all rooms")->fallthrough();
  commands.invite = app.add_subcommand("invite", "print a link that lets one person in, once");
  commands.invite->add_option("--room", arguments.invite.room, "name of the room")->required();
  commands.invite->add_option("--name", arguments.invite.display_name, "proposed to the guest");
  commands.invite->add_option("--lifetime-s", arguments.lifetime_s, "how long the link is good")
      ->check(CLI::Range(1U, 365U * 24U * 3600U));
  commands.invite->add_option("--url", arguments.invite.url, "instead of server.public_url");
  commands.invite->add_flag("--create-room", arguments.invite.create_room,
                            "make the room when there is none");
  commands.init_key = app.add_subcommand("init-key", "make the key that signs invitations");
  return commands;
}

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

ExitCode print(const Result<std::string>& output) {
  if (!output) return parley::service::report_error(kProgram, output.error());
  std::fputs(output->c_str(), stdout);
  return ExitCode::ok;
}

ExitCode run(int argc, char** argv) {
  CLI::App app("Parley's signaling service: web application, sign-in, rooms", kProgram);
  Arguments arguments;
  const Commands commands = describe(app, arguments);
  if (const auto end = parley::service::parse_command_line(app, argc, argv)) return *end;
  if (arguments.lifetime_s != 0) {
    arguments.invite.lifetime = std::chrono::seconds(arguments.lifetime_s);
  }
  const bool is_serving = app.get_subcommands().empty() || commands.serve->parsed();
  // The commands need the store and the key only, not the certificates.
  const auto check =
      is_serving ? parley::config::FileCheck::must_be_readable : parley::config::FileCheck::skip;
  const auto config = parley::service::use_config(
      parley::config::load_signaling_config(arguments.common.config, check), arguments.common);
  if (!config) return config.error();
  if (commands.room_add->parsed())
    return print(parley::signaling::add_room(*config, arguments.room_name));
  if (commands.room_list->parsed()) return print(parley::signaling::list_rooms(*config));
  if (commands.invite->parsed())
    return print(parley::signaling::make_invitation(*config, arguments.invite));
  if (commands.init_key->parsed()) return print(parley::signaling::init_key(*config));
  return serve(*config, arguments.common);
}

}  // namespace

int main(int argc, char** argv) {
  return parley::service::run_guarded(kProgram, [&] { return run(argc, argv); });
}
