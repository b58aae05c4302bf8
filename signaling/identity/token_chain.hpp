// Proof of a session for Resume. The server stores hashes only.
//
// A session accepts two tokens: `current`, which the client has certainly had, and `next`, its only
// successor, which the client may or may not have received. The successor is derived from the token
// the client shows and a stored random salt, so showing `current` twice gives the same successor.
// What follows from that:
//  - An answer is lost, or the server dies before or after writing: the client shows `current`
//  again
//    and gets the same `next`. Nobody is locked out.
//  - Two pages race with the same token after a reload: both get the same `next`.
//  - `next` is shown: it becomes `current`, a new `next` is drawn, and every older token is void. A
//    stolen old token is worth nothing once its successor was used.
//  - A thief with the newest token can use it, as with any bearer proof. The owner sees
//    SESSION_REPLACED and is not locked out: his token is `current` or `next` still.
// Somebody who reads the database has hashes and salts, from which no token can be derived.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"

namespace parley::signaling {

using Sha256Hash = std::array<std::uint8_t, 32>;
[[nodiscard]] Sha256Hash sha256(Bytes bytes);

// What the client keeps: session id (8 bytes) | secret (32 bytes).
inline constexpr std::size_t kTokenBytes = 40;
using SessionToken = Secret<kTokenBytes>;

// The session a token claims to be of; nullopt when it is not a token. Proves nothing.
[[nodiscard]] std::optional<SessionId> session_of_token(Bytes token);

// The stored part; a plain value.
struct TokenChain {
  Sha256Hash current{};
  Sha256Hash next{};
  std::array<std::uint8_t, 32> salt{};

  struct Step;
  // A new chain with its first token.
  [[nodiscard]] static Step start(SessionId session, RandomSource& random);
  // What to store and to answer when `token` is shown; nullopt when it is not accepted. Both
  // comparisons always run, in constant time.
  [[nodiscard]] std::optional<Step> use(Bytes token, RandomSource& random) const;

  friend bool operator==(const TokenChain&, const TokenChain&) = default;
};

struct TokenChain::Step {
  TokenChain chain;    // to be stored before `token` is sent
  SessionToken token;  // for the client
};

}  // namespace parley::signaling
