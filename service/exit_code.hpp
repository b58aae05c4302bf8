// How a program ends, in the numbers of sysexits.h that systemd prints by name.
#pragma once

#include <cstdint>

namespace parley::service {

enum class ExitCode : std::uint8_t {
  ok = 0,
  usage = 64,          // EX_USAGE: the command line is wrong
  no_input = 66,       // EX_NOINPUT: a file that is needed cannot be read
  unavailable = 69,    // EX_UNAVAILABLE: a port is busy, an address is not ours
  software = 70,       // EX_SOFTWARE: our own mistake
  os_error = 71,       // EX_OSERR: the operating system refused
  cannot_create = 73,  // EX_CANTCREAT: a file cannot be written
  config = 78,         // EX_CONFIG: the configuration file is wrong
};

[[nodiscard]] constexpr int to_int(ExitCode code) { return static_cast<int>(code); }

}  // namespace parley::service
