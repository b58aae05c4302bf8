// Mumble's UDP payloads, before encryption: voice in Opus and pings (protocol version 1.3).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace parley::client {

// Mumble's variable-length integers: the leading bits of the first byte tell the length, as in
// UTF-8. Values above 32 bits take nine bytes; negative numbers are never sent by this client.
inline constexpr std::size_t kMaxMumbleVarint = 9;
void write_mumble_varint(std::uint64_t value, ByteWriter& out);
// nullopt: cut off, or one of the negative forms.
[[nodiscard]] std::optional<std::uint64_t> read_mumble_varint(ByteReader& in);

inline constexpr std::size_t kMaxMumbleOpus = 0x1fff;  // 13 bits of length
inline constexpr std::size_t kMaxMumbleVoiceHeader = 1 + kMaxMumbleVarint + 3;

// Normal speech to the talker's own channel. `out` holds kMaxMumbleVoiceHeader bytes more than
// `opus`; returns the size. Mumble counts `sequence` in units of 10 ms of audio.
[[nodiscard]] std::size_t write_mumble_voice(std::uint64_t sequence, Bytes opus, bool is_last,
                                             MutableBytes out);

struct MumbleVoice {
  std::uint64_t session;  // of the talker
  std::uint64_t sequence;
  bool is_last;
  Bytes opus;
};
// What the server sends to listeners. nullopt: not Opus voice, or cut off.
[[nodiscard]] std::optional<MumbleVoice> parse_mumble_voice(Bytes plain);

// A ping, which the server sends back as it is and by which it learns the client's address.
[[nodiscard]] std::size_t write_mumble_ping(std::uint64_t stamp, MutableBytes out);
[[nodiscard]] bool is_mumble_ping(Bytes plain);

}  // namespace parley::client
