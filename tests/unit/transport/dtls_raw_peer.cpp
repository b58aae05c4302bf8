#include "tests/unit/transport/dtls_raw_peer.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

#include <algorithm>

#include "sfu/transport/dtls_record.hpp"

namespace parley::test {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

struct WriteKey {
  Datagram key;
  Datagram iv;
};

WriteKey derive_write_key(SSL* ssl, bool is_client, std::size_t key_size, std::size_t iv_size) {
  Datagram master(48);
  Datagram random(64);
  SSL_SESSION_get_master_key(SSL_get_session(ssl), master.data(), master.size());
  SSL_get_server_random(ssl, random.data(), 32);
  SSL_get_client_random(ssl, random.data() + 32, 32);
  const std::unique_ptr<EVP_PKEY_CTX, Free> prf(EVP_PKEY_CTX_new_id(EVP_PKEY_TLS1_PRF, nullptr));
  Datagram block(2 * (key_size + iv_size));
  std::size_t size = block.size();
  const std::string_view label = "key expansion";
  PARLEY_CHECK(EVP_PKEY_derive_init(prf.get()) == 1 &&
               EVP_PKEY_CTX_set_tls1_prf_md(
                   prf.get(), SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl))) == 1 &&
               EVP_PKEY_CTX_set1_tls1_prf_secret(prf.get(), master.data(), 48) == 1 &&
               EVP_PKEY_CTX_add1_tls1_prf_seed(prf.get(), as_bytes(label).data(),
                                               static_cast<int>(label.size())) == 1 &&
               EVP_PKEY_CTX_add1_tls1_prf_seed(prf.get(), random.data(), 64) == 1 &&
               EVP_PKEY_derive(prf.get(), block.data(), &size) == 1);
  const Bytes all = block;
  const Bytes key = all.subspan(is_client ? 0 : key_size, key_size);
  const Bytes iv = all.subspan(2 * key_size + (is_client ? 0 : iv_size), iv_size);
  return {.key = Datagram(key.begin(), key.end()), .iv = Datagram(iv.begin(), iv.end())};
}

}  // namespace

DtlsRawPeer::DtlsRawPeer(sfu::DtlsRole role, const Suite& suite)
    : role_(role), context_(SSL_CTX_new(DTLS_method())) {
  make_certificate(suite.key);
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(
      context_.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  PARLEY_CHECK(SSL_CTX_set_max_proto_version(context_.get(), DTLS1_2_VERSION) == 1 &&
               SSL_CTX_set_cipher_list(context_.get(), suite.name) == 1 &&
               SSL_CTX_set_tlsext_use_srtp(context_.get(), "SRTP_AEAD_AES_128_GCM") == 0);
  ssl_.reset(SSL_new(context_.get()));
  BIO* bio = sfu::make_datagram_bio(io_).release();
  SSL_set_bio(ssl_.get(), bio, bio);
  DTLS_set_link_mtu(ssl_.get(), 1200);
  if (role == sfu::DtlsRole::client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

void DtlsRawPeer::make_certificate(PeerKey kind) {
  const std::unique_ptr<EVP_PKEY, Free> key(kind == PeerKey::ecdsa ? EVP_EC_gen("P-256")
                                                                   : EVP_RSA_gen(2048));
  const std::unique_ptr<X509, Free> certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  PARLEY_CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0);
  X509_digest(certificate.get(), EVP_sha256(), fingerprint_.data(), nullptr);
  PARLEY_CHECK(SSL_CTX_use_certificate(context_.get(), certificate.get()) == 1 &&
               SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1);
}

void DtlsRawPeer::advance(Bytes record, PacketBatch& out) {
  io_ = {.inbound = record, .to = &path_, .out = &out};
  std::array<char, 256> ignored;
  if (!is_connected()) {
    SSL_do_handshake(ssl_.get());
  } else {
    SSL_read(ssl_.get(), ignored.data(), static_cast<int>(ignored.size()));
  }
  ERR_clear_error();
  io_ = {};
}

void DtlsRawPeer::on_datagram(const Datagram& datagram, PacketBatch& out) {
  Bytes rest = datagram;
  while (const auto record = sfu::take_record(rest)) advance(record->whole, out);
}

void DtlsRawPeer::repeat_flight(PacketBatch& out) {
  io_ = {.inbound = {}, .to = &path_, .out = &out};
  DTLSv1_handle_timeout(ssl_.get());
  io_ = {};
}

void DtlsRawPeer::close(PacketBatch& out) {
  io_ = {.inbound = {}, .to = &path_, .out = &out};
  SSL_shutdown(ssl_.get());
  io_ = {};
}

Datagram DtlsRawPeer::seal(std::uint8_t type, std::uint64_t number, Bytes plain) const {
  const int nid = SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl_.get()));
  const EVP_CIPHER* aead = EVP_get_cipherbynid(nid);
  const bool is_chacha = nid == NID_chacha20_poly1305;
  const auto [key, salt] = derive_write_key(ssl_.get(), role_ == sfu::DtlsRole::client,
                                            nid == NID_aes_128_gcm ? 16 : 32, is_chacha ? 12 : 4);
  Datagram sequence(8);
  ByteWriter(sequence).u64(std::uint64_t{1} << 48 | number);
  Datagram nonce = salt;
  if (is_chacha) {
    for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] ^= sequence[i];
  } else {
    nonce.insert(nonce.end(), sequence.begin(), sequence.end());
  }
  Datagram associated = sequence;
  const auto length = static_cast<std::uint8_t>(plain.size());
  associated.insert(associated.end(), {type, 0xfe, 0xfd, 0, length});

  Datagram sealed(plain.size());
  Datagram tag(16);
  int size = 0;
  const std::unique_ptr<EVP_CIPHER_CTX, Free> cipher(EVP_CIPHER_CTX_new());
  PARLEY_CHECK(EVP_EncryptInit_ex(cipher.get(), aead, nullptr, key.data(), nonce.data()) == 1 &&
               EVP_EncryptUpdate(cipher.get(), nullptr, &size, associated.data(),
                                 static_cast<int>(associated.size())) == 1 &&
               EVP_EncryptUpdate(cipher.get(), sealed.data(), &size, plain.data(), length) == 1 &&
               EVP_EncryptFinal_ex(cipher.get(), nullptr, &size) == 1 &&
               EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1);
  Datagram fragment = is_chacha ? Datagram{} : sequence;
  fragment.insert(fragment.end(), sealed.begin(), sealed.end());
  fragment.insert(fragment.end(), tag.begin(), tag.end());
  return dtls_record(type, 1, number, fragment);
}

}  // namespace parley::test
