// What every Parley program does around its work: the common flags, printing a bad configuration,
// and the last guard around main.
#pragma once

#include <CLI/CLI.hpp>

#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/problem.hpp"
#include "service/exit_code.hpp"

namespace parley::service {

struct CommonOptions {
  std::filesystem::path config = {};
  bool check = false;                     // validate the configuration and exit
  std::filesystem::path ready_file = {};  // written once everything listens; empty: none
};

// Adds --config FILE (default `default_config`), --check, --version and --ready-file FILE.
void add_common_options(CLI::App& app, CommonOptions& options,
                        const std::filesystem::path& default_config, std::string_view version);

// Parses; an exit code when the program is to end now (help, version, wrong usage).
[[nodiscard]] std::optional<ExitCode> parse_command_line(CLI::App& app, int argc,
                                                         const char* const* argv);

// Prints each problem on its own line to standard error.
[[nodiscard]] ExitCode report_problems(const config::Problems& problems);
// Prints "<program>: <message>" as one line to standard error and chooses the exit code.
ExitCode report_error(std::string_view program, const Error& error);

// The configuration, or the exit code after its problems were printed. With options.check set a
// good one prints "FILE: ok" and gives ExitCode::ok.
template <class Config>
[[nodiscard]] std::expected<Config, ExitCode> use_config(
    std::expected<Config, config::Problems> loaded, const CommonOptions& options);

// Tells who waits for this program which ports it has: writes `line` and a newline to the ready
// file, whole or not at all. Nothing when none was asked for.
[[nodiscard]] Result<void> announce_ready(const CommonOptions& options, std::string_view line);

// Runs `body`, with SIGPIPE ignored; an exception that escapes it is one line and
// ExitCode::software.
[[nodiscard]] int run_guarded(std::string_view program, const std::function<ExitCode()>& body);

void print_config_ok(const CommonOptions& options);

template <class Config>
std::expected<Config, ExitCode> use_config(std::expected<Config, config::Problems> loaded,
                                           const CommonOptions& options) {
  if (!loaded) return std::unexpected(report_problems(loaded.error()));
  if (options.check) {
    print_config_ok(options);
    return std::unexpected(ExitCode::ok);
  }
  return *std::move(loaded);
}

}  // namespace parley::service
