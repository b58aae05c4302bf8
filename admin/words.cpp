// roles and completion: what needs no service.
#include <ostream>
#include <string>
#include <vector>

#include "admin/command_line.hpp"
#include "admin/completion.hpp"
#include "admin/options.hpp"
#include "admin/table.hpp"

namespace parley::admin_cli {
namespace {

std::string role_help(floor::Role role) {
  switch (role) {
    case floor::TALKER:
      return "talks and hears";
    case floor::LISTENER:
    case floor::OBSERVER:
      return "hears";
    case floor::CHAIR:
    case floor::DISPATCHER:
      return "talks, gives and cuts the floor, bars members, changes the rules";
    case floor::INTERPRETER:
      return "talks and hears";
    default:
      return "";
  }
}

std::string json_list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "\"" : ", \"") + word + "\"";
  return "[" + text + "]";
}

std::string comma_list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Exit show_roles(Desk& desk) {
  const auto roles = protocol::words_of<floor::Role>();
  const auto tiers = protocol::words_of<floor::Tier>();
  const auto modes = protocol::words_of<floor::Mode>();
  if (desk.as_json()) {
    desk.out() << "{\"roles\": " << json_list(roles) << ", \"tiers\": " << json_list(tiers)
               << ", \"modes\": " << json_list(modes) << "}\n";
    return Exit::ok;
  }
  Table table{"ROLE", "MAY"};
  for (const std::string& word : roles) {
    table.add({word, role_help(*protocol::read_word<floor::Role>(word))});
  }
  desk.out() << table.text() << "\ntiers, lowest first: " << comma_list(tiers)
             << "\nmodes of a room's floor: " << comma_list(modes) << "\n";
  return Exit::ok;
}

}  // namespace

void add_words(CLI::App& app, CommandLine& line) {
  CLI::App& roles =
      *app.add_subcommand("roles", "the words for roles, tiers and modes")->fallthrough();
  roles.callback([&line] {
    line.needs_service = false;
    line.run = show_roles;
  });
  CLI::App& completion =
      *app.add_subcommand("completion", "print a shell's completion")->fallthrough();
  CLI::Option& shell = *completion.add_option("SHELL", "bash or zsh");
  shell.required()->check(CLI::IsMember({"bash", "zsh"}));
  completion.callback([&line, &app, &shell] {
    line.needs_service = false;
    line.run = [&app, is_zsh = shell.results().front() == "zsh"](Desk& desk) {
      desk.out() << (is_zsh ? zsh_completion(app) : bash_completion(app));
      return Exit::ok;
    };
  });
}

}  // namespace parley::admin_cli
