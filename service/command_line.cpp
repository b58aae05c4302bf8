#include "service/command_line.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <system_error>

namespace parley::service {

namespace {

void print_line(std::FILE* to, std::string_view text) {
  std::fprintf(to, "%.*s\n", static_cast<int>(text.size()), text.data());
}

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::failed_precondition:
      return ExitCode::config;
    case ErrorCode::not_found:
      return ExitCode::no_input;
    case ErrorCode::unavailable:
    case ErrorCode::resource_exhausted:
      return ExitCode::unavailable;
    case ErrorCode::already_exists:
      return ExitCode::cannot_create;
    case ErrorCode::io:
      return ExitCode::os_error;
    case ErrorCode::unauthenticated:
    case ErrorCode::expired:
    case ErrorCode::already_used:
      return ExitCode::software;
  }
  return ExitCode::software;
}

}  // namespace

void add_common_options(CLI::App& app, CommonOptions& options,
                        const std::filesystem::path& default_config, std::string_view version) {
  options.config = default_config;
  app.add_option("--config", options.config, "configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_flag("--check", options.check, "validate the configuration and exit");
  app.add_option("--ready-file", options.ready_file,
                 "written with the bound ports once everything listens")
      ->type_name("FILE");
  app.set_version_flag("--version", app.get_name() + " " + std::string(version));
}

std::optional<ExitCode> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::ok : ExitCode::usage;
  }
}

ExitCode report_problems(const config::Problems& problems) {
  for (const config::Problem& problem : problems) print_line(stderr, problem.to_string());
  return ExitCode::config;
}

ExitCode report_error(std::string_view program, const Error& error) {
  print_line(stderr, std::string(program) + ": " + error.message);
  return exit_code_of(error.code);
}

void print_config_ok(const CommonOptions& options) {
  print_line(stdout, options.config.string() + ": ok");
}

Result<void> announce_ready(const CommonOptions& options, std::string_view line) {
  if (options.ready_file.empty()) return {};
  std::filesystem::path part = options.ready_file;
  part += ".part";
  std::ofstream file(part, std::ios::trunc);
  file << line << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(part, options.ready_file, error);
  if (!file || error) {
    return fail(ErrorCode::already_exists,
                "the ready file " + options.ready_file.string() + " cannot be written");
  }
  return {};
}

int run_guarded(std::string_view program, const std::function<ExitCode()>& body) {
  // A reader that has gone is an error code of a write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return to_int(body());
  } catch (const std::exception& error) {
    print_line(stderr, std::string(program) + ": internal error: " + error.what());
    return to_int(ExitCode::software);
  }
}

}  // namespace parley::service
