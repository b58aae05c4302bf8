#include "sfu/node/sockets.hpp"

#include <gtest/gtest.h>

#include "tests/unit/net/wait.hpp"

namespace parley::sfu {
namespace {

const IpAddress kV4 = IpAddress::parse("127.0.0.1").value();
const IpAddress kV6 = IpAddress::parse("::1").value();

TEST(WorkerSockets, HaveOnePortNumberOnEveryAddressOverUdpAndTcp) {
  net::Loop loop;
  const std::vector listen = {kV4, kV6, IpAddress::parse("127.0.0.2").value()};
  const auto sockets = open_sockets(loop, listen, 0, true, {});
  ASSERT_TRUE(sockets.has_value()) << sockets.error().message;
  EXPECT_NE(sockets->port, 0);
  ASSERT_EQ(sockets->udp.size(), 3U);
  ASSERT_EQ(sockets->tcp.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sockets->udp[i]->local_endpoint(), (Endpoint{listen[i], sockets->port}));
    EXPECT_EQ(sockets->tcp[i]->local_endpoint(), (Endpoint{listen[i], sockets->port}));
  }
}

TEST(WorkerSockets, AreUdpAloneWhereTcpIsOff) {
  net::Loop loop;
  const std::vector listen = {kV4};
  const auto sockets = open_sockets(loop, listen, 0, false, {});
  ASSERT_TRUE(sockets.has_value());
  EXPECT_EQ(sockets->udp.size(), 1U);
  EXPECT_TRUE(sockets->tcp.empty());
}

TEST(WorkerSockets, NameThePortThatIsBusyOverTcpOnly) {
  net::Loop loop;
  const auto busy = net::TcpListener::open(loop, {.address = kV4}, {}).value();
  const std::vector listen = {kV4};
  const auto sockets = open_sockets(loop, listen, busy->local_endpoint().port, true, {});
  ASSERT_FALSE(sockets.has_value());
  EXPECT_EQ(sockets.error().code, ErrorCode::unavailable);
  EXPECT_EQ(sockets.error().message,
            "TCP " + busy->local_endpoint().to_string() + " is in use by another process.");
}

TEST(WorkerSockets, TellTheIndexOfTheAddressOfEachDatagramAndConnection) {
  net::Loop loop;
  std::vector<std::uint16_t> udp_locals;
  std::vector<std::uint16_t> tcp_locals;
  const std::vector listen = {kV6, kV4};
  const auto sockets =
      open_sockets(loop, listen, 0, true,
                   {.on_batch =
                        [&](std::span<net::Datagram> batch, Now) {
                          for (const auto& one : batch) udp_locals.push_back(one.from.local);
                        },
                    .on_accept = [&](net::ConnectedSocket,
                                     std::uint16_t local) { tcp_locals.push_back(local); }})
          .value();
  const auto sender = net::UdpPort::open(loop, {.bind = {.address = kV4}}, {}).value();
  PacketBatch batch;
  ASSERT_TRUE(batch.push({.remote = sockets.udp[1]->local_endpoint()}, as_bytes("x")));
  sender->flush(batch);
  const auto client = net::TcpConnection::connect(
      loop, sockets.tcp[1]->local_endpoint(), {},
      {.on_connected = {}, .on_bytes = [](MutableBytes) {}, .on_closed = {}});
  ASSERT_TRUE(test::run_until(loop, [&] { return !udp_locals.empty() && !tcp_locals.empty(); }));
  EXPECT_EQ(udp_locals, std::vector<std::uint16_t>{1});
  EXPECT_EQ(tcp_locals, std::vector<std::uint16_t>{1});
}

}  // namespace
}  // namespace parley::sfu
