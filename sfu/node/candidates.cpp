#include "sfu/node/candidates.hpp"

#include <string>

namespace parley::sfu {
namespace {

constexpr std::uint32_t kUdpHostPreference = 126;  // RFC 8445 5.1.2.2
constexpr std::uint32_t kTcpHostPreference = 90;   // RFC 6544 4.2: below every UDP candidate
constexpr std::uint32_t kPassiveDirection = 4;     // RFC 6544 4.2, host candidates
constexpr std::uint32_t kComponent = 1;            // RTP and RTCP together

}  // namespace

std::uint32_t candidate_priority(bool is_tcp, std::uint16_t place) {
  const std::uint32_t type = is_tcp ? kTcpHostPreference : kUdpHostPreference;
  const std::uint32_t local =
      is_tcp ? (kPassiveDirection << 13) + (8191U - place % 8192U) : 65535U - place;
  return (type << 24) + (local << 8) + (256U - kComponent);
}

std::vector<IceCandidate> make_candidates(std::span<const IpAddress> announced, std::uint16_t port,
                                          bool with_tcp) {
  std::vector<IceCandidate> candidates;
  for (const bool is_tcp : {false, true}) {
    if (is_tcp && !with_tcp) break;
    for (std::size_t i = 0; i < announced.size(); ++i) {
      candidates.push_back({.is_tcp = is_tcp,
                            .endpoint = {.address = announced[i], .port = port},
                            .priority = candidate_priority(is_tcp, static_cast<std::uint16_t>(i)),
                            .foundation = (is_tcp ? "tcp" : "udp") + std::to_string(i)});
    }
  }
  return candidates;
}

}  // namespace parley::sfu
