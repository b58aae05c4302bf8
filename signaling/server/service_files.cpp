#include "signaling/server/service_files.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>
#include <utility>

#include "net/descriptor.hpp"
#include "signaling/store/sqlite_engine.hpp"

namespace parley::signaling {

Result<OpenedStore> open_store(const config::StoreConfig& config, net::Loop& loop,
                               RandomSource& random, std::function<void()> on_progress) {
  OpenedStore opened;
  if (!config.postgres.empty()) {
    auto driver = StoreDriver::open(loop, config.postgres, random, std::move(on_progress));
    if (!driver) return std::unexpected(driver.error());
    opened.postgres = *std::move(driver);
    return opened;
  }
  std::error_code ignored;  // a directory that cannot be made shows when the file cannot be opened
  std::filesystem::create_directories(config.file.parent_path(), ignored);
  // What SQLite makes beside it has the same mode. Closed before SQLite locks it: closing it later
  // would release the lock (POSIX).
  net::Descriptor(::open(config.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  auto engine = SqliteEngine::open(config.file.string());
  if (!engine) return std::unexpected(engine.error());
  opened.sqlite = *std::move(engine);
  return opened;
}

std::string bound_url(const config::WebServerConfig& config, std::uint16_t bound_port) {
  if (config.port != 0) return config.public_url;
  const std::size_t host = config.public_url.find("://") + 3;
  const std::size_t bracket = config.public_url.find(']', host);
  const std::size_t colon =
      config.public_url.find(':', bracket == std::string::npos ? host : bracket);
  return config.public_url.substr(0, colon) + ":" + std::to_string(bound_port);
}

std::string host_of(std::string_view origin) {
  std::string_view host = origin.substr(origin.find("://") + 3);
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  host = host.substr(0, colon);
  std::string lower(host);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string room_text(RoomId room) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(room.value));
  return text.data();
}

}  // namespace parley::signaling
