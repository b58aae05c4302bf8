// One device's media transport on a worker, with everything that lives as long as it does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "sfu/forwarding/downlink.hpp"
#include "sfu/forwarding/uplink.hpp"
#include "sfu/transport/peer_transport.hpp"

namespace parley::sfu {

// What the switchboard was told last about this peer.
enum class PeerPhase : std::uint8_t { connecting, connected, stalled };

struct Peer {
  PeerId id;
  std::string ufrag;  // ours: the name under which STUN finds this peer
  PeerTransport transport;
  Uplink uplink;
  std::vector<Downlink> slots;  // fixed in number and place for the peer's life
  std::uint8_t payload_type;
  std::string cname;

  std::vector<RoomId> rooms;
  std::vector<Path> paths;  // proven by ICE and routed here, oldest first
  PeerPhase phase = PeerPhase::connecting;
  bool is_half_open = false;            // counted against max_half_open
  std::uint8_t waiting_handshakes = 0;  // datagrams in the handshake queue
  Timestamp last_valid;
  Timestamp next_report = kNever;
  Timestamp armed = kNever;  // the timer that counts; others in the heap are out of date
};

}  // namespace parley::sfu
