#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fstream>
#include <utility>

namespace parley::net {
namespace {

Error unreadable(const std::string& file, const char* what) {
  return {.code = ErrorCode::not_found,
          .message = std::string("The ") + what + " " + file + " cannot be read."};
}

Error not_pem(const std::string& file, const char* what) {
  ERR_clear_error();
  return {.code = ErrorCode::invalid_argument,
          .message = file + " holds no " + what + " in PEM format."};
}

bool is_readable(const std::string& file) { return std::ifstream(file).good(); }

void set_rules(SSL_CTX* context, TlsRole role) {
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (role == TlsRole::server) SSL_CTX_set_num_tickets(context, 0);
  // A key with a passphrase is an error here, never a question on the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
}

}  // namespace

Result<TlsContext> TlsContext::load(TlsRole role, const TlsFiles& files) {
  for (const auto& [file, what] : {std::pair(&files.certificate_file, "certificate"),
                                   std::pair(&files.key_file, "private key"),
                                   std::pair(&files.ca_file, "certificate authority")}) {
    if (!is_readable(*file)) return std::unexpected(unreadable(*file, what));
  }
  TlsContext made(role,
                  SSL_CTX_new(role == TlsRole::server ? TLS_server_method() : TLS_client_method()));
  SSL_CTX* context = made.raw();
  if (context == nullptr) return fail(ErrorCode::io, "OpenSSL gives no TLS context.");
  set_rules(context, role);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate_file.c_str()) != 1) {
    return std::unexpected(not_pem(files.certificate_file, "certificate"));
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    if (!mismatch) return std::unexpected(not_pem(files.key_file, "private key"));
    ERR_clear_error();
    return fail(ErrorCode::failed_precondition, "The private key " + files.key_file +
                                                    " does not belong to the certificate " +
                                                    files.certificate_file + ".");
  }
  if (SSL_CTX_load_verify_file(context, files.ca_file.c_str()) != 1) {
    return std::unexpected(not_pem(files.ca_file, "certificate"));
  }
  return made;
}

TlsContext::TlsContext(const TlsContext& other) : role_(other.role_), context_(other.context_) {
  if (context_ != nullptr) SSL_CTX_up_ref(context_);
}

TlsContext& TlsContext::operator=(const TlsContext& other) {
  TlsContext copy(other);
  return *this = std::move(copy);
}

TlsContext::TlsContext(TlsContext&& other) noexcept
    : role_(other.role_), context_(std::exchange(other.context_, nullptr)) {}

TlsContext& TlsContext::operator=(TlsContext&& other) noexcept {
  role_ = other.role_;
  std::swap(context_, other.context_);
  return *this;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

}  // namespace parley::net
