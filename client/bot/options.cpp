#include "client/bot/options.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <array>
#include <iostream>

#include "service/exit_code.hpp"

namespace parley::client {
namespace {

constexpr const char* kFooter =
    "A script of presses has one action per line, after its second; # begins a comment:\n"
    "  press [ROOM] [tier NAME] [level N] [hands-free] | release | cancel\n"
    "  emergency [peril] | clear | talk ROOM | hand up|down | mode NAME | leave\n"
    "  give NAME | cut NAME [grace S] | extend NAME S | bar NAME S | order NAME NAME...\n"
    "Names with blanks stand in quotes. Example: 0.5 press \"Radio 1\" tier command\n\n"
    "Prints who is in the room and who talks, one line per change. Ctrl-C leaves politely.\n"
    "Exit codes: 0 left as asked, 64 wrong usage, 66 a file cannot be read, 69 the server or its\n"
    "media node was not reached, 73 a file cannot be written, 77 the server refused (the link is\n"
    "expired or used, or the device or its user may not be here any more).";

// "parley-bot on HOST", as long as a label may be.
std::string default_label() {
  constexpr std::size_t kMaxLabel = 64;
  std::array<char, kMaxLabel + 1> host{};
  const bool is_known = ::gethostname(host.data(), kMaxLabel) == 0;
  return (is_known ? std::string("parley-bot on ") + host.data() : "parley-bot")
      .substr(0, kMaxLabel);
}

void add_identity(CLI::App& join, BotOptions& options) {
  CLI::Option_group& where = *join.add_option_group("where to");
  where.add_option("--link", options.link,
                   "link that enrols this client: https://HOST:PORT/#e=... or #i=... Its code is\n"
                   "ignored where the key file holds a credential");
  where.add_option("--server", options.link, "https://HOST:PORT, with a key file that is enrolled");
  where.require_option(1);
  join.add_option("--key-file", options.key_file,
                  "private key and credential of this client, PEM, mode 0600; made where it is\n"
                  "missing (else the key lives and dies with the process)");
  join.add_option("--label", options.label,
                  "how people tell this device from others (else \"parley-bot on HOST\")");
  join.add_option("--name", options.name,
                  "how the others see this client, where the link lets it choose");
}

void add_join(CLI::App& join, BotOptions& options) {
  add_identity(join, options);
  join.add_option("--room", options.rooms, "join this room (else all); repeatable")
      ->allow_extra_args(false);
  join.add_option("--play", options.play_file,
                  "speak this .wav or .opus file; where the floor has to be asked for, the bot\n"
                  "presses once and holds, unless a script presses");
  join.add_option("--ptt", options.ptt_file,
                  "script of presses (see below), its second 0 when media is connected");
  join.add_flag("--ptt-wait", options.waits_for_signal, "second 0 of the script is at SIGHUP");
  join.add_option("--events-json", options.events_file,
                  "write one JSON object for each event of the floor, for measurements");
  join.add_flag("--loop", options.loops, "begin the file again when it is over");
  join.add_option("--record", options.record_file,
                  "write what is heard to this WAV file (48 kHz mono, at most 10 minutes)");
  join.add_option("--seconds", options.seconds, "leave after this time in the room")
      ->check(CLI::PositiveNumber);
  join.add_flag("!--no-udp", options.allow_udp, "use ICE-TCP only");
  join.add_flag("!--no-tcp", options.allow_tcp, "use UDP only");
  join.add_option("--ca", options.ca_file,
                  "PEM file of the authority to trust (else the system's authorities)");
  join.add_option("--stats-json", options.stats_file, "write counters to this file at the end");
  join.add_option("--first-sequence", options.first_sequence, "first RTP sequence number (tests)")
      ->check(CLI::Range(0, 32767));
  join.add_option("--slots", options.slots, "voices to hear at once")->check(CLI::Range(1, 20));
  join.add_option("--connect-seconds", options.connect_seconds,
                  "give up when the room is not reached within this time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

}  // namespace

std::expected<BotOptions, int> parse_options(int argc, const char* const* argv,
                                             const char* version) {
  BotOptions options;
  options.label = default_label();
  CLI::App app{"parley-bot: Parley's client without a screen, for tests, probes and recordings."};
  app.set_version_flag("--version", std::string("parley-bot ") + version);
  app.require_subcommand(1);
  app.footer(kFooter);
  add_join(*app.add_subcommand("join", "Joins the rooms of a user."), options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool is_asked = app.exit(error, std::cout, std::cerr) == 0;
    return std::unexpected(
        service::to_int(is_asked ? service::ExitCode::ok : service::ExitCode::usage));
  }
  return options;
}

}  // namespace parley::client
