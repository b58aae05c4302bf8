// What clients get over WebSocket from the real program.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/base64url.hpp"
#include "client/core/device_key.hpp"
#include "net/os_random.hpp"
#include "protocol/proof.hpp"
#include "tests/unit/server/running_service.hpp"
#include "tests/unit/server/tls_client.hpp"

namespace parley::signaling {
namespace {

constexpr std::size_t kMaxMessage = 16 * 1024;
constexpr int kPerAddress = 20;

class WebSocketTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new ServiceDirectory(
        "server: {port: 0, web_root: web, max_connections_per_address: 20}\n"
        "limits: {hello_limit_ms: 3000}\n");
    service_ = new RunningService(*directory_);
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(service_->stop().exit_code, 0);
    delete service_;
    delete directory_;
  }
  static std::filesystem::path ca() { return directory_->path() / "pki" / "ca.pem"; }
  static std::uint16_t port() { return service_->https_port(); }
  static std::string own_origin() { return "https://localhost:" + std::to_string(port()); }
  static bool opens(const WsClient::Request& request) {
    return WsClient(port(), ca(), request).is_open();
  }
  // The code of a new link, as its fragment has it.
  static std::string invitation() {
    const Finished made = directory_->administer({"invite", "--room", "Lobby", "--create-room"});
    EXPECT_EQ(made.exit_code, 0) << made.output;
    const std::string text = made.output.substr(made.output.find("#i=") + 3);
    const auto code = from_base64url(text.substr(0, text.find('\n')));
    return {code->begin(), code->end()};
  }
  // With a key of its own.
  static api::ClientMessage enrol(const std::string& code, const std::string& challenge) {
    net::OsRandom random;
    const auto device = client::DeviceKey::generate(random);
    const std::string key(as_text(device.public_key()));
    api::ClientMessage message;
    message.set_request_id(2);
    message.mutable_enrol()->set_invitation(code);
    message.mutable_enrol()->set_public_key(key);
    message.mutable_enrol()->set_signature(device.sign(
        protocol::proof_text(protocol::ProofOf::enrolment, "localhost", challenge, key)));
    message.mutable_enrol()->set_display_name("Ada");
    return message;
  }

  static inline ServiceDirectory* directory_ = nullptr;
  static inline RunningService* service_ = nullptr;
};

TEST_F(WebSocketTest, GreetsAClientWithItsSubprotocolAndWithoutCompression) {
  WsClient client(port(), ca());
  ASSERT_TRUE(client.is_open()) << client.head();
  EXPECT_NE(client.head().find("sec-websocket-protocol: parley.v1"), std::string::npos);
  EXPECT_EQ(client.head().find("sec-websocket-extensions"), std::string::npos);
  EXPECT_EQ(client.greet().welcome().version(), 2U);
}

TEST_F(WebSocketTest, OpensForItsOwnPageAndNativeClientsOnly) {
  EXPECT_TRUE(opens({.origin = own_origin()}));
  EXPECT_TRUE(opens({}));
  for (const std::string& origin :
       {std::string("https://evil.example"), std::string("null"), std::string("https://localhost"),
        own_origin() + "1", own_origin() + "/", "http" + own_origin().substr(5),
        std::string(1000, 'o')}) {
    EXPECT_FALSE(opens({.origin = origin})) << origin;
  }
}

TEST_F(WebSocketTest, OpensOnItsPathAndSubprotocolOnly) {
  EXPECT_FALSE(opens({.path = "/"}));
  EXPECT_FALSE(opens({.path = "/ws/"}));
  EXPECT_FALSE(opens({.path = "/assets/app-1a2b3c.js"}));
  EXPECT_FALSE(opens({.protocol = ""}));
  EXPECT_FALSE(opens({.protocol = "parley.v2"}));
  EXPECT_FALSE(opens({.protocol = "http"}));
}

TEST_F(WebSocketTest, TurnsALinkOfTheCommandLineIntoADeviceOnce) {
  const std::string link = invitation();
  WsClient first(port(), ca());
  const std::string challenge = first.greet().welcome().challenge();
  const api::ServerMessage enrolled = first.ask(enrol(link, challenge));
  ASSERT_TRUE(enrolled.has_enrolled()) << enrolled.DebugString();
  EXPECT_EQ(enrolled.enrolled().display_name(), "Ada");
  EXPECT_FALSE(enrolled.enrolled().credential().empty());
  WsClient second(port(), ca());
  const std::string other = second.greet().welcome().challenge();
  EXPECT_EQ(second.ask(enrol(link, other)).error().code(), api::Error::INVITATION_USED);
}

