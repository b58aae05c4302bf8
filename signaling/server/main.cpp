// parley-signaling: reads the command line, then serves or runs one command.
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/signaling_config.hpp"
#include "net/loop.hpp"
#include "net/signals.hpp"
#include "service/command_line.hpp"
#include "service/logging.hpp"
#include "signaling/server/commands.hpp"
#include "signaling/server/floor_words.hpp"
#include "signaling/server/server.hpp"

namespace {

using parley::Result;
using parley::config::SignalingServiceConfig;
using parley::floor::Policy;
using parley::service::CommonOptions;
using parley::service::ExitCode;
using parley::signaling::InviteRequest;
using parley::signaling::mode_words;
using parley::signaling::read_mode;
using parley::signaling::read_role;
using parley::signaling::read_tier;
using parley::signaling::role_words;
using parley::signaling::RoomRequest;
using parley::signaling::SignalingServer;
using parley::signaling::tier_words;

constexpr const char* kProgram = "parley-signaling";

struct Arguments {
  CommonOptions common = {};
  RoomRequest room = {.name = {}};
  InviteRequest invite = {.rooms = {}};
  std::vector<std::string> roles = {};
  std::vector<std::string> tiers = {};
  std::vector<std::uint32_t> levels = {};
  std::uint32_t lifetime_s = 0;  // 0: not given
};

struct Commands {
  CLI::App* serve;
  CLI::App* room;
  CLI::App* rooms;
  CLI::App* invite;
  CLI::App* init_key;
};

// A rule that is a number. Times are given in seconds or milliseconds and kept in milliseconds.
struct NumberOption {
  const char* name;
  void (Policy::*set)(std::uint32_t);
  std::uint32_t least;
  std::uint32_t most;
  const char* help;
  std::uint32_t factor = 1;
};

constexpr std::uint32_t kSeconds = 1000;
constexpr NumberOption kNumberOptions[] = {
    {"--talkers", &Policy::set_talkers, 1, 20, "multi: talkers at once; open: how many are heard"},
    {"--initiator", &Policy::set_initiator, 1, 0xFFFFFFFF,
     "broadcast: number of the member who talks; who comes first is 1"},
    {"--max-level", &Policy::set_max_level, 0, 15, "cap of the level of every press"},
    {"--talk-limit-s", &Policy::set_talk_limit_ms, 0, 3600, "longest burst; 0: none", kSeconds},
    {"--warning-s", &Policy::set_warning_ms, 0, 60, "warning before that limit", kSeconds},
    {"--stuck-s", &Policy::set_stuck_ms, 1, 3600, "a button held for this long is stuck", kSeconds},
    {"--queue-age-s", &Policy::set_queue_age_ms, 0, 86400, "longest wait; 0: any", kSeconds},
    {"--offer-ms", &Policy::set_offer_ms, 100, 60000, "time to press when it is one's turn"},
    {"--first-media-ms", &Policy::set_first_media_ms, 100, 10000, "silence after a grant"},
    {"--end-of-media-ms", &Policy::set_end_of_media_ms, 200, 10000,
     "silence that ends a burst; 4000 over satellite"},
    {"--grace-limit-ms", &Policy::set_grace_limit_ms, 0, 10000, "last words after the talk limit"},
    {"--grace-preempted-ms", &Policy::set_grace_preempted_ms, 0, 10000,
     "last words when pre-empted"},
    {"--grace-emergency-ms", &Policy::set_grace_emergency_ms, 0, 10000,
     "last words when pre-empted by an emergency"},
    {"--emergency-s", &Policy::set_emergency_ms, 1, 86400, "an emergency ends after", kSeconds},
    {"--emergency-hold-ms", &Policy::set_emergency_hold_ms, 0, 10000,
     "how long the emergency button is held"},
    {"--emergency-countdown-ms", &Policy::set_emergency_countdown_ms, 0, 30000,
     "time to take an emergency back"},
};

void describe_room(CLI::App& app, RoomRequest& request) {
  app.add_option("NAME", request.name, "of the room")->required();
  app.add_option_function<std::string>(
         "--mode", [&request](const std::string& word) { request.mode = read_mode(word); },
         "how the floor works (of a new room: open)")
      ->check(CLI::IsMember(mode_words()));
  app.add_flag("--defaults", request.from_defaults, "first forget all rules the room had");
  Policy& rules = request.rules;
  app.add_flag_function(
      "--queue,!--no-queue", [&rules](std::int64_t sign) { rules.set_queues(sign > 0); },
      "whether a press on a busy floor waits or is denied");
  app.add_flag_function(
      "--preempt-by-level,!--no-preempt-by-level",
      [&rules](std::int64_t sign) { rules.set_preempts_by_level(sign > 0); },
      "whether a higher level pre-empts within a tier");
  app.add_option_function<std::string>(
         "--max-tier", [&rules](const std::string& word) { rules.set_max_tier(*read_tier(word)); },
         "cap of the tier of every press")
      ->check(CLI::IsMember(tier_words()));
  for (const NumberOption& option : kNumberOptions) {
    const auto set = [&rules, &option](std::uint32_t value) {
      (rules.*option.set)(value * option.factor);
    };
    app.add_option_function<std::uint32_t>(option.name, set, option.help)
        ->check(CLI::Range(option.least, option.most));
  }
}

// Options that may be given once, or once for each --room, take one value each time.
void describe_invite(CLI::App& app, Arguments& arguments) {
  InviteRequest& invite = arguments.invite;
  app.add_option("--room", invite.rooms, "name of a room; up to 16 times")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--role", arguments.roles, "in all rooms, or once for each --room (talker)")
      ->check(CLI::IsMember(role_words()))
      ->allow_extra_args(false);
  app.add_option("--tier", arguments.tiers,
                 "highest tier of a press; likewise (emergency: may declare one)")
      ->check(CLI::IsMember(tier_words()))
      ->allow_extra_args(false);
  app.add_option("--level", arguments.levels, "highest level within a tier; likewise (0)")
      ->check(CLI::Range(0U, std::uint32_t{parley::signaling::kMaxLevel}))
      ->allow_extra_args(false);
  app.add_option("--delegation", invite.delegation, "for whom the guest speaks");
  app.add_option("--name", invite.display_name, "proposed to the guest");
  app.add_option("--lifetime-s", arguments.lifetime_s, "how long the link is good")
      ->check(CLI::Range(1U, 365U * 24U * 3600U));
  app.add_option("--url", invite.url, "instead of server.public_url");
  app.add_flag("--create-room", invite.create_room, "make rooms that are not there");
}

Commands describe(CLI::App& app, Arguments& arguments) {
  parley::service::add_common_options(app, arguments.common, "/etc/parley/parley-signaling.yaml",
                                      PARLEY_VERSION);
  app.require_subcommand(0, 1);
  app.fallthrough();
  Commands commands{};
  commands.serve = app.add_subcommand("serve", "serve clients and the media node (the default)");
  commands.room = app.add_subcommand("room", "make a room, or change how its floor works");
  commands.room->footer(
      "A room that somebody is in keeps its rules until all have left it;\n"
      "a chair or dispatcher may change them at once.");
  describe_room(*commands.room, arguments.room);
  commands.rooms = app.add_subcommand("rooms", "print all rooms: id, mode, name");
  commands.invite = app.add_subcommand("invite", "print a link that lets one person in, once");
  describe_invite(*commands.invite, arguments);
  commands.init_key = app.add_subcommand("init-key", "make the key that signs invitations");
  return commands;
}

// The words were checked by the command line.
void read_words(Arguments& arguments) {
  InviteRequest& invite = arguments.invite;
  for (const std::string& word : arguments.roles) invite.roles.push_back(*read_role(word));
  for (const std::string& word : arguments.tiers) invite.tiers.push_back(*read_tier(word));
  for (const std::uint32_t level : arguments.levels) {
    invite.levels.push_back(static_cast<std::uint8_t>(level));
  }
  if (arguments.lifetime_s != 0) invite.lifetime = std::chrono::seconds(arguments.lifetime_s);
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
  if (!output) {
    const ExitCode code = parley::service::report_error(kProgram, output.error());
    // An argument of a command comes from the command line, not from the configuration.
    const bool is_usage = output.error().code == parley::ErrorCode::invalid_argument;
    return is_usage ? ExitCode::usage : code;
  }
  std::fputs(output->c_str(), stdout);
  return ExitCode::ok;
}

ExitCode run(int argc, char** argv) {
  CLI::App app("Parley's signaling service: web application, sign-in, rooms", kProgram);
  Arguments arguments;
  const Commands commands = describe(app, arguments);
  if (const auto end = parley::service::parse_command_line(app, argc, argv)) return *end;
  read_words(arguments);
  const bool is_serving = app.get_subcommands().empty() || commands.serve->parsed();
  // The commands need the store and the key only, not the certificates.
  const auto check =
      is_serving ? parley::config::FileCheck::must_be_readable : parley::config::FileCheck::skip;
  const auto config = parley::service::use_config(
      parley::config::load_signaling_config(arguments.common.config, check), arguments.common);
  if (!config) return config.error();
  if (commands.room->parsed()) return print(parley::signaling::set_room(*config, arguments.room));
  if (commands.rooms->parsed()) return print(parley::signaling::list_rooms(*config));
  if (commands.invite->parsed())
    return print(parley::signaling::make_invitation(*config, arguments.invite));
  if (commands.init_key->parsed()) return print(parley::signaling::init_key(*config));
  return serve(*config, arguments.common);
}

}  // namespace

int main(int argc, char** argv) {
  return parley::service::run_guarded(kProgram, [&] { return run(argc, argv); });
}
