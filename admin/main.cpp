// parley-admin: administers a running parley-signaling from the same machine.
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "admin/program.hpp"
#include "net/clock.hpp"

int main(int argc, char** argv) {
  constexpr int kSoftware = 70;  // EX_SOFTWARE: our own mistake
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const parley::admin_cli::Desk::Streams streams{
        .in = std::cin, .out = std::cout, .errors = std::cerr};
    return static_cast<int>(
        parley::admin_cli::run(arguments, streams, parley::net::read_clock().wall, PARLEY_VERSION));
  } catch (const std::exception& error) {
    std::cerr << "parley-admin: internal error: " << error.what() << '\n';
    return kSoftware;
  }
}
