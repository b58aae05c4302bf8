// The address of a UNIX socket, and what the system says when it does not work.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace parley::net {

// invalid_argument: longer than the system takes (unix(7): 107 bytes), or empty.
[[nodiscard]] Result<sockaddr_un> to_unix_address(const std::filesystem::path& file);

// "FILE: WHAT: <what errno means>".
[[nodiscard]] std::string unix_problem(const std::filesystem::path& file, const char* what,
                                       int number);

}  // namespace parley::net
