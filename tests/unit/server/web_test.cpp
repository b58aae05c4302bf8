// What a browser gets over HTTPS from the real program.
#include <gtest/gtest.h>

#include "tests/unit/server/running_service.hpp"
#include "tests/unit/server/tls_client.hpp"

namespace parley::signaling {
namespace {

class WebTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new ServiceDirectory();
    service_ = new RunningService(*directory_);
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(service_->stop().exit_code, 0);
    delete service_;
    delete directory_;
  }
  static TlsClient::Options options() { return {.ca_file = directory_->path() / "pki" / "ca.pem"}; }
  static HttpResponse get(std::string_view path, std::string_view headers = "") {
    TlsClient client(service_->https_port(), options());
    return http(client, "GET", path, headers);
  }

  static inline ServiceDirectory* directory_ = nullptr;
  static inline RunningService* service_ = nullptr;
};

TEST_F(WebTest, ServesThePageWithItsSecurityHeaders) {
  const HttpResponse page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html><title>Parley</title>");
  for (const char* header :
       {"content-type: text/html; charset=utf-8", "cache-control: no-cache",
        "content-security-policy: default-src 'self'; connect-src 'self';", "object-src 'none'",
        "frame-ancestors 'none'", "x-content-type-options: nosniff", "referrer-policy: no-referrer",
        "permissions-policy: microphone=(self)", "cross-origin-opener-policy: same-origin",
        "etag: \""}) {
    EXPECT_NE(page.head.find(header), std::string::npos) << header << "\n" << page.head;
  }
  EXPECT_EQ(page.head.find("unsafe-inline"), std::string::npos);
  // Not for localhost: it would break other services of this machine.
  EXPECT_EQ(page.head.find("strict-transport-security"), std::string::npos);
}

TEST_F(WebTest, ServesLargeHashedAssetsWholeAndForLong) {
  const HttpResponse asset = get("/assets/app-1a2b3c.js");
  EXPECT_EQ(asset.status, 200);
  EXPECT_EQ(asset.body, std::string(200'000, 'x'));
  EXPECT_NE(asset.head.find("cache-control: public, max-age=31536000, immutable"),
            std::string::npos);
}

TEST_F(WebTest, AnswersAKnownTagWithoutTheBody) {
  const HttpResponse first = get("/");
  const std::size_t at = first.head.find("etag: ") + 6;
  const std::string etag = first.head.substr(at, first.head.find('\r', at) - at);
  EXPECT_EQ(get("/", "If-None-Match: " + etag + "\r\n").status, 304);
  EXPECT_EQ(get("/", "If-None-Match: \"other\"\r\n").status, 200);
}

TEST_F(WebTest, ServesSeveralRequestsOnOneConnection) {
  TlsClient client(service_->https_port(), options());
  EXPECT_EQ(http(client, "GET", "/").status, 200);
  EXPECT_EQ(http(client, "GET", "/nothing").status, 404);
  EXPECT_EQ(http(client, "HEAD", "/").status, 200);
  EXPECT_EQ(http(client, "GET", "/assets/app-1a2b3c.js").body.size(), 200'000U);
}

TEST_F(WebTest, LetsNoPathLeaveTheWebRoot) {
  for (const char* path :
       {"/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/%2e%2e%2f%2e%2e%2fetc/passwd", "//etc/passwd", "/assets/..%5c..%5csecret.txt",
        "/.git/config", "/index.html/", "/index.html%00.js"}) {
    const HttpResponse response = get(path);
    EXPECT_NE(response.status, 200) << path;
    EXPECT_EQ(response.body.find("not for the web"), std::string::npos) << path;
  }
}

TEST_F(WebTest, AnswersOtherMethodsWithTheOnesItHas) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    TlsClient client(service_->https_port(), options());
    const HttpResponse response = http(client, method, "/", "Content-Length: 0\r\n");
    EXPECT_NE(response.status, 200) << method;
    if (response.status == 405) {
      EXPECT_NE(response.head.find("allow: get, head"), std::string::npos);
    }
  }
  TlsClient client(service_->https_port(), options());
  EXPECT_EQ(http(client, "POST", "/", "Content-Length: 0\r\n").status, 405);
}

TEST_F(WebTest, SpeaksNoOldTls) {
  TlsClient::Options old = options();
  old.max_version = TLS1_1_VERSION;
  EXPECT_FALSE(TlsClient(service_->https_port(), old).is_open());
  old.max_version = TLS1_2_VERSION;
  EXPECT_TRUE(TlsClient(service_->https_port(), old).is_open());
}

TEST_F(WebTest, SurvivesGarbageInPlaceOfHttp) {
  for (const std::string& garbage :
       {std::string("\x00\x01\x02\xff\r\n\r\n", 8), std::string(20'000, 'A'),
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string("GET\r\n\r\n"),
        "GET / HTTP/1.1\r\nX: " + std::string(9'000, 'h') + "\r\n\r\n"}) {
    TlsClient client(service_->https_port(), options());
    client.write(garbage);
    client.write("\r\n\r\n");
  }
  EXPECT_EQ(get("/").status, 200);
}

TEST_F(WebTest, EndsAConnectionThatNeverSpeaks) {
  TlsClient client(service_->https_port(), options());
  EXPECT_EQ(client.read_all(), "");  // ended by the server, before the client's patience
}

}  // namespace
}  // namespace parley::signaling
