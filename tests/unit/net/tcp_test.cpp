#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/tcp_connection.hpp"
#include "net/tcp_listener.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::net {
namespace {

using test::run_until;

const Endpoint kLoopback4{.address = IpAddress::parse("127.0.0.1").value()};
const Endpoint kLoopback6{.address = IpAddress::parse("::1").value()};

// One end of a connection that remembers what came.
struct End {
  TcpConnectionHandlers handlers() {
    return {.on_connected = [this] { is_connected = true; },
            .on_bytes = [this](MutableBytes bytes) { got += as_text(bytes); },
            .on_closed = [this](std::string_view reason) { closed = std::string(reason); }};
  }
  bool is_connected = false;
  std::string got;
  std::optional<std::string> closed;
  std::unique_ptr<TcpConnection> connection;
};

// A listener and both ends of one connection through it.
struct Pair {
  explicit Pair(TcpConnectionOptions server_options = {}, const Endpoint& bind = kLoopback4)
      : listener(TcpListener::open(loop, bind, [this, server_options](ConnectedSocket socket) {
                   server.connection = std::make_unique<TcpConnection>(
                       std::move(socket), server_options, server.handlers());
                 }).value()) {
    client.connection =
        TcpConnection::connect(loop, listener->local_endpoint(), {}, client.handlers());
    EXPECT_TRUE(run_until(loop, [this] { return client.is_connected && server.connection; }));
  }

