#include "sfu/transport/dtls_context.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

#include <string>
#include <utility>

#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

namespace {

constexpr unsigned long kOldestOpenssl = 0x30000160UL;   // 3.0.22
constexpr unsigned long kFirstWithMlKem = 0x30500000UL;  // 3.5.0
constexpr long kLongestRecord =
    1200;  // bytes we write: else 16 KiB are reserved for each handshake
constexpr long kCertificateLifetime = 365L * 24 * 60 * 60;  // s; browsers do not look at it

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;
using Certificate = std::unique_ptr<X509, CertificateFree>;

std::unexpected<Error> refuse(std::string what) {
  std::string reason = "no reason given";
  if (const char* text = ERR_reason_error_string(ERR_peek_last_error())) reason = text;
  ERR_clear_error();
  return fail(ErrorCode::io, std::move(what) + " was refused by OpenSSL: " + reason + ".");
}

const char* openssl_name(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::aes128_cm_sha1_80:
      return "SRTP_AES128_CM_SHA1_80";
    case SrtpProfile::aead_aes_128_gcm:
      return "SRTP_AEAD_AES_128_GCM";
    case SrtpProfile::aead_aes_256_gcm:
      return "SRTP_AEAD_AES_256_GCM";
  }
  return "";
}

// Any certificate is accepted here: self-signed ones prove nothing by themselves. What counts is
// the fingerprint, compared when the handshake is over and before keys exist.
int accept_any_certificate(X509_STORE_CTX*, void*) { return 1; }

bool fill_certificate(X509* certificate, EVP_PKEY* key) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 60 * 60) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kCertificateLifetime) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>("parley"), -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_sign(certificate, key, EVP_sha256()) != 0;
}

bool set_limits(SSL_CTX* ssl) {
  SSL_CTX_set_options(ssl, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Without a chain to look for, none is built and verified for each handshake.
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(ssl, static_cast<long>(kMaxHandshakeMessage));
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(ssl, accept_any_certificate, nullptr);
  const char* groups =
      OpenSSL_version_num() >= kFirstWithMlKem ? "X25519MLKEM768:X25519:P-256" : "X25519:P-256";
  return SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_send_fragment(ssl, kLongestRecord) == 1 &&
         SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
         SSL_CTX_set1_groups_list(ssl, groups) == 1;
}

}  // namespace

Result<void> check_openssl_version(unsigned long version) {
  if (version >= kOldestOpenssl) return {};
  const auto part = [version](unsigned shift) { return std::to_string((version >> shift) & 0xff); };
  return fail(ErrorCode::failed_precondition,
              "This OpenSSL is version " + std::to_string(version >> 28) + "." + part(20) + "." +
                  part(4) + "; 3.0.22 or later is needed for its DTLS security fixes.");
}

Result<DtlsContext> DtlsContext::create(std::vector<SrtpProfile> profiles) {
  if (auto version = check_openssl_version(OpenSSL_version_num()); !version) {
    return std::unexpected(version.error());
  }
  if (profiles.empty()) {
    return fail(ErrorCode::invalid_argument, "At least one SRTP profile is needed.");
  }
  std::string names;
  for (const SrtpProfile profile : profiles) {
    if (!names.empty()) names += ':';
    names += openssl_name(profile);
  }
  ERR_clear_error();
  auto state = std::make_unique<State>();
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  if (!key || !certificate || !fill_certificate(certificate.get(), key.get())) {
    return refuse("The DTLS certificate");
  }
  unsigned size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), state->fingerprint.data(), &size) != 1) {
    return refuse("The DTLS fingerprint");
  }
  state->ssl.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* ssl = state->ssl.get();
  if (ssl == nullptr || !set_limits(ssl) || SSL_CTX_use_certificate(ssl, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(ssl, key.get()) != 1) {
    return refuse("The DTLS configuration");
  }
  // Unlike its siblings this function returns 0 when all is well.
  if (SSL_CTX_set_tlsext_use_srtp(ssl, names.c_str()) != 0) {
    return refuse("The list of SRTP profiles");
  }
  return DtlsContext(std::move(state));
}

DtlsContext::DtlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
DtlsContext::DtlsContext(DtlsContext&&) noexcept = default;
DtlsContext& DtlsContext::operator=(DtlsContext&&) noexcept = default;
DtlsContext::~DtlsContext() = default;

const Fingerprint& DtlsContext::fingerprint() const { return state_->fingerprint; }

}  // namespace parley::sfu
