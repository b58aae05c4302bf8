// Completion for shells, written from the commands and options themselves.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace parley::admin_cli {

[[nodiscard]] std::string bash_completion(const CLI::App& app);
[[nodiscard]] std::string zsh_completion(const CLI::App& app);

}  // namespace parley::admin_cli
