// parley-load from its options to its exit code.
#pragma once

#include "client/load/options.hpp"
#include "service/exit_code.hpp"

namespace parley::client {

[[nodiscard]] service::ExitCode run_load(const LoadOptions& options);

}  // namespace parley::client
