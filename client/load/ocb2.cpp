#include "client/load/ocb2.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.hpp"

namespace parley::client {
namespace {

constexpr std::size_t kBlock = std::tuple_size_v<OcbBlock>;

OcbBlock operator^(const OcbBlock& a, const OcbBlock& b) {
  OcbBlock sum;
  for (std::size_t i = 0; i < kBlock; ++i) sum[i] = a[i] ^ b[i];
  return sum;
}

// Times x in GF(2^128), most significant bit first.
OcbBlock doubled(const OcbBlock& block) {
  OcbBlock result;
  std::uint8_t carry = 0;
  for (std::size_t i = kBlock; i-- > 0;) {
    result[i] = static_cast<std::uint8_t>((block[i] << 1) | carry);
    carry = block[i] >> 7;
  }
  if (carry != 0) result[kBlock - 1] ^= 0x87;
  return result;
}

OcbBlock load(Bytes bytes) {
  OcbBlock block;
  std::copy_n(bytes.begin(), kBlock, block.begin());
  return block;
}

// Number of whole blocks that are treated as such: the last one, even when it is whole, is not.
std::size_t leading_blocks(std::size_t size) { return size == 0 ? 0 : (size - 1) / kBlock; }

}  // namespace

void Ocb2::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

Ocb2::Context Ocb2::make_context(const OcbBlock& key, bool encrypts) {
  Context context(EVP_CIPHER_CTX_new());
  PARLEY_CHECK(context != nullptr);
  PARLEY_CHECK(EVP_CipherInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, key.data(), nullptr,
                                 encrypts ? 1 : 0) == 1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  return context;
}

Ocb2::Ocb2(const OcbBlock& key)
    : encrypting_(make_context(key, true)), decrypting_(make_context(key, false)) {}

OcbBlock Ocb2::cipher_block(evp_cipher_ctx_st* context, const OcbBlock& in) {
  OcbBlock out;
  int size = 0;
  PARLEY_CHECK(EVP_CipherUpdate(context, out.data(), &size, in.data(), kBlock) == 1);
  PARLEY_CHECK(size == static_cast<int>(kBlock));
  return out;
}

OcbBlock Ocb2::pad(const OcbBlock& offset, std::size_t size) {
  OcbBlock length{};
  length[kBlock - 1] = static_cast<std::uint8_t>(size * 8);  // at most 128 bits
  return cipher_block(encrypting_.get(), length ^ offset);
}

OcbBlock Ocb2::tag(const OcbBlock& offset, const OcbBlock& checksum) {
  return cipher_block(encrypting_.get(), offset ^ doubled(offset) ^ checksum);
}

OcbBlock Ocb2::encrypt(const OcbBlock& nonce, Bytes plain, MutableBytes out) {
  PARLEY_CHECK(out.size() >= plain.size());
  OcbBlock offset = cipher_block(encrypting_.get(), nonce);
  OcbBlock checksum{};
  for (std::size_t left = leading_blocks(plain.size()); left > 0; --left) {
    offset = doubled(offset);
    const OcbBlock block = load(plain);
    checksum = checksum ^ block;
    std::ranges::copy(offset ^ cipher_block(encrypting_.get(), block ^ offset), out.begin());
    plain = plain.subspan(kBlock);
    out = out.subspan(kBlock);
  }
  offset = doubled(offset);
  const OcbBlock mask = pad(offset, plain.size());
  OcbBlock last = mask;  // the pad's rest completes a short block in the checksum
  std::ranges::copy(plain, last.begin());
  checksum = checksum ^ last;
  const OcbBlock sealed = last ^ mask;
  std::copy_n(sealed.begin(), plain.size(), out.begin());
  return tag(offset, checksum);
}

Ocb2::Opened Ocb2::decrypt(const OcbBlock& nonce, Bytes cipher, MutableBytes out) {
  PARLEY_CHECK(out.size() >= cipher.size());
  OcbBlock offset = cipher_block(encrypting_.get(), nonce);
  OcbBlock checksum{};
  for (std::size_t left = leading_blocks(cipher.size()); left > 0; --left) {
    offset = doubled(offset);
    const OcbBlock block = offset ^ cipher_block(decrypting_.get(), load(cipher) ^ offset);
    checksum = checksum ^ block;
    std::ranges::copy(block, out.begin());
    cipher = cipher.subspan(kBlock);
    out = out.subspan(kBlock);
  }
  offset = doubled(offset);
  const OcbBlock mask = pad(offset, cipher.size());
  OcbBlock last{};
  std::ranges::copy(cipher, last.begin());
  last = last ^ mask;
  // Behind the end of a short block `last` now holds the pad, which is what the checksum takes.
  checksum = checksum ^ last;
  std::copy_n(last.begin(), cipher.size(), out.begin());
  // The forgery of eprint 2019/311 needs a last block equal to the offset but for its length bits.
  const bool is_suspicious = std::equal(last.begin(), last.end() - 1, offset.begin());
  return {.tag = tag(offset, checksum), .is_suspicious = is_suspicious};
}

}  // namespace parley::client
