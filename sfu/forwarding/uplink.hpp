// The one stream a peer sends: its microphone. Judges each decrypted packet, keeps the statistics
// of its reception, and knows the one room it is bound to. Owned by its peer; one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "codecs/rtcp.hpp"
#include "codecs/rtp.hpp"
#include "sfu/transport/drop.hpp"

namespace parley::sfu {

// RTP clock of Opus (RFC 7587 4.1).
inline constexpr std::uint32_t kOpusClockRate = 48000;

// Without RFC 6464 a payload of at most this many bytes counts as silence: Opus sends 1 or 2 bytes
// in DTX and 3 for digital silence, and at its lowest rate (6 kb/s) a 10 ms frame of speech has 7.
// More: quiet speech of a thrifty encoder would be cut. Less: silent frames would hold channels.
inline constexpr std::size_t kMaxSilentPayload = 6;
// The level given to a talker that sends no levels: ordinary speech, so that he neither displaces
// people who do send them nor is displaced by a whisper.
inline constexpr std::uint8_t kAssumedSpeechDbov = 40;
inline constexpr std::uint8_t kSilenceDbov = 127;

// How long voice from before begin_at() may still be under way. Less: it could be heard in the
// wrong room. More: a client that is silent and then has other timestamps would be kept silent.
inline constexpr Duration kLateVoice = std::chrono::seconds(10);

// A voice packet as the rest of forwarding sees it. `payload` points into the caller's datagram.
struct VoicePacket {
  std::uint64_t sequence;  // extended
  std::uint32_t timestamp;
  bool marker;
  std::uint8_t level;  // RFC 6464: 0 loudest to 127 silence, in -dBov
  Bytes payload;       // Opus
};

struct UplinkConfig {
  Ssrc ssrc;
  std::uint8_t payload_type;
  std::uint8_t audio_level_extension_id;  // 0: the peer sends no levels
};

class Uplink {
 public:
  explicit Uplink(UplinkConfig config) : config_(config), reception_(kOpusClockRate) {}

  // A decrypted packet with this uplink's SSRC. Drops: rtp_wrong_payload_type, empty_payload,
  // other_talk_room.
  [[nodiscard]] std::expected<VoicePacket, Drop> on_packet(const codecs::RtpView& packet,
                                                           Timestamp now);
  void on_sender_report(const codecs::SenderReport& report, Timestamp now);
  // True when packets came since the last report, so that a receiver report says something new.
  [[nodiscard]] bool has_news() const { return has_news_; }
  [[nodiscard]] codecs::ReportBlock make_report(Timestamp now);

  // The room whose members hear this uplink; none: it is heard nowhere.
  void bind(RoomId room) { room_ = room; }
  void unbind() { bind(RoomId{}); }
  // What is older than `first_timestamp` (RTP, modulo 2^32) was said for the room before this one.
  void begin_at(std::uint32_t first_timestamp, Timestamp now) {
    beginning_ = Beginning{.timestamp = first_timestamp, .counts_until = now + kLateVoice};
  }
  [[nodiscard]] RoomId room() const { return room_; }
  [[nodiscard]] Ssrc ssrc() const { return config_.ssrc; }

 private:
  struct Beginning {
    std::uint32_t timestamp;
    Timestamp counts_until;
  };

  [[nodiscard]] bool is_before_beginning(std::uint32_t timestamp, Timestamp now) const;
  [[nodiscard]] std::uint8_t level_of(const codecs::RtpView& packet) const;

  UplinkConfig config_;
  codecs::SequenceExtender extender_;
  codecs::ReceptionStatistics reception_;
  RoomId room_;
  std::optional<Beginning> beginning_;
  bool has_news_ = false;
};

}  // namespace parley::sfu
