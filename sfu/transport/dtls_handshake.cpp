#include "sfu/transport/dtls_handshake.hpp"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <utility>

namespace parley::sfu {

namespace {

constexpr unsigned kLinkMtu = 1200;  // bytes of UDP payload; passes every VPN in use
// A lost flight is repeated after 0.1 s, then at doubled intervals: browsers start at 0.05 s, and
// nobody wants to wait the full second of RFC 6347 4.2.4.1 before he can talk.
constexpr unsigned kFirstRetransmit_us = 100'000;
constexpr unsigned kLastRetransmit_us = 3'200'000;

constexpr std::size_t kRecordNumberOffset = 5;  // behind type, version and epoch (RFC 6347 4.1)

struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

unsigned next_retransmit(SSL*, unsigned last_us) {
  return last_us == 0 ? kFirstRetransmit_us : std::min(last_us * 2, kLastRetransmit_us);
}

struct KeyLengths {
  SrtpProfile profile;
  std::size_t key;
  std::size_t salt;
};

// RFC 5764 4.1.2, RFC 7714 12.
std::optional<KeyLengths> lengths_of(unsigned long profile) {
  switch (profile) {
    case SRTP_AES128_CM_SHA1_80:
      return KeyLengths{SrtpProfile::aes128_cm_sha1_80, 16, 14};
    case SRTP_AEAD_AES_128_GCM:
      return KeyLengths{SrtpProfile::aead_aes_128_gcm, 16, 12};
    case SRTP_AEAD_AES_256_GCM:
      return KeyLengths{SrtpProfile::aead_aes_256_gcm, 32, 12};
    default:
      return std::nullopt;
  }
}

bool has_fingerprint(const SSL* ssl, const Fingerprint& expected) {
  const std::unique_ptr<X509, CertificateFree> certificate(SSL_get1_peer_certificate(ssl));
  Fingerprint actual{};
  unsigned size = 0;
  return certificate && X509_digest(certificate.get(), EVP_sha256(), actual.data(), &size) == 1 &&
         equal_constant_time(actual, expected);
}

// RFC 5764 4.2: client key, server key, client salt, server salt.
std::optional<SrtpKeys> export_keys(SSL* ssl, DtlsRole role) {
  const SRTP_PROTECTION_PROFILE* selected = SSL_get_selected_srtp_profile(ssl);
  const auto lengths = selected != nullptr ? lengths_of(selected->id) : std::nullopt;
  if (!lengths) return std::nullopt;
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  std::array<std::uint8_t, 2 * (32 + 14)> material{};
  const std::size_t size = 2 * (lengths->key + lengths->salt);
  if (SSL_export_keying_material(ssl, material.data(), size, kLabel.data(), kLabel.size(), nullptr,
                                 0, 0) != 1) {
    return std::nullopt;
  }
  ByteReader reader(Bytes(material).first(size));
  const Bytes client_key = reader.take(lengths->key);
  const Bytes server_key = reader.take(lengths->key);
  const Bytes client_salt = reader.take(lengths->salt);
  const Bytes server_salt = reader.take(lengths->salt);
  SrtpMasterKey client{.key = Secret<32>(client_key), .salt = Secret<14>(client_salt)};
  SrtpMasterKey server{.key = Secret<32>(server_key), .salt = Secret<14>(server_salt)};
  wipe(material);
  const bool is_client = role == DtlsRole::client;
  return SrtpKeys{.profile = lengths->profile,
                  .send = std::move(is_client ? client : server),
                  .receive = std::move(is_client ? server : client)};
}

}  // namespace

DtlsHandshake::DtlsHandshake(SSL_CTX* context, DtlsRole role, const Fingerprint& expected_peer)
    : role_(role), expected_(expected_peer), ssl_(SSL_new(context)) {
  auto bio = make_datagram_bio(io_);
  if (!ssl_ || !bio) {
    has_failed_ = true;
    return;
  }
  SSL_set_bio(ssl_.get(), bio.get(), bio.get());  // one reference serves both directions
  static_cast<void>(bio.release());
  DTLS_set_link_mtu(ssl_.get(), static_cast<long>(kLinkMtu));
  DTLS_set_timer_cb(ssl_.get(), next_retransmit);
  if (role == DtlsRole::client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

void DtlsHandshake::start(const Path& to, PacketBatch& out) {
  io_ = {.inbound = {}, .to = &to, .out = &out};
  advance();
  io_ = {};
}

// Plain records are numbered anew: nothing authenticates their number, and one forged high number
// would make OpenSSL take all that follow for replays.
void DtlsHandshake::on_record(const DtlsRecord& record, const Path& from, PacketBatch& out) {
  std::array<std::uint8_t, kMaxDatagram> renumbered;
  io_ = {.inbound = record.whole, .to = &from, .out = &out};
  last_number_ = record.number;
  if (record.epoch == 0 && record.whole.size() <= renumbered.size()) {
    std::ranges::copy(record.whole, renumbered.begin());
    ByteWriter number(MutableBytes(renumbered).subspan(kRecordNumberOffset, 6));
    number.u16(0);
    number.u32(static_cast<std::uint32_t>(plain_records_++));
    io_.inbound = Bytes(renumbered).first(record.whole.size());
  }
  advance();
  io_ = {};
}

void DtlsHandshake::retransmit(const Path& to, PacketBatch& out) {
  io_ = {.inbound = {}, .to = &to, .out = &out};
  ERR_clear_error();
  // Below zero: repeated too often. The owner decides by its own limit how long to go on.
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) has_failed_ = true;
  ERR_clear_error();
  io_ = {};
}

DtlsReading DtlsHandshake::reading() const {
  const OSSL_HANDSHAKE_STATE at = SSL_get_state(ssl_.get());
  const bool is_past_change = at == TLS_ST_SR_CHANGE || at == TLS_ST_CR_CHANGE;
  return is_past_change ? DtlsReading::encrypted : DtlsReading::plain;
}

Timestamp DtlsHandshake::deadline(Timestamp now) const {
  timeval remaining{};
  if (DTLSv1_get_timeout(ssl_.get(), &remaining) != 1) return kNever;
  return now + std::chrono::seconds(remaining.tv_sec) +
         std::chrono::microseconds(remaining.tv_usec);
}

// Lets OpenSSL work on io_.inbound and on what is due.
void DtlsHandshake::advance() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    finish();
  } else if (const int error = SSL_get_error(ssl_.get(), result);
             error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    has_failed_ = true;
  }
  ERR_clear_error();
}

void DtlsHandshake::finish() {
  // The client's is not the last of the handshake: nobody will ask for it again.
  WrittenRecords last_flight;
  if (role_ == DtlsRole::server) last_flight = io_.written;
  std::optional<SrtpKeys> keys;
  std::optional<DtlsOpener> opener;
  if (has_fingerprint(ssl_.get(), expected_)) keys = export_keys(ssl_.get(), role_);
  if (keys) opener = DtlsOpener::create(ssl_.get(), role_, last_number_);
  has_failed_ = !opener;
  // A failure is told at once, so that the other side does not wait for media; otherwise the close
  // is put by, and is the record that follows our Finished whenever it is sent.
  if (!has_failed_) io_.out = nullptr;
  io_.written = {};
  SSL_shutdown(ssl_.get());
  if (has_failed_) return;
  outcome_ = DtlsOutcome{.keys = std::move(*keys),
                         .opener = std::move(*opener),
                         .last_flight = last_flight,
                         .close_notify = io_.written};
}

}  // namespace parley::sfu
