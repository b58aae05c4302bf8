// What a connection may do before anybody is signed in, and what ends it.
#include <gtest/gtest.h>

#include "protocol/limits.hpp"
#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

api::Error::Code error_of(const api::ServerMessage& message) { return message.error().code(); }

TEST(Connection, IsWelcomedInACommonVersion) {
  Desk desk;
  const auto answer = desk.say(desk.open(), hello_message(1, 9));
  EXPECT_EQ(answer.welcome().version(), 2U);
  EXPECT_EQ(answer.welcome().server(), "parley");
  EXPECT_EQ(answer.welcome().ping_interval_ms(), 10'000U);
}

TEST(Connection, IsClosedWithoutACommonVersion) {
  Desk desk;
  for (const auto& [min, max] : {std::pair{3U, 9U}, std::pair{5U, 1U}}) {
    const ConnectionId connection = desk.open();
    const auto answer = desk.say(connection, hello_message(min, max));
    EXPECT_EQ(error_of(answer), api::Error::UNSUPPORTED_VERSION);
    EXPECT_TRUE(answer.error().fatal());
    EXPECT_EQ(desk.closed_with(connection), CloseCode::policy);
  }
}

TEST(Connection, MustSayHelloFirst) {
  Desk desk;
  const ConnectionId connection = desk.open();
  const auto answer = desk.say(connection, ping_message());
  EXPECT_EQ(error_of(answer), api::Error::WRONG_STATE);
  EXPECT_EQ(desk.closed_with(connection), CloseCode::policy);
}

TEST(Connection, SaysHelloOnce) {
  Desk desk;
  const auto answer = desk.say(desk.greeted(), hello_message());
  EXPECT_EQ(error_of(answer), api::Error::WRONG_STATE);
  EXPECT_FALSE(answer.error().fatal());
}

TEST(Connection, MustSignInBeforeItAsksForAnything) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  for (const auto& message : {join_message(), leave_message(), connect_message(),
                              disconnect_message(), mute_message(true)}) {
    EXPECT_EQ(error_of(desk.say(connection, message)), api::Error::NOT_SIGNED_IN);
  }
  EXPECT_TRUE(desk.say(connection, ping_message()).has_pong());
}

TEST(Connection, HasFiveSecondsToSignIn) {
  Desk desk;
  const ConnectionId silent = desk.open();
  const ConnectionId greeted = desk.greeted();
  desk.advance(seconds(5) - Duration(1));
  EXPECT_FALSE(desk.closed_with(silent));
  EXPECT_TRUE(desk.say(greeted, ping_message()).has_pong());
  desk.advance(Duration(1));
  EXPECT_EQ(desk.closed_with(silent), CloseCode::policy);
  EXPECT_EQ(desk.closed_with(greeted), CloseCode::policy) << "a ping is not a sign-in";
  EXPECT_EQ(error_of(desk.take(silent).back()), api::Error::NOT_SIGNED_IN);
  EXPECT_EQ(desk.core->counters().connections, 0U);
}

TEST(Connection, IsClosedAfterThirtySecondsOfSilence) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  desk.advance(seconds(29));
  EXPECT_TRUE(desk.say(page.connection, ping_message()).has_pong());
  desk.advance(seconds(29));
  EXPECT_FALSE(desk.closed_with(page.connection));
  desk.advance(seconds(1));
  EXPECT_EQ(desk.closed_with(page.connection), CloseCode::going_away);
}

TEST(Connection, IsRefusedWhenThereAreTooMany) {
  Desk desk({.max_connections = 2});
  desk.open();
  const ConnectionId second = desk.open();
  const ConnectionId third = desk.open();
  EXPECT_EQ(error_of(desk.take(third).back()), api::Error::SERVER_FULL);
  EXPECT_TRUE(desk.closed_with(third).has_value());
  desk.close_connection(second);
  EXPECT_TRUE(desk.say(desk.open(), hello_message()).has_welcome());
}

TEST(Connection, IsToldWhenBytesAreNoMessage) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  desk.take(connection);
  desk.send_bytes(connection, as_bytes("\xff\xff\xff"));
  EXPECT_EQ(error_of(desk.take(connection).back()), api::Error::MALFORMED);
  EXPECT_FALSE(desk.closed_with(connection));
}

TEST(Connection, IsToldWhenAMessageIsUnknown) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  EXPECT_EQ(error_of(desk.say(connection, {})), api::Error::UNKNOWN_MESSAGE);
  desk.send_bytes(connection,
                  as_bytes(std::string("\xa2\x06\x00", 3)));  // field 100 of a later version
  EXPECT_EQ(error_of(desk.take(connection).back()), api::Error::UNKNOWN_MESSAGE);
}

