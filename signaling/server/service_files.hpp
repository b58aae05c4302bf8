// What the service opens at its start.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "config/signaling_config.hpp"
#include "net/loop.hpp"
#include "signaling/server/store_driver.hpp"
#include "signaling/store/engine.hpp"

namespace parley::signaling {

// The engine of the configuration; one of the two is there.
struct OpenedStore {
  std::unique_ptr<StoreEngine> sqlite = {};
  std::unique_ptr<StoreDriver> postgres = {};
  [[nodiscard]] StoreEngine& engine() const { return postgres ? postgres->engine() : *sqlite; }
};

// The directory of a file is made when it is missing. `on_progress`: as StoreDriver::open's
// on_committed.
[[nodiscard]] Result<OpenedStore> open_store(const config::StoreConfig& config, net::Loop& loop,
                                             RandomSource& random,
                                             std::function<void()> on_progress);

// config.public_url. Where the configured port is 0, which only tests and trials use, the port of
// the URL becomes the one that was bound.
[[nodiscard]] std::string bound_url(const config::WebServerConfig& config,
                                    std::uint16_t bound_port);

// The host of an origin, "https://HOST[:PORT]", in lower case, as browsers know it: without port,
// an IPv6 address in brackets.
[[nodiscard]] std::string host_of(std::string_view origin);

// A room's id as it is written in the log: 16 hexadecimal digits.
[[nodiscard]] std::string room_text(RoomId room);

}  // namespace parley::signaling
