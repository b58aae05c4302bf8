#include "net/tls_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/tcp_listener.hpp"
#include "net/tls_listener.hpp"
#include "tests/unit/net/test_pki.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::net {
namespace {

using std::chrono::milliseconds;
using test::run_until;
using test::TestPki;
using ::testing::HasSubstr;

const Endpoint kAnyPort{.address = IpAddress::parse("127.0.0.1").value()};
constexpr auto kServerName = "signaling.test";
constexpr auto kClientName = "node-1.test";

TlsContext context_of(TlsRole role, const TlsFiles& files) {
  return TlsContext::load(role, files).value();
}

// One end of a stream that remembers what came.
struct End {
  TlsStreamHandlers handlers() {
    return {.on_open = [this] { is_open = true; },
            .on_message = [this](Bytes message) { got.emplace_back(as_text(message)); },
            .on_closed = [this](std::string_view reason) { closed = std::string(reason); }};
  }
  bool is_open = false;
  std::vector<std::string> got;
  std::optional<std::string> closed;
  std::unique_ptr<TlsStream> stream;
};

class TlsStreams : public ::testing::Test {
 protected:
  void listen(const TlsFiles& files, TlsStreamOptions options = {}, Endpoint bind = kAnyPort) {
    listener =
        TlsListener::open(
            loop, bind, context_of(TlsRole::server, files), options,
            {.on_stream =
                 [this](std::unique_ptr<TlsStream> stream) {
                   server.stream = std::move(stream);
                   server.stream->set_handlers(server.handlers());
                 },
             .on_refused = [this](const Endpoint&,
                                  std::string_view reason) { refused.emplace_back(reason); }})
            .value();
  }
  void listen() { listen(pki.issue(kServerName)); }

  void connect(const TlsFiles& files, const std::string& expected_name = kServerName,
               TlsStreamOptions options = {}) {
    client.is_open = false;
    client.closed.reset();
    client.stream =
        TlsStream::connect(loop, "127.0.0.1", listener->local_endpoint().port, expected_name,
                           context_of(TlsRole::client, files), options, client.handlers());
  }
  void connect() { connect(pki.issue(kClientName)); }

  void meet(TlsStreamOptions server_options = {}, TlsStreamOptions client_options = {}) {
    listen(pki.issue(kServerName), server_options);
    connect(pki.issue(kClientName), kServerName, client_options);
    ASSERT_TRUE(run_until(loop, [this] { return client.is_open && server.stream; }));
  }
  bool wait_for_refusal() {
    return run_until(loop, [this] { return !refused.empty() && client.closed.has_value(); });
  }

