#include "admin/command_line.hpp"

#include <utility>

namespace parley::admin_cli {

CLI::App& add_command(CLI::App& app, CommandLine& line, const std::string& name,
                      const std::string& help, std::function<Exit(Desk&)> run) {
  CLI::App* command = app.add_subcommand(name, help)->fallthrough();
  command->callback([&line, run = std::move(run)] { line.run = run; });
  return *command;
}

CLI::App& add_question(CLI::App& app, CommandLine& line, const std::string& name,
                       const std::string& help, std::function<void(admin::Request&)> begin) {
  return add_command(app, line, name, help, [&line, begin = std::move(begin)](Desk& desk) {
    begin(line.request);
    return desk.ask_and_show(line.request);
  });
}

CLI::App& add_group(CLI::App& app, CommandLine& line, const std::string& name,
                    const std::string& help, std::function<Exit(Desk&)> list) {
  CLI::App* group = app.add_subcommand(name, help)->fallthrough();
  group->require_subcommand(0, 1);
  group->callback([&line, group, list] {
    if (group->get_subcommands().empty()) line.run = list;
  });
  add_command(*group, line, "list", "all of them; also without this word", std::move(list));
  return *group;
}

}  // namespace parley::admin_cli
