// The organisation's authority: an X.509 certificate authority of our own that says whose device a
// key is. Credentials are short-lived certificates (RFC 5280) of ECDSA P-256 keys; they name the
// device (serialNumber), the user (commonName) and the organisation. Pure but for OpenSSL: time and
// randomness are given.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

struct evp_pkey_st;
struct x509_st;

namespace parley::signaling {

inline constexpr std::size_t kMaxCredential = 1024;  // bytes of DER
inline constexpr std::size_t kMaxPublicKey = 128;    // bytes of SubjectPublicKeyInfo

// What a credential says.
struct Credential {
  DeviceId device;
  UserId user;
  std::string name;          // of the user
  std::string organisation;  //
  std::uint64_t serial = 0;
  WallTime not_before = {};
  WallTime not_after = {};
  std::vector<std::uint8_t> public_key = {};  // SubjectPublicKeyInfo, DER
};

// A device's public key: ECDSA P-256 or Ed25519. invalid_argument: anything else.
[[nodiscard]] Result<void> check_public_key(Bytes subject_public_key_info);

// Whether `signature` of `message` was made with the key. ECDSA with SHA-256: r and s of 32 bytes
// each, as WebCrypto gives them; Ed25519: 64 bytes.
[[nodiscard]] bool is_signed_by(Bytes subject_public_key_info, Bytes message, Bytes signature);

class Authority {
 public:
  // Makes a new one, valid for twenty years. io: OpenSSL refused.
  [[nodiscard]] static Result<Authority> create(std::string_view organisation, RandomSource& random,
                                                WallTime now);
  // PEM of key and certificate, as pem() gave them. invalid_argument.
  [[nodiscard]] static Result<Authority> load(std::string_view pem);
  Authority(Authority&&) noexcept;
  Authority& operator=(Authority&&) noexcept;
  ~Authority();

  // Private key and certificate: a secret.
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] const std::vector<std::uint8_t>& certificate() const;  // DER; public
  [[nodiscard]] const std::string& organisation() const;

  // DER of at most kMaxCredential bytes. invalid_argument: the key, the name or the times.
  [[nodiscard]] Result<std::vector<std::uint8_t>> issue(const Credential& credential) const;
  // invalid_argument: damaged or not a credential; unauthenticated: signed by somebody else;
  // expired: over for longer than `grace`, or not begun.
  [[nodiscard]] Result<Credential> verify(Bytes der, WallTime now,
                                          std::chrono::seconds grace = {}) const;

 private:
  struct Keys;
  explicit Authority(std::unique_ptr<Keys> keys);
  std::unique_ptr<Keys> keys_;
};

}  // namespace parley::signaling
