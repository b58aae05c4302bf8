// What parley-load found, as JSON on one line. Times are in the unit their name says. Pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "client/load/handshakes.hpp"
#include "client/load/load_engine.hpp"
#include "client/load/target.hpp"

namespace parley::client {

// Per forwarded packet; 0 when none was forwarded.
[[nodiscard]] double ns_per_packet(std::uint64_t ns, std::uint64_t packets);

[[nodiscard]] std::string to_json(const JoinReport& report);
[[nodiscard]] std::string to_json(const WindowReport& report, const TargetTraits& traits,
                                  std::size_t payload_bytes);
[[nodiscard]] std::string to_json(const HandshakeReport& report);
[[nodiscard]] std::string to_json(const Error& error);

}  // namespace parley::client