  Loop loop;
  End server;
  End client;
  std::unique_ptr<TcpListener> listener;
};

// Sends from the server until its socket takes nothing more at once.
int fill(TcpConnection& connection, Bytes message) {
  int sent = 0;
  while (connection.queued_bytes() == 0 && connection.send(message)) ++sent;
  return sent;
}

TEST(TcpListener, TakesAFewInEachTurnAndAllInTheEnd) {
  Loop loop;
  std::vector<ConnectedSocket> accepted;
  const auto listener = TcpListener::open(loop, kLoopback4, [&](ConnectedSocket socket) {
                          accepted.push_back(std::move(socket));
                        }).value();
  constexpr std::size_t kClients = 5 * TcpListener::kAcceptsPerTurn + 3;
  std::vector<End> clients(kClients);
  for (End& client : clients) {
    client.connection =
        TcpConnection::connect(loop, listener->local_endpoint(), {}, client.handlers());
  }
  std::size_t most = 0;
  std::size_t before = 0;
  EXPECT_TRUE(run_until(loop, [&] {
    most = std::max(most, accepted.size() - std::exchange(before, accepted.size()));
    return accepted.size() == kClients;
  }));
  EXPECT_EQ(most, std::size_t{TcpListener::kAcceptsPerTurn});
}

TEST(TcpConnection, CarriesBytesBothWays) {
  for (const Endpoint& bind : {kLoopback4, kLoopback6}) {
    Pair pair({}, bind);
    EXPECT_TRUE(pair.client.connection->send(as_bytes("hello ")));
    EXPECT_TRUE(pair.client.connection->send(as_bytes("server")));
    EXPECT_TRUE(pair.server.connection->send(as_bytes("hello client")));
    EXPECT_TRUE(run_until(pair.loop, [&] {
      return pair.server.got == "hello server" && pair.client.got == "hello client";
    }));
    EXPECT_EQ(pair.client.connection->remote(), pair.listener->local_endpoint());
    EXPECT_EQ(pair.server.connection->remote().address, bind.address);
  }
}

TEST(TcpConnection, TellsOnceThatThePeerHasClosed) {
  Pair pair;
  pair.client.connection->close();
  ASSERT_TRUE(run_until(pair.loop, [&] { return pair.server.closed.has_value(); }));
  EXPECT_EQ(*pair.server.closed, "closed by the peer");
  EXPECT_FALSE(pair.client.closed.has_value());
  EXPECT_FALSE(pair.server.connection->send(as_bytes("too late")));
  EXPECT_FALSE(pair.client.connection->send(as_bytes("too late")));
  pair.client.connection->pause_reading();
  pair.client.connection->resume_reading();
}

TEST(TcpConnection, DeliversWhatWasSentRightBeforeItWasClosed) {
  Pair pair;
  EXPECT_TRUE(pair.client.connection->send(as_bytes("goodbye")));
  pair.client.connection->close();
  EXPECT_TRUE(run_until(pair.loop, [&] { return pair.server.closed.has_value(); }));
  EXPECT_EQ(pair.server.got, "goodbye");
}

TEST(TcpConnection, SaysThatNobodyListensAndNotFromWithinTheCall) {
  Loop loop;
  const Endpoint free_port = TcpListener::open(loop, kLoopback4, {}).value()->local_endpoint();
  End client;
  client.connection = TcpConnection::connect(loop, free_port, {}, client.handlers());
  EXPECT_FALSE(client.closed.has_value());
  ASSERT_TRUE(run_until(loop, [&] { return client.closed.has_value(); }));
  EXPECT_EQ(*client.closed, "cannot connect: connection refused");
}

TEST(TcpConnection, OfAudioDropsTheOldestForAPeerThatDoesNotRead) {
  Pair pair({.max_queued_bytes = 2000, .policy = QueuePolicy::drop_oldest});
  pair.client.connection->pause_reading();
  const std::string message(1000, 'a');
  fill(*pair.server.connection, as_bytes(message));
  TcpConnection& server = *pair.server.connection;
  for (const char letter : {'b', 'c', 'd'}) {
    EXPECT_TRUE(server.send(as_bytes(std::string(1000, letter))));
  }
  EXPECT_EQ(server.dropped_messages(), 1U);
  EXPECT_LE(server.queued_bytes(), 3000U);
  pair.client.connection->resume_reading();
  const auto has_last = [&] { return pair.client.got.ends_with(std::string(1000, 'd')); };
  ASSERT_TRUE(run_until(pair.loop, has_last));
  EXPECT_EQ(pair.client.got.find('b'), std::string::npos);
  EXPECT_NE(pair.client.got.find('c'), std::string::npos);
  EXPECT_EQ(pair.client.got.size() % 1000, 0U) << "a message left in part";
}

TEST(TcpConnection, OfControlEndsWhenThePeerDoesNotRead) {
  Pair pair({.max_queued_bytes = 1000, .policy = QueuePolicy::close});
  pair.client.connection->pause_reading();
  const std::string message(1000, 'a');
  fill(*pair.server.connection, as_bytes(message));
  EXPECT_TRUE(pair.server.connection->send(as_bytes(message)));
  EXPECT_FALSE(pair.server.connection->send(as_bytes("x")));
  EXPECT_FALSE(pair.server.closed.has_value()) << "a handler ran within send()";
  ASSERT_TRUE(run_until(pair.loop, [&] { return pair.server.closed.has_value(); }));
  EXPECT_EQ(*pair.server.closed, "the peer does not read");
}

TEST(TcpConnection, MayBeDestroyedByItsOwnHandlers) {
  Pair pair;
  std::unique_ptr<TcpConnection> doomed;
  std::string last_words;
  const auto destroy = [&](std::string_view why) {
    last_words = why;
    doomed.reset();
  };
  doomed = TcpConnection::connect(
      pair.loop, pair.listener->local_endpoint(), {},
      {.on_connected = [&] { destroy("connected"); }, .on_bytes = {}, .on_closed = {}});
  ASSERT_TRUE(run_until(pair.loop, [&] { return last_words == "connected"; }));

  pair.server.connection.reset();
  doomed = TcpConnection::connect(
      pair.loop, pair.listener->local_endpoint(), {},
      {.on_connected = {}, .on_bytes = [&](MutableBytes) { destroy("bytes"); }, .on_closed = {}});
  ASSERT_TRUE(run_until(pair.loop, [&] { return pair.server.connection != nullptr; }));
  EXPECT_TRUE(pair.server.connection->send(as_bytes("boom")));
  ASSERT_TRUE(run_until(pair.loop, [&] { return last_words == "bytes"; }));

  pair.server.connection.reset();
  doomed = TcpConnection::connect(pair.loop, pair.listener->local_endpoint(), {},
                                  {.on_connected = {}, .on_bytes = {}, .on_closed = destroy});
  ASSERT_TRUE(run_until(pair.loop, [&] { return pair.server.connection != nullptr; }));
  pair.server.connection.reset();
  ASSERT_TRUE(run_until(pair.loop, [&] { return last_words == "closed by the peer"; }));
}

TEST(TcpConnection, MayBeDestroyedWhileItConnectsAndWhileItWrites) {
  Pair pair;
  auto connecting = TcpConnection::connect(pair.loop, pair.listener->local_endpoint(), {}, {});
  connecting.reset();
  pair.client.connection->pause_reading();
  fill(*pair.server.connection, as_bytes(std::string(1000, 'a')));
  pair.server.connection.reset();
  pair.client.connection->resume_reading();
  EXPECT_TRUE(run_until(pair.loop, [&] { return pair.client.closed.has_value(); }));
}

TEST(TcpListener, SaysWhichPortIsBusy) {
  Loop loop;
  const auto first = TcpListener::open(loop, kLoopback4, {}).value();
  const auto second = TcpListener::open(loop, first->local_endpoint(), {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_EQ(second.error().message,
            "TCP " + first->local_endpoint().to_string() + " is in use by another process.");
}

}  // namespace
}  // namespace parley::net
