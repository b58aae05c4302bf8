#include <cstdio>

#include "client/bot/bot.hpp"
#include "client/bot/options.hpp"
#include "service/exit_code.hpp"

namespace {

using parley::ErrorCode;
using parley::service::ExitCode;

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return ExitCode::usage;
    case ErrorCode::not_found:
    case ErrorCode::failed_precondition:
      return ExitCode::no_input;
    case ErrorCode::unavailable:
      return ExitCode::unavailable;
    case ErrorCode::unauthenticated:
    case ErrorCode::expired:
    case ErrorCode::already_used:
    case ErrorCode::already_exists:
    case ErrorCode::resource_exhausted:
    case ErrorCode::io:
      return ExitCode::os_error;
  }
  return ExitCode::software;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parley::client::parse_options(argc, argv, PARLEY_VERSION);
  if (!options) return options.error();
  parley::net::Loop loop;
  auto bot = parley::client::Bot::create(loop, *options);
  if (!bot) {
    std::fprintf(stderr, "parley-bot: %s\n", bot.error().message.c_str());
    return parley::service::to_int(exit_code_of(bot.error().code));
  }
  return (*bot)->run();
}