TEST_F(WebSocketTest, RefusesAForgedLink) {
  std::string forged = invitation();
  forged.back() = static_cast<char>(forged.back() ^ 1);
  WsClient client(port(), ca());
  const std::string challenge = client.greet().welcome().challenge();
  EXPECT_EQ(client.ask(enrol(forged, challenge)).error().code(), api::Error::INVITATION_INVALID);
}

TEST_F(WebSocketTest, PutsFragmentsTogether) {
  api::ClientMessage hello;
  hello.set_request_id(1);
  hello.mutable_hello()->set_min_version(2);
  hello.mutable_hello()->set_max_version(2);
  const std::string bytes = hello.SerializeAsString();
  WsClient client(port(), ca());
  client.send_frame(2, bytes.substr(0, 1), false);
  client.send_frame(9, "ping");  // a control frame may stand between fragments
  client.send_frame(0, bytes.substr(1, 2), false);
  client.send_frame(0, bytes.substr(3), true);
  EXPECT_EQ(client.read_frame().opcode, 10);
  EXPECT_TRUE(client.receive().has_welcome());
}

TEST_F(WebSocketTest, TakesTheLargestMessageAndClosesOnOneByteMore) {
  WsClient fits(port(), ca());
  fits.send_frame(2, std::string(kMaxMessage, '\xff'));
  EXPECT_EQ(fits.receive().error().code(), api::Error::MALFORMED);
  WsClient too_big(port(), ca());
  too_big.send_frame(2, std::string(kMaxMessage + 1, '\xff'));
  EXPECT_EQ(too_big.read_frame().close_code(), 1009);
  WsClient in_parts(port(), ca());
  in_parts.send_frame(2, std::string(kMaxMessage, '\xff'), false);
  in_parts.send_frame(0, "x", true);
  EXPECT_EQ(in_parts.read_frame().close_code(), 1009);
}

TEST_F(WebSocketTest, TakesBinaryMessagesOnly) {
  WsClient client(port(), ca());
  client.send_frame(1, "hello");
  EXPECT_EQ(client.read_frame().close_code(), 1003);
}

TEST_F(WebSocketTest, EndsConnectionsThatBreakTheFramingAndNoOther) {
  WsClient good(port(), ca());
  good.greet();
  {
    WsClient reserved_opcode(port(), ca());
    reserved_opcode.send_frame(5, "x");
    EXPECT_NE(reserved_opcode.read_frame().opcode, 2);
    WsClient long_ping(port(), ca());
    long_ping.send_frame(9, std::string(126, 'p'));
    EXPECT_NE(long_ping.read_frame().opcode, 2);
    WsClient garbage(port(), ca());
    garbage.raw().write(std::string(5000, '\xff'));
    EXPECT_NE(garbage.read_frame().opcode, 2);
    WsClient cut(port(), ca());
    cut.raw().write(std::string_view("\x82\xfe\x40", 3));
  }
  api::ClientMessage ping;
  ping.set_request_id(9);
  ping.mutable_ping();
  const api::ServerMessage answer = good.ask(ping);
  EXPECT_EQ(answer.request_id(), 9U);
}

TEST_F(WebSocketTest, ClosesAClientThatDoesNotSignInInTime) {
  WsClient client(port(), ca());
  client.greet();
  WsFrame frame = client.read_frame();
  while (frame.opcode == 2) frame = client.read_frame();
  EXPECT_EQ(frame.close_code(), 1008);
}

TEST_F(WebSocketTest, RefusesOneConnectionMoreThanAnAddressMayHave) {
  std::vector<std::unique_ptr<TlsClient>> clients;
  while (clients.size() < kPerAddress + 1) {
    clients.push_back(std::make_unique<TlsClient>(port(), TlsClient::Options{.ca_file = ca()}));
    if (!clients.back()->is_open()) break;
  }
  // Connections of earlier tests may still be closing, so the limit may come a little earlier.
  EXPECT_LE(clients.size(), kPerAddress + 1U);
  EXPECT_FALSE(clients.back()->is_open());
}

}  // namespace
}  // namespace parley::signaling
