// Sockets and mailboxes allocate nothing between one packet and the next.
#include <gtest/gtest.h>

#include <array>

#include "net/mailbox.hpp"
#include "net/udp_port.hpp"
#include "tests/unit/transport/counting_new.hpp"

namespace parley::net {
namespace {

using test::allocations;

const Endpoint kLoopback{.address = IpAddress::parse("127.0.0.1").value()};

TEST(Allocations, FlushingAndReceivingCostNone) {
  Loop loop;
  std::size_t received = 0;
  const auto receiver =
      UdpPort::open(loop, {.bind = kLoopback}, [&](std::span<Datagram> batch, Now) {
        received += batch.size();
      }).value();
  const auto sender = UdpPort::open(loop, {.bind = kLoopback}, {}).value();
  PacketBatch batch;
  const Path path{.remote = receiver->local_endpoint()};
  const std::array<std::uint8_t, 300> packet{};
  const auto turn = [&] {
    for (std::size_t i = 0; i < 1500; ++i) {  // some are joined, most are not
      static_cast<void>(batch.push(path, std::span(packet).first(i % 290)));
    }
    sender->flush(batch);
    batch.clear();
    while (received < 1500) uv_run(loop.raw(), UV_RUN_ONCE);
    received = 0;
  };
  turn();
  const std::size_t before = allocations;
  for (int i = 0; i < 20; ++i) turn();
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(sender->counters().packets_out, 21U * 1500U);
}

TEST(Allocations, AFullMailboxCostsNone) {
  constexpr std::size_t kCapacity = 100;
  using Value = std::array<std::uint8_t, 200>;
  Loop loop;
  std::size_t received = 0;
  std::size_t batches = 0;
  Mailbox<Value> mailbox(
      loop, kCapacity, [&](const Value&) { received += 1; }, [&] { batches += 1; });
  const std::size_t before = allocations;
  for (std::size_t round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < kCapacity; ++i) EXPECT_TRUE(mailbox.post(Value{}));
    EXPECT_FALSE(mailbox.post(Value{}));
    while (batches == round) uv_run(loop.raw(), UV_RUN_ONCE);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(received, 10 * kCapacity);
  EXPECT_EQ(batches, 10U);
}

}  // namespace
}  // namespace parley::net
