// Who holds which channel of a room: a value that a room's home hands to its legs with every
// packet, so that neither a lost nor a late message can leave a leg with another opinion.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/ids.hpp"
#include "sfu/forwarding/speaker_selector.hpp"

namespace parley::sfu {

struct ChannelHolders {
  std::uint64_t revision = 0;  // grows with every change
  std::uint8_t count = 0;      // channels: K + 1
  std::array<PeerId, kMaxChannels> peers{};

  [[nodiscard]] std::span<const PeerId> channels() const { return {peers.data(), count}; }
};

}  // namespace parley::sfu
