// A join ticket: signaling's word to one media node that one peer, with one DTLS certificate, is
// admitted. Fixed layout, big-endian:
//
//   "PTK1" | peer 8 | device 8 | node boot id 8 | not after, microseconds since 1970, 8
//          | SHA-256 fingerprint of the client's DTLS certificate 32 | Ed25519 signature of all
//          before 64
//
// The boot id binds it to one life of one node, so that a node need not remember used tickets over
// a restart. Pure but for OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

struct evp_pkey_st;

namespace parley::protocol {

inline constexpr std::size_t kTicketBytes = 4 + 8 + 8 + 8 + 8 + 32 + 64;
inline constexpr Duration kTicketLife = std::chrono::seconds(60);

using TicketKey = std::array<std::uint8_t, 32>;  // Ed25519 public key (RFC 8032)

struct Ticket {
  PeerId peer;
  DeviceId device;
  std::uint64_t boot_id = 0;  // control.NodeHello.boot_id
  WallTime not_after = {};
  std::array<std::uint8_t, 32> fingerprint = {};
  friend bool operator==(const Ticket&, const Ticket&) = default;
};

// Signs tickets with a key of its own, made at each start of signaling.
class TicketMint {
 public:
  explicit TicketMint(RandomSource& random);
  TicketMint(TicketMint&&) noexcept;
  TicketMint& operator=(TicketMint&&) noexcept;
  ~TicketMint();

  [[nodiscard]] const TicketKey& public_key() const;
  [[nodiscard]] std::string mint(const Ticket& ticket) const;  // kTicketBytes

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
  TicketKey public_key_{};
};

// invalid_argument: not a ticket; unauthenticated: signed with another key; expired: its time is
// over, or further away than kTicketLife.
[[nodiscard]] Result<Ticket> verify_ticket(Bytes ticket, const TicketKey& key, WallTime now);

}  // namespace parley::protocol
