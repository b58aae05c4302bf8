// The certificate, key and authority of one side of the mutual TLS 1.3 between Parley's services.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

// OpenSSL's SSL_CTX, which stays out of this header.
struct ssl_ctx_st;

namespace parley::net {

// PEM files.
struct TlsFiles {
  std::string certificate_file;  // the chain, own certificate first
  std::string key_file;
  std::string ca_file;  // the authority that signs both sides
};

enum class TlsRole : std::uint8_t { client, server };

// Cheap to copy. Streams that exist keep the context they began with, so a service renews its
// certificates by making a new context (SIGHUP) and giving it to its listener or next connection.
class TlsContext {
 public:
  // Reads the files. Errors are one sentence that names the file: not_found (cannot be read),
  // invalid_argument (no PEM certificate or key), failed_precondition (key of another certificate).
  static Result<TlsContext> load(TlsRole role, const TlsFiles& files);
  TlsContext(const TlsContext& other);
  TlsContext& operator=(const TlsContext& other);
  TlsContext(TlsContext&& other) noexcept;
  TlsContext& operator=(TlsContext&& other) noexcept;
  ~TlsContext();

  [[nodiscard]] TlsRole role() const { return role_; }
  [[nodiscard]] ssl_ctx_st* raw() const { return context_; }

 private:
  TlsContext(TlsRole role, ssl_ctx_st* context) : role_(role), context_(context) {}
  TlsRole role_;
  ssl_ctx_st* context_;  // one reference of OpenSSL's own counting
};

}  // namespace parley::net
