#include "client/load/mumble_voice.hpp"

#include "base/check.hpp"

namespace parley::client {
namespace {

// The upper three bits of the first byte.
constexpr std::uint8_t kPing = 1 << 5;
constexpr std::uint8_t kOpus = 4 << 5;
constexpr std::uint8_t kTypeBits = 0xe0;
constexpr std::uint64_t kLastBit = 0x2000;

}  // namespace

void write_mumble_varint(std::uint64_t value, ByteWriter& out) {
  if (value < 0x80) {
    out.u8(static_cast<std::uint8_t>(value));
  } else if (value < 0x4000) {
    out.u16(static_cast<std::uint16_t>(0x8000 | value));
  } else if (value < 0x200000) {
    out.u24(static_cast<std::uint32_t>(0xc00000 | value));
  } else if (value < 0x10000000) {
    out.u32(static_cast<std::uint32_t>(0xe0000000 | value));
  } else if (value <= UINT32_MAX) {
    out.u8(0xf0);
    out.u32(static_cast<std::uint32_t>(value));
  } else {
    out.u8(0xf4);
    out.u64(value);
  }
}

std::optional<std::uint64_t> read_mumble_varint(ByteReader& in) {
  const std::uint8_t first = in.u8();
  std::uint64_t value = 0;
  if (first < 0x80) {
    value = first;
  } else if (first < 0xc0) {
    value = (static_cast<std::uint64_t>(first & 0x3f) << 8) | in.u8();
  } else if (first < 0xe0) {
    value = (static_cast<std::uint64_t>(first & 0x1f) << 16) | in.u16();
  } else if (first < 0xf0) {
    value = (static_cast<std::uint64_t>(first & 0x0f) << 24) | in.u24();
  } else if ((first & 0xfc) == 0xf0) {
    value = in.u32();
  } else if ((first & 0xfc) == 0xf4) {
    value = in.u64();
  } else {
    return std::nullopt;
  }
  if (!in.ok()) return std::nullopt;
  return value;
}

std::size_t write_mumble_voice(std::uint64_t sequence, Bytes opus, bool is_last, MutableBytes out) {
  PARLEY_CHECK(opus.size() <= kMaxMumbleOpus);
  ByteWriter writer(out);
  writer.u8(kOpus);
  write_mumble_varint(sequence, writer);
  write_mumble_varint(opus.size() | (is_last ? kLastBit : 0), writer);
  writer.bytes(opus);
  PARLEY_CHECK(writer.ok());
  return writer.size();
}

std::optional<MumbleVoice> parse_mumble_voice(Bytes plain) {
  ByteReader reader(plain);
  if ((reader.u8() & kTypeBits) != kOpus) return std::nullopt;
  const auto session = read_mumble_varint(reader);
  const auto sequence = read_mumble_varint(reader);
  const auto length = read_mumble_varint(reader);
  if (!session || !sequence || !length) return std::nullopt;
  const Bytes opus = reader.take(*length & kMaxMumbleOpus);
  if (!reader.ok()) return std::nullopt;
  return MumbleVoice{.session = *session,
                     .sequence = *sequence,
                     .is_last = (*length & kLastBit) != 0,
                     .opus = opus};
}

std::size_t write_mumble_ping(std::uint64_t stamp, MutableBytes out) {
  ByteWriter writer(out);
  writer.u8(kPing);
  write_mumble_varint(stamp, writer);
  PARLEY_CHECK(writer.ok());
  return writer.size();
}

bool is_mumble_ping(Bytes plain) { return !plain.empty() && (plain[0] & kTypeBits) == kPing; }

}  // namespace parley::client
