// The home of one room: who may be heard on which channel, and which workers carry legs of it.
// Owned by the worker that is the room's home; one thread. The listeners are in forwarding tables,
// the home's own among them.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "sfu/forwarding/channel_holders.hpp"
#include "sfu/forwarding/speaker_selector.hpp"
#include "sfu/forwarding/uplink.hpp"
#include "sfu/transport/drop.hpp"

namespace parley::sfu {

// Where an accepted packet goes: the channel, and the holding of it.
struct Selected {
  std::uint8_t channel;
  std::uint32_t burst;
};

// Listeners of an arbitrated room take part in so many channels at least: one for the talker, one
// for the next while the first one's last packets come, and one that nobody ever holds.
inline constexpr std::uint8_t kMinFloorChannels = 3;

// Loudness kept at once; at the limit all of it is learnt anew. Members who leave are forgotten, so
// only a storm of lost notes from other workers comes near.
inline constexpr std::size_t kMaxMeters = 4096;

class Room {
 public:
  // `slots` is K.
  Room(RoomId id, std::uint8_t slots);

  // Hot path. A talker's first packet allocates, no other does. Drop: not_selected.
  [[nodiscard]] std::expected<Selected, Drop> select(PeerId talker, const VoicePacket& packet,
                                                     Timestamp now);
  // Arbitrated rooms do not select: the floor gives each channel to one talker, and takes it back.
  void give(std::uint8_t channel, PeerId talker);
  void take_back(std::uint8_t channel);
  // Another mode, or another K: everybody falls silent, and holdings are named anew.
  void restart(std::uint8_t slots);
  // A burst of the floor as the listeners' slots see it: never the name of an earlier holding.
  [[nodiscard]] std::uint32_t name_burst(std::uint32_t burst) const { return burst ^ era_; }

  // The member no longer talks here; it may go on listening.
  void silence(PeerId talker);
  void tick(Timestamp now);
  [[nodiscard]] Timestamp deadline() const { return selector_.deadline(); }

  // A worker other than the home has listeners, or no longer has. Twice is once.
  void open_leg(WorkerIndex worker);
  void close_leg(WorkerIndex worker);
  [[nodiscard]] std::span<const WorkerIndex> legs() const { return legs_; }

  [[nodiscard]] RoomId id() const { return id_; }
  [[nodiscard]] const ChannelHolders& holders() const { return holders_; }
  // True once after the holders of channels changed.
  [[nodiscard]] bool take_talkers_changed();

 private:
  // Where the present holding of a channel began, to recognise packets that are older.
  struct BurstStart {
    std::uint32_t burst = 0;
    std::uint64_t sequence = 0;
  };

  void refresh_holders();
  void set_holder(std::uint8_t channel, PeerId talker);

  RoomId id_;
  SpeakerSelector selector_;
  std::array<BurstStart, kMaxChannels> starts_{};
  std::unordered_map<PeerId, SpeechMeter> meters_;  // of those who have talked; silence() erases
  std::vector<WorkerIndex> legs_;
  ChannelHolders holders_;
  std::uint64_t seen_selection_ = 0;  // revision of the selector
  std::uint64_t told_revision_ = 0;
  std::uint32_t era_ = 0;  // of the mode; in the high bits, where bursts do not count
};

}  // namespace parley::sfu
