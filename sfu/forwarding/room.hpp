// One audience on one worker: who listens, who holds which channel, and the fan-out of one talker's
// packet to everybody else. Owned by its worker; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/packet_batch.hpp"
#include "base/time.hpp"
#include "sfu/forwarding/downlink.hpp"
#include "sfu/forwarding/speaker_selector.hpp"
#include "sfu/forwarding/uplink.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/peer_transport.hpp"

namespace parley::sfu {

// What a room needs of a listening peer. The peer outlives its membership: its owner removes it
// from every room before destroying it.
struct Listener {
  PeerId peer;
  PeerTransport* transport;
  std::span<Downlink> slots;
  std::uint8_t payload_type;  // of Opus, as this listener negotiated it
};

// The copies of one accepted packet.
struct FanOut {
  std::uint64_t expected = 0;  // listeners to be served
  std::uint64_t sent = 0;
  std::uint64_t bytes = 0;  // as they leave, encrypted
};

class Room {
 public:
  // `slots` is K; `max_listeners` bounds the audience.
  Room(RoomId id, std::uint8_t slots, std::size_t max_listeners);

  // False when the room is full. Adding a member again changes nothing.
  [[nodiscard]] bool add(const Listener& listener);
  void remove(PeerId peer);
  // The member no longer talks here; it may go on listening.
  void silence(PeerId talker);

  // Hot path, allocates nothing. Drop: not_selected. `listener_drops` counts what each listener
  // that should have been served did not get.
  [[nodiscard]] std::expected<FanOut, Drop> forward(PeerId talker, SpeechMeter& meter,
                                                    const VoicePacket& packet, Timestamp now,
                                                    PacketBatch& out, DropCounters& listener_drops);
  void tick(Timestamp now);
  [[nodiscard]] Timestamp deadline() const { return selector_.deadline(); }

  [[nodiscard]] RoomId id() const { return id_; }
  [[nodiscard]] bool is_empty() const { return members_.empty(); }
  [[nodiscard]] std::span<const SpeakerSelector::Channel> channels() const {
    return selector_.channels();
  }
  // True once after the holders of channels changed.
  [[nodiscard]] bool take_talkers_changed();

 private:
  struct Member {
    Listener listener;
    std::optional<std::uint8_t> held;  // the channel this member talks on
  };
  // Where the present holding of a channel began, to recognise packets that are older.
  struct BurstStart {
    std::uint32_t burst = 0;
    std::uint64_t sequence = 0;
  };

  [[nodiscard]] std::optional<std::size_t> slot_for(const Member& member, PeerId talker,
                                                    std::size_t channel) const;
  [[nodiscard]] std::expected<std::size_t, Drop> send_copy(Listener& listener, std::size_t slot,
                                                           const DownlinkSource& source,
                                                           const VoicePacket& packet, Timestamp now,
                                                           PacketBatch& out);
  void refresh_holders();

  RoomId id_;
  std::size_t max_listeners_;
  SpeakerSelector selector_;
  std::array<BurstStart, kMaxChannels> starts_{};
  std::vector<Member> members_;
  std::uint64_t holders_revision_ = 0;
  std::uint64_t told_revision_ = 0;
};

}  // namespace parley::sfu
