// What a talker of a load says: who, which packet, when, and filler that follows from those, so
// that a decrypted sample is checked byte for byte and tells the delay. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace parley::client {

struct VoiceStamp {
  std::uint32_t talker;
  std::uint64_t sequence;
  WallTime sent_at;
  friend constexpr bool operator==(const VoiceStamp&, const VoiceStamp&) = default;
};

// Talker 4, sequence 8, time 8 (microseconds), filler.
inline constexpr std::size_t kMinVoicePayload = 20;

// Fills `out`, at least kMinVoicePayload bytes.
void write_voice_payload(const VoiceStamp& stamp, MutableBytes out);
// nullopt when a single byte is not what the stamp in front says.
[[nodiscard]] std::optional<VoiceStamp> verify_voice_payload(Bytes payload);

}  // namespace parley::client
