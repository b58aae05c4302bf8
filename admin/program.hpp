// parley-admin as a function of its command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/desk.hpp"
#include "base/time.hpp"

namespace parley::admin_cli {

// Does what the command line says. `now` is what durations count from.
[[nodiscard]] Exit run(const std::vector<std::string>& arguments, Desk::Streams streams,
                       WallTime now, std::string_view version);

}  // namespace parley::admin_cli
