#include "signaling/server/service_files.hpp"

#include <array>
#include <cstdio>
#include <system_error>

namespace parley::signaling {

Result<Store> open_store(const std::filesystem::path& file) {
  std::error_code ignored;  // a directory that cannot be made shows when the file cannot be opened
  std::filesystem::create_directories(file.parent_path(), ignored);
  return Store::open(file.string());
}

std::string bound_url(const config::WebServerConfig& config, std::uint16_t bound_port) {
  if (config.port != 0) return config.public_url;
  const std::size_t host = config.public_url.find("://") + 3;
  const std::size_t bracket = config.public_url.find(']', host);
  const std::size_t colon =
      config.public_url.find(':', bracket == std::string::npos ? host : bracket);
  return config.public_url.substr(0, colon) + ":" + std::to_string(bound_port);
}

std::string room_text(RoomId room) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(room.value));
  return text.data();
}

}  // namespace parley::signaling
