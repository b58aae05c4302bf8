#include "admin/program.hpp"

#include <algorithm>
#include <expected>
#include <ostream>

#include "admin/command_line.hpp"
#include "config/signaling_config.hpp"

namespace parley::admin_cli {
namespace {

constexpr const char* kFooter =
    "Users, rooms and missions are named by their names, or by an id as lists show it. Times are\n"
    "2026-11-22, 2026-11-22T09:30Z, a duration from now such as 8h or 2d, or never; in UTC where "
    "no\n"
    "zone is named. Exit status: 0 done, 1 refused by the service, 2 wrong usage, 3 no service\n"
    "reached, 4 a file is wrong, 5 the audit trail is broken.";

void describe(CLI::App& app, CommandLine& line, std::string_view version) {
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "parley-admin " + std::string(version));
  CLI::Option* config =
      app.add_option("--config", line.config, "configuration of the service, for its admin.socket")
          ->type_name("FILE")
          ->capture_default_str();
  app.add_option("--socket", line.socket, "socket of the service")
      ->type_name("FILE")
      ->excludes(config);
  app.add_flag("--json", line.as_json, "answers as JSON, for scripts");
  add_users(app, line);
  add_devices(app, line);
  add_rooms(app, line);
  add_members(app, line);
  add_missions(app, line);
  add_links(app, line);
  add_events(app, line);
  add_records(app, line);
  add_question(app, line, "status", "the organisation in numbers",
               [](admin::Request& r) { r.mutable_show_status(); });
  add_words(app, line);
}

std::expected<std::filesystem::path, Exit> find_socket(const CommandLine& line,
                                                       std::ostream& errors) {
  if (!line.socket.empty() || !line.needs_service) return line.socket;
  const auto config = config::load_signaling_config(line.config, config::FileCheck::skip);
  if (config) return config->admin.socket;
  for (const config::Problem& problem : config.error()) errors << problem.to_string() << '\n';
  return std::unexpected(Exit::file);
}

}  // namespace

Exit run(const std::vector<std::string>& arguments, Desk::Streams streams, WallTime now,
         std::string_view version) {
  CLI::App app("Administers a running Parley: who may be here, rooms, links, the audit trail",
               "parley-admin");
  CommandLine line;
  line.now = now;
  describe(app, line, version);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error, streams.out, streams.errors) == 0 ? Exit::ok : Exit::usage;
  }
  const auto socket = find_socket(line, streams.errors);
  if (!socket) return socket.error();
  Desk desk(*socket, line.as_json, streams);
  return line.run(desk);
}

}  // namespace parley::admin_cli
