#include "signaling/identity/token_chain.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace parley::signaling {
namespace {

constexpr std::size_t kSecretBytes = 32;
using Salt = std::array<std::uint8_t, 32>;

SessionToken make_token(SessionId session, Bytes secret) {
  std::array<std::uint8_t, kTokenBytes> bytes{};
  ByteWriter writer(bytes);
  writer.u64(session.value);
  writer.bytes(secret);
  SessionToken token(bytes);
  wipe(bytes);
  return token;
}

// HMAC-SHA-256 (RFC 2104) keyed with the salt.
SessionToken successor_of(Bytes token, SessionId session, const Salt& salt) {
  std::array<std::uint8_t, kSecretBytes> secret{};
  unsigned int size = 0;
  const unsigned char* made = HMAC(EVP_sha256(), salt.data(), static_cast<int>(salt.size()),
                                   token.data(), token.size(), secret.data(), &size);
  PARLEY_CHECK(made != nullptr && size == secret.size());
  SessionToken successor = make_token(session, secret);
  wipe(secret);
  return successor;
}

// A chain whose accepted tokens are `token` and its successor.
TokenChain chain_from(Bytes token, SessionId session, RandomSource& random) {
  TokenChain chain;
  random.fill(chain.salt);
  chain.current = sha256(token);
  chain.next = sha256(successor_of(token, session, chain.salt).view());
  return chain;
}

}  // namespace

Sha256Hash sha256(Bytes bytes) {
  Sha256Hash hash{};
  unsigned int size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, EVP_sha256(), nullptr);
  PARLEY_CHECK(done == 1 && size == hash.size());
  return hash;
}

std::optional<SessionId> session_of_token(Bytes token) {
  if (token.size() != kTokenBytes) return std::nullopt;
  return SessionId{ByteReader(token).u64()};
}

TokenChain::Step TokenChain::start(SessionId session, RandomSource& random) {
  std::array<std::uint8_t, kSecretBytes> secret{};
  random.fill(secret);
  SessionToken token = make_token(session, secret);
  wipe(secret);
  const TokenChain chain = chain_from(token.view(), session, random);
  return Step{.chain = chain, .token = std::move(token)};
}

std::optional<TokenChain::Step> TokenChain::use(Bytes token, RandomSource& random) const {
  const std::optional<SessionId> session = session_of_token(token);
  if (!session) return std::nullopt;
  const Sha256Hash hash = sha256(token);
  const bool is_current = equal_constant_time(hash, current);
  const bool is_next = equal_constant_time(hash, next);
  if (is_current) return Step{.chain = *this, .token = successor_of(token, *session, salt)};
  if (!is_next) return std::nullopt;
  const TokenChain moved = chain_from(token, *session, random);
  return Step{.chain = moved, .token = successor_of(token, *session, moved.salt)};
}

}  // namespace parley::signaling
