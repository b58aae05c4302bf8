// What the workers of one node tell each other about a room whose members live on several of them:
// values only, carried by bounded mailboxes. Voice that finds a mailbox full is lost and counted by
// the carrier, as on any network.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/ids.hpp"
#include "base/packet_batch.hpp"
#include "sfu/forwarding/channel_holders.hpp"
#include "sfu/forwarding/uplink.hpp"

namespace parley::sfu {

// A payload by value. Copying it copies the used bytes only.
class PayloadCopy {
 public:
  explicit PayloadCopy(Bytes payload) : size_(static_cast<std::uint16_t>(payload.size())) {
    PARLEY_CHECK(payload.size() <= kMaxDatagram);
    std::ranges::copy(payload, bytes_.begin());
  }
  PayloadCopy(const PayloadCopy& other) : PayloadCopy(other.view()) {}
  PayloadCopy& operator=(const PayloadCopy& other) {
    if (this == &other) return *this;
    size_ = other.size_;
    std::ranges::copy(other.view(), bytes_.begin());
    return *this;
  }
  ~PayloadCopy() = default;

  [[nodiscard]] Bytes view() const { return {bytes_.data(), size_}; }

 private:
  std::uint16_t size_;
  std::array<std::uint8_t, kMaxDatagram> bytes_;  // as many as size_ says are set
};

// A voice packet by value.
struct VoiceCopy {
  std::uint64_t sequence;
  std::uint32_t timestamp;
  bool marker;
  std::uint8_t level;
  PayloadCopy payload;

  explicit VoiceCopy(const VoicePacket& packet)
      : sequence(packet.sequence),
        timestamp(packet.timestamp),
        marker(packet.marker),
        level(packet.level),
        payload(packet.payload) {}
  // Valid as long as this copy.
  [[nodiscard]] VoicePacket view() const {
    return {.sequence = sequence,
            .timestamp = timestamp,
            .marker = marker,
            .level = level,
            .payload = payload.view()};
  }
};

// To a room's home: a packet of a talker who lives on the sending worker.
struct TalkerVoice {
  RoomId room;
  PeerId talker;
  VoiceCopy packet;
};
// To a room's home: this talker left, or no longer sends to the room.
struct TalkerSilent {
  RoomId room;
  PeerId talker;
};
// From a room's home to a leg: a packet it has accepted.
struct LegVoice {
  RoomId room;
  PeerId talker;
  std::uint8_t channel;
  std::uint32_t burst;
  ChannelHolders holders;
  VoiceCopy packet;
};
using WorkerMessage = std::variant<TalkerVoice, TalkerSilent, LegVoice>;

struct OutgoingMessage {
  WorkerIndex to;
  WorkerMessage message;
};

}  // namespace parley::sfu
