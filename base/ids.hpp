// Strong identifiers: two ids of different kinds never mix, and none is a bare integer.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace parley {

template <class Tag, class Rep = std::uint64_t>
struct StrongId {
  Rep value{};
  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
  [[nodiscard]] constexpr bool is_none() const { return value == Rep{}; }
};

using PeerId = StrongId<struct PeerTag>;        // one device's media transport on a node
using RoomId = StrongId<struct RoomTag>;        // one audience
using UserId = StrongId<struct UserTag>;        // one person of the organisation
using DeviceId = StrongId<struct DeviceTag>;    // one of his devices: a key that never leaves it
using MissionId = StrongId<struct MissionTag>;  // people and rooms for a time
using SessionId = StrongId<struct SessionTag>;  // one signed-in device
using MemberId = StrongId<struct MemberTag>;    // one person in one room, as others see it
using ConnectionId = StrongId<struct ConnectionTag>;            // one WebSocket of one client
using AdminRequestId = StrongId<struct AdminRequestTag>;        // one request of an administrator
using WorkerIndex = StrongId<struct WorkerTag, std::uint16_t>;  // 0-based worker of a node
using Ssrc = StrongId<struct SsrcTag, std::uint32_t>;           // RFC 3550 3

}  // namespace parley

template <class Tag, class Rep>
struct std::hash<parley::StrongId<Tag, Rep>> {
  std::size_t operator()(const parley::StrongId<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value);
  }
};
