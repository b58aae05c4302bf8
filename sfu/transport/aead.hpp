// AES-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D, RFC 5116 5.1 and 5.2): one key,
// expanded once, for many packets. Two implementations, chosen when the key is expanded. One thread
// at a time for each key; different keys are independent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/bytes.hpp"
#include "sfu/transport/aead_openssl.hpp"
#ifdef PARLEY_MULTI_BUFFER
#include "sfu/transport/aead_multi_buffer.hpp"
#endif

namespace parley::sfu {

inline constexpr std::size_t kAeadIvSize = 12;   // bytes
inline constexpr std::size_t kAeadTagSize = 16;  // bytes

enum class AeadEngine : std::uint8_t {
  multi_buffer,  // Intel's library: x86-64 with AES-NI
  openssl,       // everywhere
};

[[nodiscard]] bool is_available(AeadEngine engine);
// The one production uses: multi_buffer where it is available.
[[nodiscard]] AeadEngine fastest_aead_engine();

class AeadKey {
 public:
  // Holds no key. Must not seal or open.
  AeadKey() = default;
  // `key`: 16 or 32 bytes; `engine` is available. is_empty() when the library refuses. The expanded
  // key is wiped when it ends.
  AeadKey(Bytes key, AeadEngine engine);

  // In all that follows: `iv` has kAeadIvSize bytes, and the caller gives none twice to seal;
  // `aad` is not empty, authenticated and not encrypted.

  // Writes the ciphertext and behind it the tag: plain.size() + kAeadTagSize bytes of `out`.
  // `plain` is the beginning of `out`, or overlaps it nowhere. False when the library refuses.
  [[nodiscard]] bool seal(Bytes iv, Bytes aad, Bytes plain, MutableBytes out) const;
  // `sealed`: ciphertext and tag, at least kAeadTagSize bytes. Decrypts in place. False when it is
  // not genuine; its content is worthless then.
  [[nodiscard]] bool open(Bytes iv, Bytes aad, MutableBytes sealed) const;
  // Asks for the memory that the next packet of some hundred bytes reads of this key.
  void prefetch() const;
  [[nodiscard]] bool is_empty() const;

 private:
#ifdef PARLEY_MULTI_BUFFER
  std::variant<std::monostate, OpensslGcmKey, MultiBufferGcmKey> key_;
#else
  std::variant<std::monostate, OpensslGcmKey> key_;
#endif
};

// For a rare packet: the same with a key that is expanded and forgotten.
[[nodiscard]] bool seal_once(AeadEngine engine, Bytes key, Bytes iv, Bytes aad, Bytes plain,
                             MutableBytes out);
[[nodiscard]] bool open_once(AeadEngine engine, Bytes key, Bytes iv, Bytes aad,
                             MutableBytes sealed);

}  // namespace parley::sfu
