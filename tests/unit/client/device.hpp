// The device of a test, and a look at its signatures with OpenSSL itself.
#pragma once

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "client/core/device_key.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::test {

inline const client::DeviceKey& device_key() {
  static SeededRandom random{1};
  static const client::DeviceKey key = client::DeviceKey::generate(random);
  return key;
}

// ECDSA with SHA-256; `signature` is r and s.
inline bool is_signature(Bytes public_key, std::string_view text, std::string_view signature) {
  constexpr std::size_t kHalf = 32;
  if (signature.size() != 2 * kHalf) return false;
  const Bytes raw = as_bytes(signature);
  const unsigned char* next = public_key.data();
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      d2i_PUBKEY(nullptr, &next, static_cast<long>(public_key.size())), EVP_PKEY_free);
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> both(ECDSA_SIG_new(), ECDSA_SIG_free);
  ECDSA_SIG_set0(both.get(), BN_bin2bn(raw.data(), kHalf, nullptr),
                 BN_bin2bn(raw.data() + kHalf, kHalf, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const bool is_good =
      key != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), as_bytes(text).data(),
                       text.size()) == 1;
  OPENSSL_free(der);
  return is_good;
}

}  // namespace parley::test
