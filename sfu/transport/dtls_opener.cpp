#include "sfu/transport/dtls_opener.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <memory>

namespace parley::sfu {

namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kExplicitNonce = 8;  // in front of what AES-GCM encrypts (RFC 5288 3)
constexpr std::size_t kNumber = 8;         // epoch and sequence number, as the AEADs use them
constexpr std::size_t kMasterSecret = 48;  // RFC 5246 8.1
constexpr std::size_t kRandom = 32;

constexpr std::size_t kAlertSize = 2;           // level and description (RFC 5246 7.2)
constexpr std::size_t kFinishedSize = 12 + 12;  // message header and verify_data (RFC 5246 7.4.9)
constexpr std::uint8_t kFinished = 20;
constexpr std::uint8_t kWarning = 1;
constexpr std::uint8_t kFatal = 2;
constexpr std::uint8_t kCloseNotify = 0;

struct KdfFree {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

struct Lengths {
  std::size_t key;
  std::size_t iv;  // what the key block holds of it
};

constexpr Lengths lengths_of(DtlsAead aead) {
  switch (aead) {
    case DtlsAead::aes_128_gcm:
      return {.key = 16, .iv = 4};
    case DtlsAead::aes_256_gcm:
      return {.key = 32, .iv = 4};
    case DtlsAead::chacha20_poly1305:
      return {.key = 32, .iv = 12};
  }
  return {};
}

const EVP_CIPHER* cipher_of(DtlsAead aead) {
  switch (aead) {
    case DtlsAead::aes_128_gcm:
      return EVP_aes_128_gcm();
    case DtlsAead::aes_256_gcm:
      return EVP_aes_256_gcm();
    case DtlsAead::chacha20_poly1305:
      return EVP_chacha20_poly1305();
  }
  return nullptr;
}

std::optional<DtlsAead> aead_of(const SSL_CIPHER* suite) {
  switch (SSL_CIPHER_get_cipher_nid(suite)) {
    case NID_aes_128_gcm:
      return DtlsAead::aes_128_gcm;
    case NID_aes_256_gcm:
      return DtlsAead::aes_256_gcm;
    case NID_chacha20_poly1305:
      return DtlsAead::chacha20_poly1305;
    default:
      return std::nullopt;
  }
}

// RFC 5246 6.3: PRF(master_secret, "key expansion", server_random + client_random).
bool derive_key_block(SSL* ssl, MutableBytes block) {
  char label[] = "key expansion";
  std::array<std::uint8_t, kMasterSecret> master{};
  std::array<std::uint8_t, kRandom> server{};
  std::array<std::uint8_t, kRandom> client{};
  const EVP_MD* hash = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl));
  if (hash == nullptr ||
      SSL_SESSION_get_master_key(SSL_get_session(ssl), master.data(), master.size()) !=
          master.size() ||
      SSL_get_server_random(ssl, server.data(), server.size()) != server.size() ||
      SSL_get_client_random(ssl, client.data(), client.size()) != client.size()) {
    return false;
  }
  const std::unique_ptr<EVP_KDF, KdfFree> kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, ""));
  const std::unique_ptr<EVP_KDF_CTX, KdfFree> prf(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  // The parts of the seed are concatenated.
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                       const_cast<char*>(EVP_MD_get0_name(hash)), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), master.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, server.data(), server.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, client.data(), client.size()),
      OSSL_PARAM_construct_end(),
  };
  const bool is_derived =
      prf && EVP_KDF_derive(prf.get(), block.data(), block.size(), parameters) == 1;
  wipe(master);
  return is_derived;
}

// RFC 5288 3 (the record carries 8 bytes of the nonce), RFC 7905 2 (the number is mixed in).
std::array<std::uint8_t, kNonce> nonce_of(DtlsAead aead, Bytes iv, const DtlsRecord& record) {
  std::array<std::uint8_t, kNonce> nonce{};
  std::ranges::copy(iv, nonce.begin());
  constexpr std::size_t kBehindSalt = kNonce - kNumber;
  if (aead != DtlsAead::chacha20_poly1305) {
    std::ranges::copy(record.fragment.first(kExplicitNonce), nonce.begin() + kBehindSalt);
    return nonce;
  }
  ByteWriter number(MutableBytes(nonce).subspan(kBehindSalt));
  const std::uint64_t mask = ByteReader(iv.subspan(kBehindSalt)).u64();
  number.u64(record.number ^ mask);
  return nonce;
}

