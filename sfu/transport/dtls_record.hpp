// The record layer of DTLS 1.2 (RFC 6347 4.1) as far as a guard in front of OpenSSL needs it: which
// records may reach the library at all. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::sfu {

// security.md S5: no handshake message may make OpenSSL reserve more than this.
inline constexpr std::size_t kMaxHandshakeMessage = 8192;

// Content types (RFC 5246 6.2.1).
inline constexpr std::uint8_t kChangeCipherSpec = 20;
inline constexpr std::uint8_t kAlert = 21;
inline constexpr std::uint8_t kHandshake = 22;

struct DtlsRecord {
  std::uint8_t type;
  std::uint16_t version;
  std::uint16_t epoch;
  std::uint64_t number;  // epoch and sequence number: the 8 bytes that AEADs authenticate
  Bytes whole;           // header and fragment
  Bytes fragment;        // what follows the 13-byte header
};

// Cuts the first record off `datagram`. nullopt: the rest is not a whole DTLS 1.x record.
[[nodiscard]] std::optional<DtlsRecord> take_record(Bytes& datagram);

// How far the reading side has come.
enum class DtlsReading : std::uint8_t {
  plain,      // before the peer's ChangeCipherSpec
  encrypted,  // after it, Finished still to come
  connected,  // the handshake is over
};

// False for records that a correct peer never sends in this phase. A forged record of these kinds
// could end the handshake or make OpenSSL keep a 17 KiB buffer for later (security.md S4, S5):
// plain alerts, application data, anything encrypted before ChangeCipherSpec, messages of the wrong
// direction, fragments outside of their message.
[[nodiscard]] bool is_welcome(const DtlsRecord& record, DtlsRole our_role, DtlsReading reading);

}  // namespace parley::sfu
