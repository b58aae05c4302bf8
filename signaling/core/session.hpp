// One signed-in device while the process runs: what is stored of it, and what is only known now.
#pragma once

#include "base/ids.hpp"
#include "signaling/placement/transport.hpp"
#include "signaling/rooms/presence.hpp"
#include "signaling/store/store.hpp"

namespace parley::signaling {

struct Session {
  // Its peer on the media node; none: it holds no transport.
  [[nodiscard]] PeerId held_peer() const {
    const auto* held = std::get_if<HeldTransport>(&transport);
    return held == nullptr ? PeerId{} : held->peer;
  }

  SessionRecord record;     // as the store has it
  ConnectionId connection;  // none: no client is connected
  Presence presence;
  Transport transport;
  // The client's last choice of a talk room, until the node has answered it; 0: none.
  std::uint32_t talk_change = 0;
};

}  // namespace parley::signaling
