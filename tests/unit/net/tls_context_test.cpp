#include "net/tls_context.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/net/test_pki.hpp"

namespace parley::net {
namespace {

class TlsContextFiles : public ::testing::Test {
 protected:
  Error load_error() { return TlsContext::load(TlsRole::server, files).error(); }

  test::TestPki pki;
  TlsFiles files = pki.issue("signaling.test");
};

TEST_F(TlsContextFiles, ThatAreGoodMakeBothRoles) {
  for (const TlsRole role : {TlsRole::server, TlsRole::client}) {
    const auto context = TlsContext::load(role, files);
    ASSERT_TRUE(context.has_value());
    EXPECT_EQ(context->role(), role);
    TlsContext copy = *context;
    copy = *context;
    EXPECT_EQ(copy.raw(), context->raw());
  }
}

TEST_F(TlsContextFiles, ThatCannotBeReadAreNamed) {
  const TlsFiles good = files;
  files.certificate_file = "/nowhere/cert.pem";
  EXPECT_EQ(load_error().code, ErrorCode::not_found);
  EXPECT_EQ(load_error().message, "The certificate /nowhere/cert.pem cannot be read.");
  files = good;
  files.key_file = "/nowhere/key.pem";
  EXPECT_EQ(load_error().message, "The private key /nowhere/key.pem cannot be read.");
  files = good;
  files.ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(load_error().message, "The certificate authority /nowhere/ca.pem cannot be read.");
}

TEST_F(TlsContextFiles, ThatHoldSomethingElseAreNamed) {
  std::ofstream(files.key_file) << "not a key\n";
  EXPECT_EQ(load_error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(load_error().message, files.key_file + " holds no private key in PEM format.");
}

TEST_F(TlsContextFiles, WithTheKeyOfAnotherCertificateAreRefused) {
  files.key_file = pki.issue("other.test").key_file;
  EXPECT_EQ(load_error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(load_error().message, "The private key " + files.key_file +
                                      " does not belong to the certificate " +
                                      files.certificate_file + ".");
}

}  // namespace
}  // namespace parley::net
