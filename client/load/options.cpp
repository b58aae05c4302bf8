#include "client/load/options.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <vector>

#include "client/load/commands.hpp"
#include "client/load/voice_payload.hpp"
#include "service/exit_code.hpp"

namespace parley::client {
namespace {

constexpr const char* kFooter =
    "Parley's node dials parley-load as if it were the signaling service: start parley-load, wait "
    "for\n"
    "its ready file, then start parley-sfu with that control port and certificates of the same\n"
    "authority (scripts/make_certificates). scripts/bench does all of it.\n"
    "\n"
    "With --commands each line of standard input is one of\n"
    "  {\"do\":\"join\",\"talkers\":1,\"listeners\":100}      also: room, at_once, talking_rate, "
    "limit_seconds\n"
    "  {\"do\":\"window\",\"rooms\":[0],\"rate\":50,\"seconds\":2}  also: warm_up_seconds, loss, "
    "drain_ms\n"
    "  {\"do\":\"server\",\"pid\":123}  the process to report on; {\"do\":\"refresh\"}, "
    "{\"do\":\"quit\"}\n"
    "and is answered by one line of JSON on standard output.\n"
    "\n"
    "A window counts a copy as lost that is not there 50 ms after the last packet was sent; it is\n"
    "flagged when the talkers missed their times, as they do when the machine stands still.\n"
    "Exit codes: 0 done, 64 wrong usage, 69 the server was not reached or refused, 73 the report\n"
    "cannot be written.";

struct Raw {
  std::vector<std::string> settings;
  std::string pki = "pki";
  std::string control_port = "0";
  std::string ready_file;
  std::string profile = "gcm128";
  double seconds = 5;
  double warm_up = 0.5;
  double drain_ms = 0;
};

void add_target(CLI::App& app, LoadOptions& options, Raw& raw) {
  app.add_option("--target", options.target, "what is driven: parley, limit, janus or mumble")
      ->capture_default_str();
  app.add_option("--pki", raw.pki, "folder of ca.pem, signaling.pem and signaling.key")
      ->capture_default_str();
  app.add_option("--control-port", raw.control_port, "port for the media node to dial, 0: any")
      ->capture_default_str();
  app.add_option("--ready-file", raw.ready_file, "told 'control=PORT' once the node may dial");
  app.add_option("--profile", raw.profile, "SRTP profile: gcm128, gcm256 or sha1")
      ->capture_default_str();
  app.add_option("--set", raw.settings, "KEY=VALUE, a setting of the target; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--node-pid", options.engine.server_pid,
                 "process whose processor time and memory are reported")
      ->check(CLI::PositiveNumber);
}

void add_speech(CLI::App& app, LoadOptions& options, Raw& raw) {
  app.add_option("--rooms", options.rooms, "rooms with so many talkers and listeners each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--talkers", options.join.talkers, "talkers of a room")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  app.add_option("--listeners", options.join.listeners, "listeners of a room")
      ->check(CLI::Range(1U, kMaxMembersPerJoin))
      ->capture_default_str();
  app.add_option("--rate", options.window.rate, "packets/s of each talker; 0: all it can (limit)")
      ->check(CLI::Range(0.0, kMaxRate))
      ->capture_default_str();
  app.add_option("--payload-bytes", options.engine.payload_bytes, "bytes of Opus in a packet")
      ->check(CLI::Range(kMinVoicePayload, kMaxVoicePayload))
      ->capture_default_str();
  app.add_option("--seconds", raw.seconds, "of the measured window")
      ->check(CLI::Range(0.1, kMaxSeconds))
      ->capture_default_str();
  app.add_option("--warm-up", raw.warm_up, "seconds of speech before the window")
      ->check(CLI::Range(0.0, kMaxSeconds))
      ->capture_default_str();
  app.add_option("--loss", options.window.loss, "part of the talkers' packets dropped on purpose")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--saturate-from", options.highest_from,
                 "look for the highest rate with less than 0.1 % loss, beginning at this one");
}

void add_measuring(CLI::App& app, LoadOptions& options, Raw& raw) {
  app.add_option("--seed", options.engine.seed, "of the packets dropped on purpose")
      ->capture_default_str();
  app.add_option("--sample", options.engine.ears.sample,
                 "one of so many packets of each listener is decrypted and verified")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--probes", options.engine.probes,
                 "listeners of a room whose packets the kernel stamps, for the delay")
      ->capture_default_str();
  app.add_option("--drain-ms", raw.drain_ms, "between two looks into each socket; 0: by the rate")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--join-at-once", options.join.at_once, "members that join at the same time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--json", options.json_file, "file for the report (else standard output)");
  app.add_flag("--commands", options.takes_commands, "take joins and windows from standard input");
  app.add_option("--handshakes", options.handshakes,
                 "only measure so many DTLS handshakes without a network, and end");
}

Duration in_us(double seconds) { return Duration(static_cast<std::int64_t>(seconds * 1e6)); }

// KEY=VALUE; false when there is no key.
bool take_setting(const std::string& text, TargetSettings& settings) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) return false;
  settings[text.substr(0, equals)] = text.substr(equals + 1);
  return true;
}

}  // namespace

std::expected<LoadOptions, int> parse_load_options(int argc, const char* const* argv,
                                                   const char* version) {
  LoadOptions options;
  Raw raw;
  CLI::App app{
      "parley-load: thousands of real ICE, DTLS and SRTP endpoints in one process, to load a "
      "media\n"
      "node from one core and to measure it."};
  app.set_version_flag("--version", std::string("parley-load ") + version);
  app.footer(kFooter);
  add_target(app, options, raw);
  add_speech(app, options, raw);
  add_measuring(app, options, raw);
  try {
    app.parse(argc, argv);
    options.settings = {{"pki", raw.pki},
                        {"control_port", raw.control_port},
                        {"ready_file", raw.ready_file},
                        {"profile", raw.profile}};
    for (const std::string& one : raw.settings) {
      if (!take_setting(one, options.settings)) throw CLI::ValidationError("--set", one);
    }
  } catch (const CLI::ParseError& error) {
    const bool is_asked = app.exit(error, std::cout, std::cerr) == 0;
    return std::unexpected(
        service::to_int(is_asked ? service::ExitCode::ok : service::ExitCode::usage));
  }
  options.window.duration = in_us(raw.seconds);
  options.window.warm_up = in_us(raw.warm_up);
  if (raw.drain_ms > 0) options.window.drain_every = in_us(raw.drain_ms / 1e3);
  return options;
}

}  // namespace parley::client
