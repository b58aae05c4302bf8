#include "sfu/node/ice_tcp.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/clock.hpp"
#include "net/tcp_listener.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::sfu {
namespace {

using test::run_until;

std::string framed(std::string_view packet) {
  std::string frame(1, static_cast<char>(packet.size() >> 8));
  frame += static_cast<char>(packet.size() & 0xff);
  return frame.append(packet);
}

// A client of ICE-TCP that remembers what came.
struct Client {
  std::string got;
  bool is_closed = false;
  std::unique_ptr<net::TcpConnection> tcp;
};

class IceTcpServer : public ::testing::Test {
 protected:
  std::unique_ptr<Client> connect() {
    auto client = std::make_unique<Client>();
    Client* raw = client.get();
    client->tcp = net::TcpConnection::connect(
        loop, listener->local_endpoint(), {.max_queued_bytes = 1 << 20},
        {.on_connected = {},
         .on_bytes = [raw](MutableBytes bytes) { raw->got += as_text(bytes); },
         .on_closed = [raw](std::string_view) { raw->is_closed = true; }});
    const std::size_t before = accepted;
    EXPECT_TRUE(run_until(loop, [&] { return accepted > before; }));
    return client;
  }
  void flush(const Path& to, std::string_view packet, Now now = net::read_clock()) {
    PacketBatch batch;
    EXPECT_TRUE(batch.push(to, as_bytes(packet)));
    ice_tcp.flush(batch, now);
  }
  bool wait_for_packets(std::size_t count) {
    return run_until(loop, [&] { return packets.size() == count; });
  }

  net::Loop loop;
  std::vector<std::pair<Path, std::string>> packets;
  std::vector<std::uint32_t> closed;
  std::size_t batches = 0;
  std::size_t accepted = 0;
  IceTcp ice_tcp{1000,
                 {.on_packet = [this](const Path& from, MutableBytes packet,
                                      Now) { packets.emplace_back(from, as_text(packet)); },
                  .on_batch_end = [this](Now) { ++batches; },
                  .on_closed = [this](std::uint32_t id, Now) { closed.push_back(id); }}};
  std::unique_ptr<net::TcpListener> listener =
      net::TcpListener::open(loop, {.address = IpAddress::parse("127.0.0.1").value()},
                             [this](net::ConnectedSocket socket) {
                               ice_tcp.accept(std::move(socket), 5, net::read_clock());
                               ++accepted;
                             })
          .value();
};

TEST_F(IceTcpServer, CutsPacketsAndAnswersOnTheSameConnection) {
  const auto client = connect();
  const std::string stream = framed("one") + framed("") + framed("three");
  for (const char byte : stream) EXPECT_TRUE(client->tcp->send(as_bytes({&byte, 1})));
  ASSERT_TRUE(
      run_until(loop, [&] { return !packets.empty() && packets.back().second == "three"; }));
  const Path path = packets.front().first;
  EXPECT_TRUE(path.is_tcp());
  EXPECT_EQ(path.local, 5);
  EXPECT_GT(batches, 0U);
  flush(path, "answer");
  ASSERT_TRUE(run_until(loop, [&] { return client->got == framed("answer"); }));
  EXPECT_EQ(ice_tcp.counters().packets_out, 1U);
}

TEST_F(IceTcpServer, GivesEveryConnectionItsOwnPath) {
  const auto first = connect();
  const auto second = connect();
  EXPECT_TRUE(first->tcp->send(as_bytes(framed("a"))));
  EXPECT_TRUE(second->tcp->send(as_bytes(framed("b"))));
  ASSERT_TRUE(wait_for_packets(2));
  EXPECT_NE(packets[0].first, packets[1].first);
}

TEST_F(IceTcpServer, EndsAConnectionWithAFrameOverTheLimit) {
  const auto client = connect();
  EXPECT_TRUE(client->tcp->send(as_bytes(framed("good"))));
  EXPECT_TRUE(client->tcp->send(as_bytes(framed(std::string(kMaxDatagram + 1, 'x')))));
  ASSERT_TRUE(run_until(loop, [&] { return client->is_closed; }));
  EXPECT_EQ(packets.size(), 1U);
  EXPECT_EQ(closed.size(), 1U);
  EXPECT_EQ(ice_tcp.counters().closed_broken, 1U);
  EXPECT_EQ(ice_tcp.connection_count(), 0U);
}

TEST_F(IceTcpServer, TellsThatThePeerHasClosed) {
  auto client = connect();
  EXPECT_TRUE(client->tcp->send(as_bytes(framed("hello"))));
  ASSERT_TRUE(wait_for_packets(1));
  client.reset();
  ASSERT_TRUE(run_until(loop, [&] { return !closed.empty(); }));
  EXPECT_EQ(closed.front(), packets.front().first.connection);
}

TEST_F(IceTcpServer, CountsPacketsForAConnectionThatHasGone) {
  flush({.remote = {}, .connection = 77}, "nobody");
  EXPECT_EQ(ice_tcp.counters().drop_no_connection, 1U);
}

TEST_F(IceTcpServer, RefusesOneStrangerMoreThanItsLimitUntilAnotherIsProven) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < IceTcp::kMaxUnproven; ++i) clients.push_back(connect());
  const auto refused = connect();
  ASSERT_TRUE(run_until(loop, [&] { return refused->is_closed; }));
  EXPECT_EQ(ice_tcp.counters().refused, 1U);
  EXPECT_TRUE(clients.front()->tcp->send(as_bytes(framed("check"))));
  ASSERT_TRUE(wait_for_packets(1));
  flush(packets.front().first, "answer");  // the core answers only who has proven himself
  clients.push_back(connect());
  EXPECT_EQ(ice_tcp.connection_count(), IceTcp::kMaxUnproven + 1);
  EXPECT_EQ(ice_tcp.counters().refused, 1U);
}

TEST_F(IceTcpServer, EndsAStrangerAfterItsLifeAndAProvenClientLater) {
  const auto stranger = connect();
  const auto proven = connect();
  EXPECT_TRUE(proven->tcp->send(as_bytes(framed("check"))));
  ASSERT_TRUE(wait_for_packets(1));
  const Now start = net::read_clock();
  flush(packets.front().first, "answer", start);
  ice_tcp.tick({.mono = start.mono + IceTcp::kUnprovenLife, .wall = start.wall});
  EXPECT_EQ(ice_tcp.connection_count(), 1U);
  ASSERT_TRUE(run_until(loop, [&] { return stranger->is_closed; }));
  ice_tcp.tick({.mono = start.mono + IceTcp::kIdleLife - Duration(1), .wall = start.wall});
  EXPECT_EQ(ice_tcp.connection_count(), 1U);
  ice_tcp.tick({.mono = start.mono + IceTcp::kIdleLife, .wall = start.wall});
  ASSERT_TRUE(run_until(loop, [&] { return proven->is_closed; }));
  EXPECT_EQ(ice_tcp.counters().closed_idle, 2U);
}

TEST_F(IceTcpServer, DropsTheOldestPacketsOfAClientThatDoesNotRead) {
  const auto client = connect();
  EXPECT_TRUE(client->tcp->send(as_bytes(framed("check"))));
  ASSERT_TRUE(wait_for_packets(1));
  client->tcp->pause_reading();
  const Path path = packets.front().first;
  while (ice_tcp.counters().drop_queue_full == 0) flush(path, std::string(1200, 'v'));
  flush(path, "newest");
  client->tcp->resume_reading();
  EXPECT_TRUE(run_until(loop, [&] { return client->got.ends_with(framed("newest")); }));
}

}  // namespace
}  // namespace parley::sfu
