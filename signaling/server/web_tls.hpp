// TLS towards browsers on OpenSSL: versions, ciphers, and the certificate, which can be renewed
// while connections live.
#pragma once

#include <string>

#include "base/result.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace parley::signaling {

struct WebCertificate {
  std::string certificate_file;  // PEM chain, leaf first
  std::string key_file;          // PEM
};

// TLS 1.2 and 1.3 with ECDHE and AEAD only; no renegotiation.
void set_modern_tls(ssl_ctx_st* context);

// Reads both files and sees that they belong together, without touching any context.
[[nodiscard]] Result<void> check_certificate(const WebCertificate& certificate);

// Checks, then makes the pair the one that new connections of `context` see. On an error the
// context keeps what it had.
[[nodiscard]] Result<void> use_certificate(ssl_ctx_st* context, const WebCertificate& certificate);

}  // namespace parley::signaling
