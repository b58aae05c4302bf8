// An invitation: a signed, expiring pass into one or several rooms. Whoever holds the signaling
// service's invitation key can make one, and nobody else. It works once; the store remembers which
// were used.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "signaling/identity/member_rights.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace parley::signaling {

using InvitationId = StrongId<struct InvitationTag, std::array<std::uint8_t, 16>>;

inline constexpr std::size_t kMaxDisplayName = 64;  // bytes of UTF-8, as in client.proto
inline constexpr std::size_t kMaxInvitation = 512;  // bytes, security.md S11

struct Invitation {
  InvitationId id;                // random; what makes it single-use
  std::vector<Admission> rooms;   // 1 to kMaxAdmissions, none twice
  std::string display_name = {};  // proposed name of the guest; may be empty
  std::string delegation = {};    // for whom the guest speaks; may be empty
  WallTime not_after;             // whole seconds; refused from this moment on
};

// True for UTF-8 of at most kMaxDisplayName bytes without control characters and without the
// invisible marks that change the direction of the text around them. Empty is allowed.
[[nodiscard]] bool is_display_name(std::string_view name);

// An Ed25519 key (RFC 8032). Moves, never copies; the shell reads and writes its file (mode 0600).
class InvitationKey {
 public:
  static constexpr std::size_t kSeedBytes = 32;

  // A new key from 32 bytes of `random`.
  [[nodiscard]] static InvitationKey generate(RandomSource& random);
  // The key of a stored seed. invalid_argument unless it has exactly 32 bytes.
  [[nodiscard]] static Result<InvitationKey> load(Bytes seed);
  // The 32 bytes to store.
  [[nodiscard]] Bytes seed() const { return seed_.view(); }

  // The binary form, at most kMaxInvitation bytes:
  //   version (1 byte, 2) | id (16) | not_after (8, seconds since 1970)
  //   | length of name (1) | name | length of delegation (1) | delegation
  //   | number of rooms (1) | for each: room (8), role (1), may talk (1), tier (1), level (1)
  //   | signature (64)
  // The signature covers a fixed text followed by everything before it. invalid_argument when the
  // name or the delegation is not a display name, not_after is before 1970, the id or a room is
  // none, a room stands there twice, or their number or rights are outside their limits.
  [[nodiscard]] Result<std::vector<std::uint8_t>> sign(const Invitation& invitation) const;

  // Reads what sign() wrote. invalid_argument: damaged, forged or of another version;
  // expired: genuine, but not_after has come.
  [[nodiscard]] Result<Invitation> verify(Bytes signed_invitation, WallTime now) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  InvitationKey(Bytes seed, evp_pkey_st* key) : seed_(seed), key_(key) {}
  [[nodiscard]] bool is_signed_by_us(Bytes content, Bytes signature) const;

  Secret<kSeedBytes> seed_;
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
};

// A fresh random id for a new invitation.
[[nodiscard]] InvitationId new_invitation_id(RandomSource& random);

}  // namespace parley::signaling
