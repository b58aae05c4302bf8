#include "client/load/load_program.hpp"
#include "client/load/options.hpp"
#include "net/descriptor_limit.hpp"
#include "service/command_line.hpp"

int main(int argc, char** argv) {
  return parley::service::run_guarded("parley-load", [&] {
    const auto options = parley::client::parse_load_options(argc, argv, PARLEY_VERSION);
    if (!options) return static_cast<parley::service::ExitCode>(options.error());
    parley::net::raise_descriptor_limit();
    return parley::client::run_load(*options);
  });
}
