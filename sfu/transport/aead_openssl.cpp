#include "sfu/transport/aead_openssl.hpp"

#include <openssl/evp.h>

#include "sfu/transport/aead.hpp"

namespace parley::sfu {

namespace {

// Fetched once: OpenSSL 3 looks an algorithm up by its name, under a lock. Never freed.
const EVP_CIPHER* cipher_for(std::size_t key_size) {
  static const EVP_CIPHER* const aes128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static const EVP_CIPHER* const aes256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return key_size == 32 ? aes256 : aes128;
}

constexpr int kSealing = 1;
constexpr int kOpening = 0;

// Sets the nonce, keeps the key schedule, and takes the data nobody encrypts.
bool begin(EVP_CIPHER_CTX* context, Bytes iv, Bytes aad, int direction) {
  int done = 0;
  return EVP_CipherInit_ex2(context, nullptr, nullptr, iv.data(), direction, nullptr) == 1 &&
         EVP_CipherUpdate(context, nullptr, &done, aad.data(), static_cast<int>(aad.size())) == 1;
}

bool transform(EVP_CIPHER_CTX* context, Bytes in, std::uint8_t* out) {
  int done = 0;
  return in.empty() ||
         EVP_CipherUpdate(context, out, &done, in.data(), static_cast<int>(in.size())) == 1;
}

}  // namespace

void OpensslGcmKey::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

OpensslGcmKey::OpensslGcmKey(Bytes key) : context_(EVP_CIPHER_CTX_new()) {
  const EVP_CIPHER* cipher = cipher_for(key.size());
  if (context_ == nullptr || cipher == nullptr ||
      EVP_CipherInit_ex2(context_.get(), cipher, key.data(), nullptr, kSealing, nullptr) != 1) {
    context_.reset();
  }
}

bool OpensslGcmKey::seal(Bytes iv, Bytes aad, Bytes plain, MutableBytes out) const {
  EVP_CIPHER_CTX* context = context_.get();
  std::uint8_t* const tag = out.data() + plain.size();
  int done = 0;
  return begin(context, iv, aad, kSealing) && transform(context, plain, out.data()) &&
         EVP_CipherFinal_ex(context, tag, &done) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag) == 1;
}

bool OpensslGcmKey::open(Bytes iv, Bytes aad, MutableBytes sealed) const {
  EVP_CIPHER_CTX* context = context_.get();
  const MutableBytes text = sealed.first(sealed.size() - kAeadTagSize);
  std::uint8_t* const tag = text.data() + text.size();
  int done = 0;
  // The tag is compared by OpenSSL, in constant time.
  return begin(context, iv, aad, kOpening) &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag) == 1 &&
         transform(context, text, text.data()) && EVP_CipherFinal_ex(context, tag, &done) == 1;
}

}  // namespace parley::sfu
