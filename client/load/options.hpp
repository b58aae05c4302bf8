// The command line of parley-load.
#pragma once

#include <expected>
#include <string>

#include "client/load/load_engine.hpp"
#include "client/load/target.hpp"

namespace parley::client {

struct LoadOptions {
  std::string target = "parley";
  TargetSettings settings;
  EngineOptions engine;
  bool takes_commands = false;
  std::uint64_t handshakes = 0;  // not 0: measure these and end
  // Without commands: one join per room, then one window over all of them.
  std::uint32_t rooms = 1;
  JoinPlan join{.room = std::nullopt, .talkers = 1, .listeners = 10};
  WindowPlan window;
  double highest_from = 0;  // not 0: look for the highest rate, beginning here
  std::string json_file;    // empty: standard output
};

// The options, or the exit code of a run that ends here (--help, --version, wrong usage).
[[nodiscard]] std::expected<LoadOptions, int> parse_load_options(int argc, const char* const* argv,
                                                                 const char* version);

}  // namespace parley::client
