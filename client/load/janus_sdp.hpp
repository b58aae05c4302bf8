// As much SDP as a load of Janus' videoroom needs: one bundle of Opus audio, ICE candidates inside,
// no header extensions. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "client/core/ice_agent.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

inline constexpr std::uint8_t kJanusPayloadType = 111;  // of what talkers offer
inline constexpr std::size_t kMaxSdpMedia = 64;         // m-lines; more are refused

struct SdpMedia {
  std::string mid;
  std::uint8_t payload_type = 0;  // the first of the m-line
  std::optional<Ssrc> ssrc;       // of what the other side sends
};

// What the server's description says.
struct SdpRemote {
  IceCredentials ice;
  sfu::Fingerprint fingerprint{};
  Endpoint candidate;  // the first one by UDP
  std::vector<SdpMedia> media;
};

struct SdpLocal {
  IceCredentials ice;
  sfu::Fingerprint fingerprint{};
};

// invalid_argument names what is missing or malformed.
[[nodiscard]] Result<SdpRemote> parse_sdp(std::string_view text);
// A talker's offer: one stream of Opus from `ssrc`, DTLS in the client's role.
[[nodiscard]] std::string write_sdp_offer(const SdpLocal& local, Ssrc ssrc);
// A listener's answer: all of the offer is received, DTLS in the client's role.
[[nodiscard]] std::string write_sdp_answer(const SdpLocal& local, const SdpRemote& offer);

}  // namespace parley::client
