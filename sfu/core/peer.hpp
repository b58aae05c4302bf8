// One device's media transport on a worker, with everything that lives as long as it does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "sfu/forwarding/downlink.hpp"
#include "sfu/forwarding/uplink.hpp"
#include "sfu/forwarding/uplink_gate.hpp"
#include "sfu/transport/peer_transport.hpp"

namespace parley::sfu {

// What the switchboard was told last about this peer.
enum class PeerPhase : std::uint8_t { connecting, connected, stalled };

// The part of the transport's slots in which a room is heard.
struct SlotPart {
  std::uint8_t first = 0;
  std::uint8_t count = 0;  // 0: all slots, shared with every other room that is heard so
  friend constexpr bool operator==(const SlotPart&, const SlotPart&) = default;
};
struct Membership {
  RoomId room;
  SlotPart part;
};

struct Peer {
  PeerId id;
  std::string ufrag;  // ours: the name under which STUN finds this peer
  PeerTransport transport;
  Uplink uplink;
  std::vector<Downlink> slots;  // fixed in number and place for the peer's life
  std::uint8_t payload_type;
  std::string cname;

  std::vector<Membership> rooms;
  std::vector<Path> paths;  // proven by ICE and routed here, oldest first
  PeerPhase phase = PeerPhase::connecting;
  bool is_half_open = false;            // counted against max_half_open
  std::uint8_t waiting_handshakes = 0;  // datagrams in the handshake queue
  Timestamp last_valid;
  Timestamp lease_end;
  Timestamp next_report = kNever;
  // The one who orders talk rooms counts them: what was decided before the present one is void.
  std::uint32_t talk_version = 0;
  std::unique_ptr<UplinkGate> gate{};  // from the first voice in an arbitrated room on
  Timestamp armed = kNever;            // the timer that counts; others in the heap are out of date

  [[nodiscard]] bool is_in(RoomId room) const {
    return std::ranges::find(rooms, room, &Membership::room) != rooms.end();
  }
};

}  // namespace parley::sfu
