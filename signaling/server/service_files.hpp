// What the running service and the commands beside it open in the same way.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "config/signaling_config.hpp"
#include "signaling/store/store.hpp"

namespace parley::signaling {

// Opens the store; its directory is made when it is missing.
[[nodiscard]] Result<Store> open_store(const std::filesystem::path& file);

// config.public_url. Where the configured port is 0, which only tests and trials use, the port of
// the URL becomes the one that was bound.
[[nodiscard]] std::string bound_url(const config::WebServerConfig& config,
                                    std::uint16_t bound_port);

// A room's id as it is written in listings and in the log: 16 hexadecimal digits.
[[nodiscard]] std::string room_text(RoomId room);

}  // namespace parley::signaling
