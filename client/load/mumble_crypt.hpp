// The two directions of a Mumble client's voice packets. On the wire: the lowest byte of the nonce,
// three bytes of tag, the ciphertext. The nonce counts up by one per packet, lowest byte first.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "client/load/ocb2.hpp"

namespace parley::client {

inline constexpr std::size_t kMumbleCryptHeader = 4;
inline constexpr std::size_t kMaxMumbleDatagram = 1024;  // Mumble's own limit, both directions

class MumbleCrypt {
 public:
  // From the server's CryptSetup: `send_nonce` is the client's, `receive_nonce` the server's.
  MumbleCrypt(const OcbBlock& key, const OcbBlock& send_nonce, const OcbBlock& receive_nonce);

  // `out` holds at least plain.size() + kMumbleCryptHeader bytes; returns the datagram's size.
  std::size_t seal(Bytes plain, MutableBytes out);
  // Checks and decrypts into `out`, which holds at least the datagram's bytes. nullopt: too short,
  // forged, or more than half a cycle of the nonce byte away. A datagram may be opened when earlier
  // ones were not looked at: follow() keeps the nonce near for those.
  std::optional<MutableBytes> open(Bytes datagram, MutableBytes out);
  // Takes note of a datagram that is counted but not decrypted.
  void follow(Bytes datagram);

 private:
  [[nodiscard]] OcbBlock nonce_of(std::uint8_t wire_byte) const;

  Ocb2 cipher_;
  OcbBlock send_nonce_;
  OcbBlock receive_nonce_;  // of the newest datagram seen
};

}  // namespace parley::client
