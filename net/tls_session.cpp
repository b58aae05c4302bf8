#include "net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.hpp"
#include "base/endpoint.hpp"

namespace parley::net {
namespace {

std::string first_dns_name(const X509& certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && found.empty(); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS) continue;
    const ASN1_STRING* text = name->d.dNSName;
    found.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                 static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(names);
  return found;
}

std::string common_name(const X509& certificate) {
  char text[256] = {};
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName,
                                               text, sizeof text);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string{};
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsSession::TlsSession(const TlsContext& context, const std::string& server_name)
    : ssl_(SSL_new(context.raw())) {
  PARLEY_CHECK(ssl_ != nullptr);
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (context.role() == TlsRole::server) {
    SSL_set_accept_state(ssl_.get());
    return;
  }
  SSL_set_connect_state(ssl_.get());
  if (IpAddress::parse(server_name)) {
    PARLEY_CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), server_name.c_str()) ==
                 1);
    return;
  }
  SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str());
  PARLEY_CHECK(SSL_set1_host(ssl_.get(), server_name.c_str()) == 1);
}

void TlsSession::feed(Bytes received) {
  const int size = static_cast<int>(received.size());
  PARLEY_CHECK(BIO_write(SSL_get_rbio(ssl_.get()), received.data(), size) == size);
}

TlsSession::State TlsSession::handshake() {
  if (state_ != State::handshaking) return state_;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    state_ = State::open;
  } else {
    on_result(result);
  }
  return state_;
}

std::size_t TlsSession::read(MutableBytes out) {
  if (state_ != State::open) return 0;
  ERR_clear_error();
  const int result = SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
  if (result > 0) return static_cast<std::size_t>(result);
  on_result(result);
  return 0;
}

bool TlsSession::write(Bytes plain) {
  if (state_ != State::open) return false;
  if (plain.empty()) return true;
  ERR_clear_error();
  const int result = SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  if (result <= 0) on_result(result);
  return result > 0;
}

void TlsSession::shut_down() {
  if (state_ != State::open) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  state_ = State::closed;
}

void TlsSession::on_result(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  if (error == SSL_ERROR_ZERO_RETURN) {
    state_ = State::closed;
    return;
  }
  state_ = State::failed;
  if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK) {
    failure_ = std::string("the peer's certificate is not accepted: ") +
               X509_verify_cert_error_string(verdict);
  } else if (const int alert = ERR_GET_REASON(ERR_peek_error()) - SSL_AD_REASON_OFFSET; alert > 0) {
    failure_ = std::string("the peer refuses the connection: ") + SSL_alert_desc_string_long(alert);
  } else {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    failure_ = std::string("TLS failed: ") + (reason != nullptr ? reason : "unknown error");
  }
  ERR_clear_error();
}

Bytes TlsSession::output() const {
  char* data = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &data);
  return {reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

void TlsSession::drop_output() { static_cast<void>(BIO_reset(SSL_get_wbio(ssl_.get()))); }

std::string TlsSession::peer_name() const {
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return {};
  std::string name = first_dns_name(*certificate);
  return name.empty() ? common_name(*certificate) : name;
}

}  // namespace parley::net
