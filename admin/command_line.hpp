// The command line of parley-admin: its options write the request, its command says what to do with
// it.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <string>

#include "admin/desk.hpp"
#include "base/time.hpp"
#include "protocol/admin.pb.h"

namespace parley::admin_cli {

struct CommandLine {
  std::filesystem::path config = "/etc/parley/parley-signaling.yaml";
  std::filesystem::path socket = {};  // empty: the configuration says it
  bool as_json = false;
  WallTime now = {};  // durations count from it
  admin::Request request = {};
  std::function<Exit(Desk&)> run = {};  // of the command that was chosen
  bool needs_service = true;
};

// Every command below `app`, each with its options.
void add_users(CLI::App& app, CommandLine& line);
void add_devices(CLI::App& app, CommandLine& line);
void add_rooms(CLI::App& app, CommandLine& line);
void add_members(CLI::App& app, CommandLine& line);
void add_missions(CLI::App& app, CommandLine& line);
void add_links(CLI::App& app, CommandLine& line);  // invite, enrol
void add_events(CLI::App& app, CommandLine& line);
void add_records(CLI::App& app, CommandLine& line);  // export, import
void add_words(CLI::App& app, CommandLine& line);    // roles, completion

// A command that does `run`; options of the program may stand behind it too.
CLI::App& add_command(CLI::App& app, CommandLine& line, const std::string& name,
                      const std::string& help, std::function<Exit(Desk&)> run);
// A command that sends the request its options have written. `begin` makes sure of its kind.
CLI::App& add_question(CLI::App& app, CommandLine& line, const std::string& name,
                       const std::string& help, std::function<void(admin::Request&)> begin);
// A word before others: "users" of "users list", and alone the same as that.
CLI::App& add_group(CLI::App& app, CommandLine& line, const std::string& name,
                    const std::string& help, std::function<Exit(Desk&)> list);

}  // namespace parley::admin_cli
