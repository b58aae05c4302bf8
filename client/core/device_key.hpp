// The key of a native device: ECDSA P-256, made here, and never told to anybody. Pure but for
// OpenSSL: where it is kept is the business of the shell.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

struct evp_pkey_st;

namespace parley::client {

class DeviceKey {
 public:
  [[nodiscard]] static DeviceKey generate(RandomSource& random);
  // PKCS#8 as private_pem() gave it. invalid_argument.
  [[nodiscard]] static Result<DeviceKey> load(std::string_view pem);
  DeviceKey(DeviceKey&&) noexcept;
  DeviceKey& operator=(DeviceKey&&) noexcept;
  ~DeviceKey();

  [[nodiscard]] const std::vector<std::uint8_t>& public_key() const;  // SubjectPublicKeyInfo, DER
  // What people compare before they approve a device (api.Device.key_fingerprint).
  [[nodiscard]] std::string eight_digits() const;
  [[nodiscard]] std::string private_pem() const;  // a secret
  // ECDSA with SHA-256: r and s, 32 bytes each (protocol::proof_text).
  [[nodiscard]] std::string sign(std::string_view text) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, FreeKey>;
  explicit DeviceKey(Key key);

  Key key_;
  std::vector<std::uint8_t> public_key_;
};

}  // namespace parley::client
