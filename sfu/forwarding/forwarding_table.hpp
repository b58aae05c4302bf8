// The listeners of one room on one worker, and the fan-out of a talker's packet to them. A room's
// home has one; every other worker with listeners of the room has one too, its leg. Owned by its
// worker; one thread. Laid out so that a copy for one listener touches two cache lines of his
// state, his transport's and his slot's, beside his expanded key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/packet_batch.hpp"
#include "base/time.hpp"
#include "sfu/forwarding/channel_holders.hpp"
#include "sfu/forwarding/downlink.hpp"
#include "sfu/forwarding/uplink.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/peer_transport.hpp"

namespace parley::sfu {

// What a table needs of a listening peer. The peer outlives its membership: its owner removes it
// from every table before destroying it.
struct Listener {
  PeerId peer;
  PeerTransport* transport;
  std::span<Downlink> slots;
  std::uint8_t payload_type;  // of Opus, as this listener negotiated it
};

// A packet that the room's home has accepted.
struct AcceptedVoice {
  PeerId talker;
  std::uint8_t channel;
  std::uint32_t burst;  // the holding of the channel
  const ChannelHolders& holders;
  const VoicePacket& packet;
};

// The copies of one accepted packet.
struct FanOut {
  std::uint64_t expected = 0;  // listeners to be served
  std::uint64_t sent = 0;
  std::uint64_t bytes = 0;  // as they leave, encrypted
};

class ForwardingTable {
 public:
  ForwardingTable(RoomId room, std::size_t max_listeners);

  // False when the table is full. Who is added again has the slots that are named now.
  [[nodiscard]] bool add(const Listener& listener);
  void remove(PeerId peer);

  // Hot path, allocates nothing. `drops` counts what each listener that should have been served
  // did not get.
  [[nodiscard]] FanOut forward(const AcceptedVoice& voice, Timestamp now, PacketBatch& out,
                               DropCounters& drops);

  [[nodiscard]] bool is_empty() const { return members_.empty(); }

 private:
  static constexpr std::uint8_t kHoldsNone = 0xff;
  struct Member {
    PeerId peer;
    PeerTransport* transport;
    Downlink* slots;
    std::uint8_t slot_count;
    std::uint8_t payload_type;
    std::uint8_t held;  // the channel this member talks on, or kHoldsNone
  };

  void refresh_holders(const ChannelHolders& holders);
  // The slot in which `member` hears the channel; kHoldsNone: it is not to hear it.
  [[nodiscard]] static std::uint8_t slot_for(const Member& member, const AcceptedVoice& voice);
  void prefetch(std::size_t position, std::uint8_t channel) const;
  [[nodiscard]] std::expected<std::size_t, Drop> send_copy(Member& member, std::uint8_t slot,
                                                           const AcceptedVoice& voice,
                                                           Timestamp now, PacketBatch& out) const;

  RoomId room_;
  std::size_t max_listeners_;
  std::vector<Member> members_;
  std::uint64_t holders_revision_ = 0;
};

}  // namespace parley::sfu
