#include "net/unix_address.hpp"

#include <algorithm>
#include <system_error>

namespace parley::net {

Result<sockaddr_un> to_unix_address(const std::filesystem::path& file) {
  const std::string& text = file.native();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (text.empty() || text.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::invalid_argument,
                "the path of the socket '" + text + "' has to be of 1.." +
                    std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::ranges::copy(text, address.sun_path);
  return address;
}

std::string unix_problem(const std::filesystem::path& file, const char* what, int number) {
  return file.string() + ": " + what + ": " + std::system_category().message(number);
}

}  // namespace parley::net
