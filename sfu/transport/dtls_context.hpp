// What DtlsContext holds, for the two files of the OpenSSL adapter.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "base/result.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::sfu {

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

struct DtlsContext::State {
  std::unique_ptr<SSL_CTX, SslContextFree> ssl;
  Fingerprint fingerprint{};
};

// `version` as OpenSSL_version_num() gives it. Older than 3.0.22 lacks the DTLS fixes of 2026
// (security.md S6) and is refused.
[[nodiscard]] Result<void> check_openssl_version(unsigned long version);

}  // namespace parley::sfu