// How long a true record of this content type is before encryption; 0: we know of none.
std::size_t expected_size(std::uint8_t type) {
  if (type == kAlert) return kAlertSize;
  return type == kHandshake ? kFinishedSize : 0;
}

}  // namespace

std::optional<DtlsOpener> DtlsOpener::create(SSL* ssl, DtlsRole our_role,
                                             std::uint64_t last_number) {
  const auto aead = aead_of(SSL_get_current_cipher(ssl));
  if (!aead) return std::nullopt;
  const Lengths lengths = lengths_of(*aead);
  std::array<std::uint8_t, 2 * (32 + 12)> block{};
  const MutableBytes used = MutableBytes(block).first(2 * (lengths.key + lengths.iv));
  if (!derive_key_block(ssl, used)) return std::nullopt;
  // Client key, server key, client IV, server IV: an AEAD has no MAC keys.
  const bool is_client_writing = our_role == DtlsRole::server;
  const std::size_t key_at = is_client_writing ? 0 : lengths.key;
  const std::size_t iv_at = 2 * lengths.key + (is_client_writing ? 0 : lengths.iv);
  DtlsOpener opener(*aead, last_number, used.subspan(key_at, lengths.key),
                    used.subspan(iv_at, lengths.iv));
  wipe(block);
  return opener;
}

PeerWish DtlsOpener::read(const DtlsRecord& record) {
  std::array<std::uint8_t, kFinishedSize> buffer{};
  const MutableBytes plain = MutableBytes(buffer).first(expected_size(record.type));
  if (plain.empty() || record.epoch != 1 || record.number <= newest_ || !open(record, plain)) {
    ERR_clear_error();  // what a forged record leaves there
    return PeerWish::nothing;
  }
  newest_ = record.number;
  if (record.type == kHandshake) {
    return plain[0] == kFinished ? PeerWish::last_flight : PeerWish::nothing;
  }
  const bool is_close = plain[0] == kWarning && plain[1] == kCloseNotify;
  return is_close || plain[0] == kFatal ? PeerWish::end : PeerWish::nothing;
}

bool DtlsOpener::open(const DtlsRecord& record, MutableBytes plain) const {
  const std::size_t in_front = aead_ == DtlsAead::chacha20_poly1305 ? 0 : kExplicitNonce;
  if (record.fragment.size() != in_front + plain.size() + kTag) return false;
  const auto nonce = nonce_of(aead_, iv_.view(), record);
  const Bytes sealed = record.fragment.subspan(in_front, plain.size());
  std::array<std::uint8_t, kTag> tag{};
  std::ranges::copy(record.fragment.last(kTag), tag.begin());
  // RFC 5246 6.2.3.3: number, type, version, length before encryption.
  std::array<std::uint8_t, kNumber + 5> associated{};
  ByteWriter writer(associated);
  writer.u64(record.number);
  writer.u8(record.type);
  writer.u16(record.version);
  writer.u16(static_cast<std::uint16_t>(plain.size()));

  const std::unique_ptr<EVP_CIPHER_CTX, CipherFree> cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  return cipher &&
         EVP_DecryptInit_ex(cipher.get(), cipher_of(aead_), nullptr, key_.view().data(),
                            nonce.data()) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag),
                             tag.data()) == 1 &&
         EVP_DecryptUpdate(cipher.get(), nullptr, &size, associated.data(),
                           static_cast<int>(associated.size())) == 1 &&
         EVP_DecryptUpdate(cipher.get(), plain.data(), &size, sealed.data(),
                           static_cast<int>(sealed.size())) == 1 &&
         EVP_DecryptFinal_ex(cipher.get(), plain.data() + size, &size) == 1;
}

}  // namespace parley::sfu
