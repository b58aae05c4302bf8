// The physical limit of forwarding: encrypt with the listener's key, hand to sendmmsg, nothing
// else. Runs in a process of its own, on the core that a media node would have; parley-load gives
// it listeners and tells it when to speak over a socket pair, in the plain records below.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

// Datagrams per sendmmsg.
inline constexpr std::size_t kBareBatch = 1024;

// The keys of listener `member`: anything both sides can compute, they protect nothing.
[[nodiscard]] sfu::SrtpKeys bare_keys(sfu::SrtpProfile profile, std::uint32_t member);
[[nodiscard]] constexpr std::uint32_t bare_ssrc(std::uint32_t talker) {
  return 0x2000'0000 + talker;
}

// To the loop.
struct BareOrder {
  enum class Kind : std::uint32_t { add_listener, add_talker, speak, end } kind;
  std::uint32_t room = 0;
  std::uint32_t member = 0;
  std::uint16_t port = 0;  // of the listener's sink, on 127.0.0.1
  // speak:
  std::uint32_t payload_bytes = 0;
  double packets_per_second = 0;  // of each talker; 0: as fast as it can
  Duration duration{0};
};

// From the loop, after each speech.
struct BareResult {
  std::uint64_t sent;  // packets of talkers
  std::uint64_t late;
  Duration worst_lateness;
  Duration took;
};

// Serves orders from `socket` until the other side ends or says so. For the forked process.
void run_bare_loop(int socket, sfu::SrtpProfile profile);

}  // namespace parley::client
