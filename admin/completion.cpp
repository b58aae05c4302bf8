#include "admin/completion.hpp"

#include <vector>

#include "protocol/admin.pb.h"
#include "protocol/enum_words.hpp"

namespace parley::admin_cli {
namespace {

std::string spaced(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* sub) { return !sub->get_name().empty(); });
}

void add_options(const CLI::App& app, std::vector<std::string>& words) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  // Groups of options are commands without a name.
  for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (group->get_name().empty()) add_options(*group, words);
  }
}

// One line of the shell's case for each command: what may stand behind it.
void add_cases(const CLI::App& app, const std::string& path, std::string& lines) {
  std::vector<std::string> words;
  for (const CLI::App* command : commands_of(app)) words.push_back(command->get_name());
  add_options(app, words);
  lines += "    '" + path + "') words='" + spaced(words) + "' ;;\n";
  for (const CLI::App* command : commands_of(app)) {
    add_cases(*command, path + " " + command->get_name(), lines);
  }
}

void add_paths(const CLI::App& app, const std::string& path, std::string& patterns) {
  for (const CLI::App* command : commands_of(app)) {
    const std::string below = path + " " + command->get_name();
    patterns += (patterns.empty() ? "'" : " | '") + below + "'";
    add_paths(*command, below, patterns);
  }
}

std::string values() {
  return "    --mode) words='" + spaced(protocol::words_of<floor::Mode>()) +
         "' ;;\n"
         "    --role) words='" +
         spaced(protocol::words_of<floor::Role>()) +
         "' ;;\n"
         "    --tier | --max-tier) words='" +
         spaced(protocol::words_of<floor::Tier>()) +
         "' ;;\n"
         "    --state) words='" +
         spaced(protocol::words_of<admin::Device::State>()) +
         "' ;;\n"
         "    --config | --socket) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string patterns;
  add_paths(app, "", patterns);
  std::string cases;
  add_cases(app, "", cases);
  return "# Completion of parley-admin for bash: parley-admin completion bash >FILE; source FILE\n"
         "_parley_admin() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path='' words='' i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n"
         "    " +
         patterns +
         ") path=\"$path ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path\" in\n" +
         cases +
         "  esac\n"
         "  case \"${COMP_WORDS[COMP_CWORD - 1]}\" in\n" +
         values() +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -F _parley_admin parley-admin\n";
}

std::string zsh_completion(const CLI::App& app) {
  return "autoload -U +X compinit && compinit\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_completion(app);
}

}  // namespace parley::admin_cli
