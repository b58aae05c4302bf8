// What the workers of one node tell each other about a room whose members live on several of them:
// values only, carried by bounded mailboxes. Voice that finds a mailbox full is lost and counted by
// the carrier, as on any network.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/ids.hpp"
#include "base/packet_batch.hpp"
#include "sfu/forwarding/channel_holders.hpp"
#include "sfu/forwarding/uplink.hpp"

namespace parley::sfu {

// In the place of a channel: none.
inline constexpr std::uint8_t kNoChannel = 0xff;

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
  std::uint32_t grant;  // number of the grant for which it passed his gate; 0: no gate, OPEN
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

// ---- the floor of arbitrated rooms. Grants are named, so that an order that comes twice, or after
// the next one, changes nothing; an order that is lost is given again when its absence shows.

// From a room's home to the worker of a member: what his gate has to do (UplinkGate).
struct GateOrder {
  enum class Kind : std::uint8_t { open, open_until, shut, discard };
  Kind kind;
  RoomId room;
  PeerId peer;
  std::uint32_t grant = 0;         // its number
  std::uint32_t talk_version = 0;  // of the press: see SetTalkRoom
  std::optional<std::uint32_t> first_timestamp{};
  std::optional<std::uint32_t> last_timestamp{};
};
// To a room's home, from the worker of a member.
struct GateNote {
  enum class Kind : std::uint8_t {
    ready,      // his gate is there, and stands in this room
    unclaimed,  // voice has come for kUnclaimedVoice while it was shut
    abandoned,  // he talks elsewhere now, and this burst is over, or cannot begin
  };
  Kind kind;
  RoomId room;
  PeerId peer;
  std::uint32_t grant = 0;  // abandoned
  std::uint32_t talk_version = 0;
  std::optional<std::uint32_t> last_timestamp{};
};
// From a room's home to a leg.
struct RoomMode {
  RoomId room;
  bool is_arbitrated;
};
using WorkerMessage =
    std::variant<TalkerVoice, TalkerSilent, LegVoice, GateOrder, GateNote, RoomMode>;

struct OutgoingMessage {
  WorkerIndex to;
  WorkerMessage message;
};

}  // namespace parley::sfu
