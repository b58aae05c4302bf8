// The ICE candidates of a worker: every announced address over UDP, then over TCP. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/endpoint.hpp"
#include "sfu/core/worker_core.hpp"

namespace parley::sfu {

// RFC 8445 5.1.2.1 for host candidates of component 1; `place` is 0 for the most wanted address.
// UDP comes before TCP (passive, RFC 6544 4.2) whatever the places.
[[nodiscard]] std::uint32_t candidate_priority(bool is_tcp, std::uint16_t place);

// In the order of `announced`.
[[nodiscard]] std::vector<IceCandidate> make_candidates(std::span<const IpAddress> announced,
                                                        std::uint16_t port, bool with_tcp);

}  // namespace parley::sfu
