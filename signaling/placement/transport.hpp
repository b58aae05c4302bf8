// The media transport of one session, from the request to its end.
#pragma once

#include <cstdint>
#include <variant>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace parley::signaling {

// Names one transport of a session; grows with each Connect.
using TransportId = StrongId<struct TransportTag, std::uint32_t>;
// Correlates AddPeer with its answer.
using NodeRequestId = StrongId<struct NodeRequestTag, std::uint32_t>;

// Whom an answer goes to.
struct Asker {
  ConnectionId connection;
  std::uint32_t request_id = 0;
};

struct NoTransport {};

// AddPeer was sent, its answer is awaited.
struct RequestedTransport {
  NodeRequestId request;
  PeerId peer;
  TransportId id;
  Asker asker;
};

enum class MediaState : std::uint8_t {
  connecting,
  connected,
  stalled,  // connected, but the node has heard nothing for a while
};

// The node holds the peer, as far as we know.
struct HeldTransport {
  PeerId peer;
  TransportId id;
  MediaState media = MediaState::connecting;
};

using Transport = std::variant<NoTransport, RequestedTransport, HeldTransport>;

}  // namespace parley::signaling
