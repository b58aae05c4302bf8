// The command line of parley-bot.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace parley::client {

struct BotOptions {
  std::string link;  // with or without a code
  std::string name;
  std::string label;  // of the device
  std::string play_file;
  bool loops = false;
  std::string record_file;
  std::optional<double> seconds;  // from the first time in the room; none: until a signal
  bool allow_udp = true;
  bool allow_tcp = true;
  std::string key_file;
  std::string ca_file;
  std::string stats_file;
  std::vector<std::string> rooms;  // names; empty: all rooms of the user
  std::string ptt_file;
  bool waits_for_signal = false;  // the script begins at SIGHUP
  std::string events_file;
  std::uint16_t first_sequence = 0;
  std::uint8_t slots = 12;
  double connect_seconds = 15;  // without having been in the room once: give up
};

// The options, or the exit code of a run that ends here (--help, --version, wrong usage).
[[nodiscard]] std::expected<BotOptions, int> parse_options(int argc, const char* const* argv,
                                                           const char* version);

}  // namespace parley::client
