// Opens the few encrypted records that still matter when a handshake is over and OpenSSL's 75 KiB
// for it are freed: the peer's alerts and its repeated Finished. Key and IV are those of the peer's
// direction, derived from the master secret (RFC 5246 6.3).
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

// The AEADs of the suites that DtlsContext allows.
enum class DtlsAead : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };

// What an opened record asks for.
enum class PeerWish : std::uint8_t {
  nothing,      // forged, repeated by the network, or of no consequence
  end,          // close_notify or a fatal alert
  last_flight,  // a new copy of the peer's Finished: it has not got our last flight
};

class DtlsOpener {
 public:
  // `ssl`: its handshake is over. `last_number`: epoch and sequence number of the record that ended
  // it. nullopt: a suite that we do not allow, or OpenSSL has no memory.
  static std::optional<DtlsOpener> create(SSL* ssl, DtlsRole our_role, std::uint64_t last_number);

  // Records must come in rising order of number; an older one is nothing (RFC 6347 4.1.2.6 with a
  // window of one: neither a close nor the copy of a Finished needs more).
  [[nodiscard]] PeerWish read(const DtlsRecord& record);

 private:
  DtlsOpener(DtlsAead aead, std::uint64_t newest, Bytes key, Bytes iv)
      : aead_(aead), newest_(newest), key_(key), iv_(iv) {}
  [[nodiscard]] bool open(const DtlsRecord& record, MutableBytes plain) const;

  DtlsAead aead_;
  std::uint64_t newest_;  // epoch and sequence number of the newest true record
  Secret<32> key_;
  Secret<12> iv_;  // AES-GCM: the 4 bytes of salt (RFC 5288 3); ChaCha20: all 12 (RFC 7905 2)
};

}  // namespace parley::sfu