TEST(Connection, IsToldWhichFieldIsOutsideItsLimit) {
  Desk desk;
  const auto page = desk.in_room("Ann");
  auto message = connect_message();
  message.mutable_connect()->set_ice_pwd("short");
  const auto answer = desk.say(page.connection, message);
  EXPECT_EQ(error_of(answer), api::Error::LIMIT_EXCEEDED);
  EXPECT_NE(answer.error().message().find("ice_pwd"), std::string::npos);
}

TEST(Connection, IsClosedByAMessageOfOneByteTooMany) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  desk.send_bytes(connection, std::vector<std::uint8_t>(protocol::kMaxClientMessage));
  EXPECT_FALSE(desk.closed_with(connection));
  desk.send_bytes(connection, std::vector<std::uint8_t>(protocol::kMaxClientMessage + 1));
  EXPECT_EQ(error_of(desk.take(connection).back()), api::Error::LIMIT_EXCEEDED);
  EXPECT_EQ(desk.closed_with(connection), CloseCode::too_big);
}

TEST(Connection, IsSlowedDownAtOneMessageMoreThanItsBurst) {
  Desk desk({.messages_per_second = 20});
  const auto page = desk.signed_in("Ann");  // hello, enrol and login are counted
  for (int i = 0; i < 37; ++i) ASSERT_TRUE(desk.say(page.connection, ping_message()).has_pong());
  EXPECT_EQ(error_of(desk.say(page.connection, ping_message())), api::Error::RATE_LIMITED);
  desk.advance(milliseconds(50));
  EXPECT_TRUE(desk.say(page.connection, ping_message()).has_pong());
}

TEST(Connection, IsClosedWhenItKeepsFlooding) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  int sent = 0;
  while (!desk.closed_with(connection) && sent < 1000) {
    desk.send_bytes(connection, as_bytes("\xff"));
    ++sent;
  }
  EXPECT_EQ(sent, 100);
  EXPECT_EQ(desk.closed_with(connection), CloseCode::policy);
}

TEST(Connection, IsNotHeardAnyMoreOnceClosed) {
  Desk desk;
  const ConnectionId connection = desk.open();
  desk.say(connection, ping_message());
  desk.take(connection);
  desk.say(connection, hello_message());
  EXPECT_TRUE(desk.take(connection).empty());
  desk.close_connection(connection);
}

TEST(Connection, IsToldWhenTheServerCloses) {
  Desk desk;
  const ConnectionId waiting = desk.open();
  const auto page = desk.in_room("Ann");
  SignalingOutbox out;
  desk.core->close(desk.now, out);
  desk.deliver(out);
  for (const ConnectionId connection : {waiting, page.connection}) {
    const auto last = desk.take(connection).back();
    EXPECT_EQ(error_of(last), api::Error::SERVER_CLOSING);
    EXPECT_TRUE(last.error().fatal());
    EXPECT_EQ(desk.closed_with(connection), CloseCode::going_away);
  }
  EXPECT_EQ(desk.core->counters().errors[api::Error::SERVER_CLOSING], 2U);
}

TEST(Connection, IsCounted) {
  Desk desk;
  const auto ann = desk.in_room("Ann");
  desk.say(ann.connection, {});
  const auto& counters = desk.core->counters();
  EXPECT_EQ(counters.connections, 1U);
  EXPECT_EQ(counters.sessions, 1U);
  EXPECT_EQ(counters.members, 1U);
  EXPECT_EQ(counters.frames_in, 5U);
  EXPECT_EQ(counters.frames_out, 5U);
  EXPECT_EQ(counters.enrolled, 1U);
  EXPECT_EQ(counters.errors[api::Error::UNKNOWN_MESSAGE], 1U);
}

TEST(Connection, GetsTheSameBytesInTwoRunsOfTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    Desk desk({}, seed);
    const auto ann = desk.talking("Ann");
    const auto ben = desk.talking("Ben");
    desk.tell_talkers({ann.peer, PeerId{}});
    desk.kill(ann);
    desk.advance(seconds(10));
    desk.node.restart();
    desk.node_down();
    desk.node_up();
    desk.say(ben.connection, leave_message());
    return desk.everything_sent;
  };
  EXPECT_EQ(run(4), run(4));
  EXPECT_NE(run(4), run(5));
}

}  // namespace
}  // namespace parley::signaling
