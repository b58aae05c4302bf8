// Session keys from a master key (RFC 3711 4.3.1 and 4.3.3): AES in counter mode as the
// pseudorandom function, with a key derivation rate of 0, so each key is derived once.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace parley::sfu {

// RFC 3711 4.3.1 and 4.3.2. (The authentication keys have labels 1 and 4, and AEAD has none.)
enum class SrtpKeyLabel : std::uint8_t {
  rtp_cipher = 0,
  rtp_salt = 2,
  rtcp_cipher = 3,
  rtcp_salt = 5
};

// Fills `out`. `master_key`: 16 or 32 bytes (AES_256_CM_PRF is RFC 6188 3); `master_salt`: 14
// bytes, or 12 (RFC 7714 11: two zero bytes are thought behind it). False when the library refuses.
[[nodiscard]] bool derive_srtp_key(Bytes master_key, Bytes master_salt, SrtpKeyLabel label,
                                   MutableBytes out);

}  // namespace parley::sfu
