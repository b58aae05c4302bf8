// How parley-admin ends. docs/parley-admin.1 tells people.
#pragma once

#include <cstdint>

namespace parley::admin_cli {

enum class Exit : std::uint8_t {
  ok = 0,
  refused = 1,      // by the service: nothing was changed
  usage = 2,        // the command line is wrong
  unreachable = 3,  // no service answers at the socket
  file = 4,         // a file cannot be read or written, or is wrong
  broken = 5,       // the chain of the audit trail does not hold
};

}  // namespace parley::admin_cli