  Loop loop;
  TestPki pki;
  std::unique_ptr<TlsListener> listener;
  std::vector<std::string> refused;
  End server;
  End client;
};

TEST_F(TlsStreams, CarryMessagesBothWaysAndKnowThePeersName) {
  meet();
  EXPECT_EQ(server.stream->peer_name(), kClientName);
  EXPECT_EQ(client.stream->peer_name(), kServerName);
  const std::string large(256 * 1024, 'L');
  EXPECT_TRUE(client.stream->send(as_bytes("hello")));
  EXPECT_TRUE(client.stream->send(as_bytes("")));
  EXPECT_TRUE(client.stream->send(as_bytes(large)));
  EXPECT_TRUE(server.stream->send(as_bytes("welcome")));
  ASSERT_TRUE(run_until(loop, [&] { return server.got.size() == 3 && client.got.size() == 1; }));
  EXPECT_EQ(server.got, (std::vector<std::string>{"hello", "", large}));
  EXPECT_EQ(client.got, std::vector<std::string>{"welcome"});
}

TEST_F(TlsStreams, ResolveAName) {
  listen();
  client.stream = TlsStream::connect(
      loop, "localhost", listener->local_endpoint().port, kServerName,
      context_of(TlsRole::client, pki.issue(kClientName)), {}, client.handlers());
  EXPECT_TRUE(run_until(loop, [&] { return client.is_open; }));
}

TEST_F(TlsStreams, SayThatAHostIsNotReachable) {
  listen();
  const std::uint16_t port = listener->local_endpoint().port;
  listener.reset();
  client.stream = TlsStream::connect(loop, "127.0.0.1", port, kServerName,
                                     context_of(TlsRole::client, pki.issue(kClientName)), {},
                                     client.handlers());
  ASSERT_TRUE(run_until(loop, [&] { return client.closed.has_value(); }));
  EXPECT_EQ(*client.closed, "cannot connect to 127.0.0.1: connection refused");
}

TEST_F(TlsStreams, RefuseAServerOfAForeignAuthority) {
  TestPki foreign;
  listen(foreign.issue(kServerName));
  connect();
  ASSERT_TRUE(wait_for_refusal());
  EXPECT_THAT(*client.closed, HasSubstr("the peer's certificate is not accepted"));
  EXPECT_FALSE(client.is_open);
  EXPECT_EQ(server.stream, nullptr);
}

TEST_F(TlsStreams, RefuseAServerWithAnotherName) {
  listen(pki.issue("other.test"));
  connect();
  ASSERT_TRUE(wait_for_refusal());
  EXPECT_THAT(*client.closed, HasSubstr("ostname mismatch"));
}

TEST_F(TlsStreams, RefuseAnExpiredServer) {
  listen(pki.issue(kServerName, TestPki::Validity::expired));
  connect();
  ASSERT_TRUE(wait_for_refusal());
  EXPECT_EQ(*client.closed, "the peer's certificate is not accepted: certificate has expired");
}

TEST_F(TlsStreams, RefuseAClientOfAForeignAuthority) {
  listen();
  TestPki foreign;
  TlsFiles files = foreign.issue(kClientName);
  files.ca_file = pki.ca_file();
  connect(files);
  ASSERT_TRUE(wait_for_refusal());
  EXPECT_THAT(refused.front(), HasSubstr("the peer's certificate is not accepted"));
  EXPECT_THAT(*client.closed, HasSubstr("the peer refuses the connection: "));
  EXPECT_EQ(server.stream, nullptr);
}

TEST_F(TlsStreams, RefuseAnExpiredClient) {
  listen();
  connect(pki.issue(kClientName, TestPki::Validity::expired));
  ASSERT_TRUE(wait_for_refusal());
  EXPECT_EQ(refused.front(), "the peer's certificate is not accepted: certificate has expired");
  EXPECT_EQ(server.stream, nullptr);
}

TEST_F(TlsStreams, EndAConnectionThatDoesNotSpeakTls) {
  listen();
  std::optional<std::string> closed;
  std::unique_ptr<TcpConnection> raw;
  raw = TcpConnection::connect(
      loop, listener->local_endpoint(), {},
      {.on_connected = [&] { raw->send(as_bytes("GET / HTTP/1.1\r\n\r\n")); },
       .on_bytes = [](MutableBytes) {},
       .on_closed = [&](std::string_view reason) { closed = std::string(reason); }});
  ASSERT_TRUE(run_until(loop, [&] { return closed.has_value() && !refused.empty(); }));
  EXPECT_THAT(refused.front(), HasSubstr("TLS failed"));
}

TEST_F(TlsStreams, EndAConnectionThatSaysNothingWithinTheLimit) {
  listen(pki.issue(kServerName), {.open_timeout = milliseconds(20)});
  auto silent = TcpConnection::connect(
      loop, listener->local_endpoint(), {},
      {.on_connected = {}, .on_bytes = [](MutableBytes) {}, .on_closed = [](std::string_view) {}});
  ASSERT_TRUE(run_until(loop, [&] { return !refused.empty(); }));
  EXPECT_EQ(refused.front(), "no connection within the time limit");
}

TEST_F(TlsStreams, BoundTheHandshakesAtOnce) {
  listen();
  std::vector<std::unique_ptr<TcpConnection>> silent;
  for (std::size_t i = 0; i <= TlsListener::kMaxOpening; ++i) {
    silent.push_back(TcpConnection::connect(loop, listener->local_endpoint(), {},
                                            {.on_connected = {},
                                             .on_bytes = [](MutableBytes) {},
                                             .on_closed = [](std::string_view) {}}));
  }
  ASSERT_TRUE(run_until(loop, [&] { return !refused.empty(); }));
  EXPECT_EQ(refused, std::vector<std::string>{"too many handshakes at once"});
}

TEST_F(TlsStreams, RefuseToSendAMessageOverTheLimit) {
  meet({}, {.max_message_bytes = 100});
  EXPECT_TRUE(client.stream->send(as_bytes(std::string(100, 'x'))));
  EXPECT_FALSE(client.stream->send(as_bytes(std::string(101, 'x'))));
  ASSERT_TRUE(run_until(loop, [&] { return server.got.size() == 1; }));
  EXPECT_TRUE(client.stream->is_open());
}

TEST_F(TlsStreams, EndWhenAMessageOverTheLimitComes) {
  meet({.max_message_bytes = 100});
  EXPECT_TRUE(client.stream->send(as_bytes(std::string(101, 'x'))));
  ASSERT_TRUE(run_until(loop, [&] { return server.closed && client.closed; }));
  EXPECT_EQ(*server.closed, "a message is longer than 100 bytes");
  EXPECT_TRUE(server.got.empty());
}

TEST_F(TlsStreams, EndWhenThePeerDoesNotRead) {
  meet({.max_queued_bytes = 64 * 1024});
  client.stream->pause_reading();
  const std::string message(64 * 1024, 'x');
  while (server.stream->send(as_bytes(message))) {
  }
  EXPECT_FALSE(server.closed.has_value()) << "a handler ran within send()";
  ASSERT_TRUE(run_until(loop, [&] { return server.closed.has_value(); }));
  EXPECT_EQ(*server.closed, "the peer does not read");
}

TEST_F(TlsStreams, DeliverNothingWhilePausedAndAllOfItAfterwards) {
  meet();
  server.stream->pause_reading();
  client.stream->pause_reading();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.stream->send(as_bytes(std::to_string(i))));
  EXPECT_TRUE(server.stream->send(as_bytes("to client")));
  client.stream->resume_reading();
  ASSERT_TRUE(run_until(loop, [&] { return client.got.size() == 1; }));
  EXPECT_TRUE(server.got.empty());
  server.stream->resume_reading();
  EXPECT_TRUE(server.got.empty()) << "a handler ran within resume_reading()";
  ASSERT_TRUE(run_until(loop, [&] { return server.got.size() == 3; }));
}

