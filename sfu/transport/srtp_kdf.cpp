#include "sfu/transport/srtp_kdf.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/check.hpp"

namespace parley::sfu {

namespace {

constexpr std::size_t kMaxSalt = 14;
constexpr std::size_t kLabelByte = 7;  // label || 48-bit zero, at the end of the 112-bit salt

struct ContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

bool derive_srtp_key(Bytes master_key, Bytes master_salt, SrtpKeyLabel label, MutableBytes out) {
  PARLEY_CHECK(master_key.size() == 16 || master_key.size() == 32);
  PARLEY_CHECK(master_salt.size() <= kMaxSalt);
  std::array<std::uint8_t, 16> counter{};  // the last two bytes count the blocks
  std::ranges::copy(master_salt, counter.begin());
  counter[kLabelByte] ^= static_cast<std::uint8_t>(label);
  const EVP_CIPHER* cipher = master_key.size() == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  const std::unique_ptr<EVP_CIPHER_CTX, ContextFree> context(EVP_CIPHER_CTX_new());
  std::ranges::fill(out, std::uint8_t{0});  // what the key stream is taken from
  int done = 0;
  return context != nullptr &&
         EVP_EncryptInit_ex2(context.get(), cipher, master_key.data(), counter.data(), nullptr) ==
             1 &&
         EVP_EncryptUpdate(context.get(), out.data(), &done, out.data(),
                           static_cast<int>(out.size())) == 1;
}

}  // namespace parley::sfu
