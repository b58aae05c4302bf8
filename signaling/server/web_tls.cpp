#include "signaling/server/web_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "base/check.hpp"

namespace parley::signaling {

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

Result<void> load(SSL_CTX* context, const WebCertificate& certificate) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate.certificate_file.c_str()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::not_found, "the certificate file " + certificate.certificate_file +
                                          " cannot be read or holds no PEM certificate");
  }
  if (SSL_CTX_use_PrivateKey_file(context, certificate.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool is_mismatch = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
    ERR_clear_error();
    if (is_mismatch) {
      return fail(ErrorCode::failed_precondition, "the key in " + certificate.key_file +
                                                      " does not belong to the certificate in " +
                                                      certificate.certificate_file);
    }
    return fail(ErrorCode::not_found, "the key file " + certificate.key_file +
                                          " cannot be read or holds no PEM private key");
  }
  return {};
}

}  // namespace

void set_modern_tls(SSL_CTX* context) {
  PARLEY_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  PARLEY_CHECK(SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
  PARLEY_CHECK(SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

Result<void> check_certificate(const WebCertificate& certificate) {
  const std::unique_ptr<SSL_CTX, FreeContext> scratch(SSL_CTX_new(TLS_server_method()));
  PARLEY_CHECK(scratch != nullptr);
  return load(scratch.get(), certificate);
}

Result<void> use_certificate(SSL_CTX* context, const WebCertificate& certificate) {
  if (auto checked = check_certificate(certificate); !checked) return checked;
  return load(context, certificate);
}

}  // namespace parley::signaling
