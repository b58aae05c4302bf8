#include "client/load/voice_payload.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace parley::client {
namespace {

// Byte `i` of the filler: cheap, and different for each talker and packet.
std::uint8_t filler(const VoiceStamp& stamp, std::size_t i) {
  const std::uint64_t mixed =
      (stamp.sequence + i) * 0x9e37'79b9'7f4a'7c15U + stamp.talker * 0x85eb'ca6bU;
  return static_cast<std::uint8_t>(mixed >> 56);
}

}  // namespace

void write_voice_payload(const VoiceStamp& stamp, MutableBytes out) {
  PARLEY_CHECK(out.size() >= kMinVoicePayload);
  ByteWriter writer(out);
  writer.u32(stamp.talker);
  writer.u64(stamp.sequence);
  writer.u64(static_cast<std::uint64_t>(stamp.sent_at.time_since_epoch().count()));
  for (std::size_t i = kMinVoicePayload; i < out.size(); ++i) out[i] = filler(stamp, i);
}

std::optional<VoiceStamp> verify_voice_payload(Bytes payload) {
  ByteReader reader(payload);
  const VoiceStamp stamp{.talker = reader.u32(),
                         .sequence = reader.u64(),
                         .sent_at = WallTime(Duration(static_cast<std::int64_t>(reader.u64())))};
  if (!reader.ok()) return std::nullopt;
  for (std::size_t i = kMinVoicePayload; i < payload.size(); ++i) {
    if (payload[i] != filler(stamp, i)) return std::nullopt;
  }
  return stamp;
}

}  // namespace parley::client
