// One signed-in device while the process runs: what is stored of it, and what is only known now.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "signaling/core/token_bucket.hpp"
#include "signaling/directory/records.hpp"
#include "signaling/placement/transport.hpp"
#include "signaling/rooms/presence.hpp"

namespace parley::signaling {

// A room that the user of a session may enter now.
struct Place {
  Stay stay;  // as the store has it, once the device has been inside
  MemberRights rights = {};
  [[nodiscard]] bool may_talk_now() const { return stay.is_inside && rights.may_talk; }
};

struct Session {
  // Its peer on the media node; none: it holds no transport.
  [[nodiscard]] PeerId held_peer() const {
    const auto* held = std::get_if<HeldTransport>(&transport);
    return held == nullptr ? PeerId{} : held->peer;
  }
  // Null when it may not enter this room.
  [[nodiscard]] Place* find(RoomId room) {
    const auto found =
        std::ranges::find(places, room, [](const Place& place) { return place.stay.room; });
    return found == places.end() ? nullptr : &*found;
  }
  [[nodiscard]] const Place* find(RoomId room) const {
    return const_cast<Session*>(this)->find(room);
  }
  [[nodiscard]] bool is_in_a_room() const {
    return std::ranges::any_of(places, [](const Place& place) { return place.stay.is_inside; });
  }

  DeviceId device;
  UserId user;
  std::string display_name;  // of the user
  std::string delegation;
  std::string device_label;
  std::vector<Place> places = {};  // in the order in which the rooms were given to the user
  SessionRecord record;            // as the store has it
  ConnectionId connection = {};    // none: no client is connected
  Presence presence;
  Transport transport;
  // The client's last choice of a talk room, until the node has answered it; 0: none.
  std::uint32_t talk_change = 0;
  TokenBucket login_rate;  // budgets of the device, over all its connections
  TokenBucket join_rate;
  std::string rooms_told = {};  // the list of rooms as the client last had it, encoded
};

}  // namespace parley::signaling