TEST_F(TlsStreams, PausedByAMessageKeepTheOthersForLater) {
  meet();
  auto handlers = server.handlers();
  handlers.on_message = [this](Bytes message) {
    server.got.emplace_back(as_text(message));
    server.stream->pause_reading();
  };
  server.stream->set_handlers(std::move(handlers));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.stream->send(as_bytes(std::to_string(i))));
  for (std::size_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(run_until(loop, [&] { return server.got.size() == i; }));
    server.stream->resume_reading();
  }
  EXPECT_EQ(server.got, (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(TlsStreams, TellThePeerThatTheyClose) {
  meet();
  EXPECT_TRUE(client.stream->send(as_bytes("goodbye")));
  client.stream->close();
  ASSERT_TRUE(run_until(loop, [&] { return server.closed.has_value(); }));
  EXPECT_EQ(*server.closed, "closed by the peer");
  EXPECT_EQ(server.got, std::vector<std::string>{"goodbye"});
  EXPECT_FALSE(client.stream->is_open());
  EXPECT_FALSE(client.closed.has_value());
}

TEST_F(TlsStreams, MayBeDestroyedByAMessage) {
  meet();
  auto handlers = server.handlers();
  handlers.on_message = [this](Bytes message) {
    server.got.emplace_back(as_text(message));
    server.stream.reset();
  };
  server.stream->set_handlers(std::move(handlers));
  EXPECT_TRUE(client.stream->send(as_bytes("one")));
  EXPECT_TRUE(client.stream->send(as_bytes("two")));
  ASSERT_TRUE(run_until(loop, [&] { return client.closed.has_value(); }));
  EXPECT_EQ(server.got, std::vector<std::string>{"one"});
}

TEST_F(TlsStreams, MayBeDestroyedWhileTheyConnect) {
  listen();
  connect();
  client.stream.reset();
  connect();
  int looks = 0;
  ASSERT_TRUE(run_until(loop, [&] { return ++looks > 4; }));  // the handshake is under way
  client.stream.reset();
  connect();
  EXPECT_TRUE(run_until(loop, [&] { return client.is_open; }));
}

TEST_F(TlsStreams, ConnectAgainToARestartedServer) {
  meet();
  const Endpoint bind = listener->local_endpoint();
  listener.reset();
  server.stream.reset();
  ASSERT_TRUE(run_until(loop, [&] { return client.closed.has_value(); }));
  listen(pki.issue(kServerName), {}, bind);
  connect();
  ASSERT_TRUE(run_until(loop, [&] { return client.is_open && server.stream; }));
}

TEST_F(TlsStreams, UseARenewedCertificateFromTheNextConnectionOn) {
  TestPki renewed;
  meet();
  listener->set_context(context_of(TlsRole::server, renewed.issue(kServerName)));
  End second;
  second.stream = TlsStream::connect(
      loop, "127.0.0.1", listener->local_endpoint().port, kServerName,
      context_of(TlsRole::client, renewed.issue(kClientName)), {}, second.handlers());
  ASSERT_TRUE(run_until(loop, [&] { return second.is_open; }));
  EXPECT_TRUE(client.stream->send(as_bytes("the first connection goes on")));
  EXPECT_TRUE(client.stream->is_open());
}

}  // namespace
}  // namespace parley::net
