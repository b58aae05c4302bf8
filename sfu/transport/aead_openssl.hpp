// AES-GCM by OpenSSL's EVP: one key, its schedule kept, only the nonce set for each packet.
// For AeadKey only, which gives the contract.
#pragma once

#include <memory>

#include "base/bytes.hpp"

struct evp_cipher_ctx_st;  // OpenSSL's EVP_CIPHER_CTX

namespace parley::sfu {

class OpensslGcmKey {
 public:
  // `key`: 16 or 32 bytes. An empty one (is_valid() false) when OpenSSL refuses.
  explicit OpensslGcmKey(Bytes key);
  [[nodiscard]] bool is_valid() const { return context_ != nullptr; }
  [[nodiscard]] bool seal(Bytes iv, Bytes aad, Bytes plain, MutableBytes out) const;
  [[nodiscard]] bool open(Bytes iv, Bytes aad, MutableBytes sealed) const;

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;  // wiped by OpenSSL when freed
};

}  // namespace parley::sfu
