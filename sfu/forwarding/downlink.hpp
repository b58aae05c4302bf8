// One receive slot of one listener: a stream with one SSRC and a sequence and timestamp that never
// jump back, whoever speaks in it (RFC 3550 5.1). Owned by its peer; one thread. Laid out for the
// fan-out: placing a packet touches one cache line.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "codecs/rtcp.hpp"
#include "sfu/forwarding/uplink.hpp"
#include "sfu/transport/drop.hpp"

namespace parley::sfu {

// One holding of one channel of one room. A change of it is a change of talker or of utterance.
struct DownlinkSource {
  RoomId room;
  std::uint32_t burst = 0;
  friend constexpr bool operator==(const DownlinkSource&, const DownlinkSource&) = default;
};

// The header fields of an outgoing packet.
struct DownlinkStamp {
  // The SRTP packet index (RFC 3711 3.3.1): rollover counter << 16 | sequence number.
  std::uint64_t index;
  std::uint32_t timestamp;
  bool marker;

  [[nodiscard]] std::uint16_t sequence() const { return static_cast<std::uint16_t>(index); }
};

// A hole in a talker's sequence longer than this is closed, not passed on: it was an outage, and a
// jump of half the sequence space would make the receiver lose its rollover count. In packets.
inline constexpr std::uint64_t kMaxHole = 500;
// A listener in two rooms has one set of slots. The room that feeds a slot keeps it until it has
// sent nothing there for this long; the other room's packets are dropped meanwhile. More: the
// second room starts late. Less: two voices chop each other into pieces.
inline constexpr Duration kSlotHold = std::chrono::milliseconds(500);
// A change of talker advances the timestamp by the time that passed, and by at least one frame.
inline constexpr std::uint32_t kMinTimestampStep = 960;  // 20 ms at 48 kHz

// What the listener last told about this stream (RFC 3550 6.4.1).
struct RemoteReception {
  std::uint8_t fraction_lost = 0;  // 1/256
  std::int32_t cumulative_lost = 0;
  std::uint32_t jitter = 0;
  std::optional<Duration> round_trip;
};

class alignas(64) Downlink {
 public:
  // The first sequence number is random below 2^15, so that a rollover never meets the start of the
  // stream (security.md S7).
  Downlink(Ssrc ssrc, RandomSource& random);

  // Places a packet of `source` in this stream. Never gives one sequence number twice (a repeated
  // SRTP nonce). Drops: listener_late (a reordered packet of before the change, or too old),
  // listener_no_slot (another room feeds this slot).
  [[nodiscard]] std::expected<DownlinkStamp, Drop> place(const DownlinkSource& source,
                                                         const VoicePacket& packet, Timestamp now);
  // A placed packet went out.
  void on_sent(std::size_t payload_bytes);

  // The report of this stream, when packets went out since the last one.
  [[nodiscard]] std::optional<codecs::SenderReport> make_report(Now now);
  void on_reception_report(const codecs::ReportBlock& block, WallTime now);
  [[nodiscard]] const RemoteReception& remote_reception() const { return remote_; }
  [[nodiscard]] Ssrc ssrc() const { return ssrc_; }

 private:
  void rebase(const VoicePacket& packet, Timestamp now);
  [[nodiscard]] bool mark_fresh(std::uint64_t sequence);

  // What every packet touches: one cache line.
  RoomId room_;  // of the present source; none: nothing was ever placed
  std::uint32_t burst_ = 0;
  Ssrc ssrc_;
  std::uint64_t sequence_offset_ = 0;  // out = in + offset, modulo 2^64
  std::uint64_t highest_out_;          // extended
  std::uint64_t placed_ = 0;  // bit i: highest_out_ - i is given out, or was before the source
  Timestamp last_placed_{};
  std::uint32_t timestamp_offset_ = 0;  // out = in + offset, modulo 2^32
  std::uint32_t last_timestamp_;        // of the newest packet placed
  std::uint32_t packets_ = 0;
  std::uint32_t octets_ = 0;
  // What reports touch.
  std::uint32_t reported_packets_ = 0;
  RemoteReception remote_;
};

}  // namespace parley::sfu
