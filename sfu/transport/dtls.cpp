#include "sfu/transport/dtls.hpp"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "sfu/transport/dtls_bio.hpp"
#include "sfu/transport/dtls_context.hpp"
#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

namespace {

constexpr unsigned kLinkMtu = 1200;  // bytes of UDP payload; passes every VPN in use
// A lost flight is repeated after 0.1 s, then at doubled intervals: browsers start at 0.05 s, and
// nobody wants to wait the full second of RFC 6347 4.2.4.1 before he can talk.
constexpr unsigned kFirstRetransmit_us = 100'000;
constexpr unsigned kLastRetransmit_us = 3'200'000;

constexpr std::size_t kRecordNumberOffset = 5;  // behind type, version and epoch (RFC 6347 4.1)

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
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

struct Dtls::Impl {
  DtlsRole role;
  Fingerprint expected;
  DatagramIo io;
  std::unique_ptr<SSL, SslFree> ssl;
  DtlsState state = DtlsState::handshaking;
  std::optional<SrtpKeys> keys;
  Timestamp deadline = kNever;
  std::uint64_t plain_records = 0;
  bool is_deaf = false;  // OpenSSL gave up after the handshake; media does not need it any more

  Impl(SSL_CTX* context, DtlsRole our_role, const Fingerprint& expected_peer)
      : role(our_role), expected(expected_peer), ssl(SSL_new(context)) {
    auto bio = make_datagram_bio(io);
    if (!ssl || !bio) {
      state = DtlsState::failed;
      return;
    }
    SSL_set_bio(ssl.get(), bio.get(), bio.get());  // one reference serves both directions
    static_cast<void>(bio.release());
    DTLS_set_link_mtu(ssl.get(), static_cast<long>(kLinkMtu));
    DTLS_set_timer_cb(ssl.get(), next_retransmit);
    if (role == DtlsRole::client) {
      SSL_set_connect_state(ssl.get());
    } else {
      SSL_set_accept_state(ssl.get());
    }
  }

  // Gives `record` to OpenSSL. Plain records are numbered anew: nothing authenticates their number,
  // and one forged high number would make OpenSSL take all that follow for replays.
  void feed(const DtlsRecord& record, const Path& from, PacketBatch& out) {
    std::array<std::uint8_t, kMaxDatagram> renumbered;
    io = {.inbound = record.whole, .to = &from, .out = &out};
    if (record.epoch == 0 && record.whole.size() <= renumbered.size()) {
      std::ranges::copy(record.whole, renumbered.begin());
      ByteWriter number(MutableBytes(renumbered).subspan(kRecordNumberOffset, 6));
      number.u16(0);
      number.u32(static_cast<std::uint32_t>(plain_records++));
      io.inbound = Bytes(renumbered).first(record.whole.size());
    }
    advance();
    io = {};
  }

  [[nodiscard]] DtlsReading reading() const {
    if (state != DtlsState::handshaking) return DtlsReading::connected;
    const OSSL_HANDSHAKE_STATE at = SSL_get_state(ssl.get());
    const bool is_past_change = at == TLS_ST_SR_CHANGE || at == TLS_ST_CR_CHANGE;
    return is_past_change ? DtlsReading::encrypted : DtlsReading::plain;
  }

  // Lets OpenSSL work on io.inbound and on what is due.
  void advance() {
    ERR_clear_error();
    if (state == DtlsState::handshaking) handshake();
    if (state == DtlsState::connected && !is_deaf) read();
    ERR_clear_error();
  }

  void handshake() {
    const int result = SSL_do_handshake(ssl.get());
    if (result == 1) {
      finish();
    } else if (const int error = SSL_get_error(ssl.get(), result);
               error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      state = DtlsState::failed;
    }
  }

  void finish() {
    if (has_fingerprint(ssl.get(), expected)) keys = export_keys(ssl.get(), role);
    state = keys ? DtlsState::connected : DtlsState::failed;
    if (!keys) SSL_shutdown(ssl.get());  // tells the other side not to wait for media
  }

  // After the handshake only the peer's close and its repeated last flight matter; whatever else
  // OpenSSL complains about must not end a running call (security.md S4).
  void read() {
    std::array<char, 256> ignored;
    for (;;) {
      const int result = SSL_read(ssl.get(), ignored.data(), static_cast<int>(ignored.size()));
      if (result > 0) continue;
      if ((SSL_get_shutdown(ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0) {
        state = DtlsState::closed;
      } else if (SSL_get_error(ssl.get(), result) != SSL_ERROR_WANT_READ) {
        is_deaf = true;
      }
      return;
    }
  }

  void rearm(Timestamp now) {
    deadline = kNever;
    timeval remaining{};
    if (state != DtlsState::handshaking) return;
    if (DTLSv1_get_timeout(ssl.get(), &remaining) == 1) {
      deadline = now + std::chrono::seconds(remaining.tv_sec) +
                 std::chrono::microseconds(remaining.tv_usec);
    }
  }

  [[nodiscard]] bool is_over() const {
    return state == DtlsState::failed || state == DtlsState::closed;
  }
};

Dtls::Dtls(const DtlsContext& context, DtlsRole role, const Fingerprint& expected_peer)
    : impl_(std::make_unique<Impl>(context.state_->ssl.get(), role, expected_peer)) {}
Dtls::Dtls(Dtls&&) noexcept = default;
Dtls& Dtls::operator=(Dtls&&) noexcept = default;
Dtls::~Dtls() = default;

void Dtls::start(const Path& to, Timestamp now, PacketBatch& out) {
  if (impl_->role != DtlsRole::client || impl_->state != DtlsState::handshaking) return;
  impl_->io = {.inbound = {}, .to = &to, .out = &out};
  impl_->advance();
  impl_->io = {};
  impl_->rearm(now);
}

void Dtls::on_datagram(const Path& from, Bytes datagram, Timestamp now, PacketBatch& out) {
  // One record at a time: whether a record is welcome depends on what the one before has done.
  while (!impl_->is_over()) {
    const auto record = take_record(datagram);
    if (!record) break;
    if (!is_welcome(*record, impl_->role, impl_->reading())) continue;
    impl_->feed(*record, from, out);
  }
  impl_->rearm(now);
}

void Dtls::tick(const Path& to, Timestamp now, PacketBatch& out) {
  if (impl_->state != DtlsState::handshaking || now < impl_->deadline) return;
  impl_->io = {.inbound = {}, .to = &to, .out = &out};
  ERR_clear_error();
  // Below zero: repeated too often. The owner decides by its own limit how long to go on.
  if (DTLSv1_handle_timeout(impl_->ssl.get()) < 0) impl_->state = DtlsState::failed;
  ERR_clear_error();
  impl_->io = {};
  impl_->rearm(now);
}

Timestamp Dtls::deadline() const { return impl_->deadline; }

void Dtls::close(const Path& to, PacketBatch& out) {
  if (impl_->state == DtlsState::connected && !impl_->is_deaf) {
    impl_->io = {.inbound = {}, .to = &to, .out = &out};
    ERR_clear_error();
    SSL_shutdown(impl_->ssl.get());
    ERR_clear_error();
    impl_->io = {};
  }
  if (!impl_->is_over()) impl_->state = DtlsState::closed;
  impl_->deadline = kNever;
}

DtlsState Dtls::state() const { return impl_->state; }

SrtpKeys Dtls::take_keys() {
  PARLEY_CHECK(impl_->keys.has_value());
  SrtpKeys keys = std::move(*impl_->keys);
  impl_->keys.reset();
  return keys;
}

}  // namespace parley::sfu
