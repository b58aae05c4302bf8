#include "tests/unit/net/test_pki.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/check.hpp"

namespace parley::test {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

constexpr long kDay = 24 * 60 * 60;

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  PARLEY_CHECK(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// `from` and `to` are seconds from now.
Certificate begin_certificate(const std::string& name, EVP_PKEY* key, long from, long to) {
  static long serial = 0;
  Certificate made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), to);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return made;
}

std::FILE* open_to_write(const std::string& file) {
  std::FILE* out = std::fopen(file.c_str(), "w");
  PARLEY_CHECK(out != nullptr);
  return out;
}

void write_certificate(const std::string& file, X509* certificate) {
  std::FILE* out = open_to_write(file);
  PARLEY_CHECK(PEM_write_X509(out, certificate) == 1);
  std::fclose(out);
}

void write_key(const std::string& file, EVP_PKEY* key) {
  std::FILE* out = open_to_write(file);
  PARLEY_CHECK(PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(out);
}

}  // namespace

struct TestPki::Authority {
  Key key;
  Certificate certificate;
};

TestPki::TestPki() : authority_(std::make_unique<Authority>()) {
  authority_->key.reset(EVP_EC_gen("P-256"));
  authority_->certificate =
      begin_certificate("Test authority", authority_->key.get(), -kDay, 10 * kDay);
  X509* certificate = authority_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  PARLEY_CHECK(X509_sign(certificate, authority_->key.get(), EVP_sha256()) > 0);
  write_certificate(ca_file(), certificate);
}

TestPki::~TestPki() = default;

net::TlsFiles TestPki::issue(const std::string& name, Validity validity) {
  const Key key(EVP_EC_gen("P-256"));
  const bool is_expired = validity == Validity::expired;
  const Certificate made = begin_certificate(name, key.get(), is_expired ? -5 * kDay : -kDay,
                                             is_expired ? -kDay : 5 * kDay);
  X509_set_issuer_name(made.get(), X509_get_subject_name(authority_->certificate.get()));
  add_extension(made.get(), authority_->certificate.get(), NID_subject_alt_name, "DNS:" + name);
  add_extension(made.get(), authority_->certificate.get(), NID_ext_key_usage,
                "serverAuth,clientAuth");
  PARLEY_CHECK(X509_sign(made.get(), authority_->key.get(), EVP_sha256()) > 0);
  const net::TlsFiles files{.certificate_file = directory() / (name + ".pem"),
                            .key_file = directory() / (name + ".key"),
                            .ca_file = ca_file()};
  write_certificate(files.certificate_file, made.get());
  write_key(files.key_file, key.get());
  return files;
}

}  // namespace parley::test
