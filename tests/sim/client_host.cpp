#include "tests/sim/client_host.hpp"

namespace parley::sim {
namespace {

constexpr std::uint8_t kOpusToc = 0x78;  // one 20 ms mono frame (RFC 6716 3.1)
constexpr std::uint32_t kMagic = 0x50415259;

}  // namespace

std::array<std::uint8_t, 60> VoiceStamp::encode() const {
  std::array<std::uint8_t, 60> opus{};
  ByteWriter writer(opus);
  writer.u8(kOpusToc);
  writer.u32(kMagic);
  writer.u16(client);
  writer.u16(room);
  writer.u32(number);
  return opus;
}

std::optional<VoiceStamp> VoiceStamp::parse(Bytes opus) {
  ByteReader reader(opus);
  if (reader.u8() != kOpusToc || reader.u32() != kMagic) return std::nullopt;
  VoiceStamp stamp{.client = reader.u16(), .room = reader.u16(), .number = reader.u32()};
  if (!reader.ok()) return std::nullopt;
  return stamp;
}

}  // namespace parley::sim
