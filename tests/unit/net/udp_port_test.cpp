#include "net/udp_port.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "net/send_plan.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::net {
namespace {

using test::run_until;

const Endpoint kLoopback4{.address = IpAddress::parse("127.0.0.1").value()};
const Endpoint kLoopback6{.address = IpAddress::parse("::1").value()};

// A port that remembers what came.
struct Listening {
  explicit Listening(Loop& loop, UdpPortOptions options = {.bind = kLoopback4})
      : port(UdpPort::open(loop, options, [this](std::span<Datagram> batch, Now now) {
               largest_batch = std::max(largest_batch, batch.size());
               last = now;
               for (const Datagram& datagram : batch) {
                 got.emplace_back(as_text(datagram.bytes));
                 from.push_back(datagram.from);
               }
             }).value()) {}
  [[nodiscard]] Path to() const { return {.remote = port->local_endpoint()}; }

  std::vector<std::string> got;
  std::vector<Path> from;
  std::size_t largest_batch = 0;
  Now last{};
  std::unique_ptr<UdpPort> port;
};

void echo_many(const Endpoint& bind) {
  constexpr std::size_t kCount = 200;  // more than one batch
  Loop loop;
  Listening client(loop, {.bind = bind});
  std::unique_ptr<UdpPort> server;
  PacketBatch replies;
  server = UdpPort::open(loop, {.bind = bind, .local = 7}, [&](std::span<Datagram> batch, Now) {
             for (const Datagram& datagram : batch) {
               EXPECT_EQ(datagram.from.local, 7);
               EXPECT_EQ(datagram.from.remote, client.port->local_endpoint());
               EXPECT_TRUE(replies.push(datagram.from, datagram.bytes));
             }
             server->flush(replies);
             replies.clear();
           }).value();
  PacketBatch batch;
  for (std::size_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(batch.push({.remote = server->local_endpoint()}, as_bytes(std::to_string(i))));
  }
  client.port->flush(batch);
  ASSERT_TRUE(run_until(loop, [&] { return client.got.size() == kCount; }));
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(client.got[i], std::to_string(i));
  EXPECT_EQ(client.port->counters().packets_out, kCount);
  EXPECT_EQ(client.port->counters().bytes_out, 10U + 2 * 90 + 3 * 100);
  EXPECT_EQ(server->counters().packets_in, kCount);
  EXPECT_EQ(server->counters().packets_out, kCount);
  EXPECT_GT(client.largest_batch, 1U);
  EXPECT_NE(client.last.mono, Timestamp{});
}

TEST(UdpPort, EchoesInBatchesOverIpv4) { echo_many(kLoopback4); }

TEST(UdpPort, EchoesInBatchesOverIpv6) { echo_many(kLoopback6); }

TEST(UdpPort, SendsOnlyWhatIsForItsOwnSocket) {
  Loop loop;
  Listening receiver(loop);
  Listening sender(loop, {.bind = kLoopback4, .local = 3});
  const Endpoint remote = receiver.port->local_endpoint();
  PacketBatch batch;
  ASSERT_TRUE(batch.push({.remote = remote, .local = 2}, as_bytes("other socket")));
  ASSERT_TRUE(batch.push({.remote = remote, .local = 3, .connection = 1}, as_bytes("tcp")));
  ASSERT_TRUE(batch.push({.remote = remote, .local = 3}, as_bytes("mine")));
  sender.port->flush(batch);
  ASSERT_TRUE(run_until(loop, [&] { return !receiver.got.empty(); }));
  EXPECT_EQ(receiver.got, std::vector<std::string>{"mine"});
  EXPECT_EQ(sender.port->counters().packets_out, 1U);
}

TEST(UdpPort, TakesADatagramOfTheLimitAndDropsALongerOne) {
  Loop loop;
  Listening receiver(loop);
  Listening sender(loop);
  PacketBatch batch;
  ASSERT_TRUE(batch.push(receiver.to(), as_bytes(std::string(kMaxDatagram + 1, 'x'))));
  ASSERT_TRUE(batch.push(receiver.to(), as_bytes(std::string(kMaxDatagram, 'y'))));
  sender.port->flush(batch);
  ASSERT_TRUE(run_until(loop, [&] { return !receiver.got.empty(); }));
  EXPECT_EQ(receiver.got, std::vector<std::string>{std::string(kMaxDatagram, 'y')});
  EXPECT_EQ(receiver.port->counters().drop_too_long, 1U);
  EXPECT_EQ(receiver.port->counters().packets_in, 2U);
}

TEST(UdpPort, GoesOnBehindADatagramThatTheKernelRefuses) {
  Loop loop;
  Listening receiver(loop);
  Listening sender(loop);
  PacketBatch batch;
  ASSERT_TRUE(batch.push(receiver.to(), as_bytes("first")));
  ASSERT_TRUE(batch.push({.remote = kLoopback4}, as_bytes("to port 0")));
  ASSERT_TRUE(batch.push(receiver.to(), as_bytes("third")));
  sender.port->flush(batch);
  ASSERT_TRUE(run_until(loop, [&] { return receiver.got.size() == 2; }));
  EXPECT_EQ(receiver.got, (std::vector<std::string>{"first", "third"}));
  EXPECT_EQ(sender.port->counters().drop_send_refused, 1U);
}

// Makes every sendmmsg of this process fail with EAGAIN, as a full send buffer does.
bool fill_every_send_buffer() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmmsg, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = 4, .filter = program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST(UdpPort, DropsAndCountsWhatAFullSendBufferDoesNotTake) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto send_into_full_buffer = [] {
    Loop loop;
    Listening sender(loop);
    PacketBatch batch;
    for (int i = 0; i < 70; ++i) static_cast<void>(batch.push(sender.to(), as_bytes("voice")));
    if (!fill_every_send_buffer()) std::_Exit(2);
    sender.port->flush(batch);
    const UdpCounters& counters = sender.port->counters();
    std::_Exit(counters.drop_send_buffer_full == 70 && counters.packets_out == 0 ? 0 : 1);
  };
  EXPECT_EXIT(send_into_full_buffer(), ::testing::ExitedWithCode(0), "");
}

// Two to seventy packets to each of three destinations in turn, of equal and of mixed sizes.
void send_in_segments(const Endpoint& bind) {
  Loop loop;
  std::vector<Listening> receivers;
  receivers.reserve(3);
  for (int i = 0; i < 3; ++i) receivers.emplace_back(loop, UdpPortOptions{.bind = bind});
  Listening sender(loop, {.bind = bind});
  std::vector<std::vector<std::string>> expected(3);
  PacketBatch batch;
  std::size_t given = 0;
  for (std::size_t count = 2; count <= 70; ++count) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t receiver = 0; receiver < 3; ++receiver) {
        // To the first all alike, to the second the last is shorter, to the third anything.
        const std::size_t size = receiver == 0   ? 120
                                 : receiver == 1 ? (i + 1 == count ? 60 : 120)
                                                 : 1 + (i * 7919 + count) % 1400;
        std::string text = std::to_string(count) + "." + std::to_string(i);
        text.resize(size, static_cast<char>('a' + i % 26));
        ASSERT_TRUE(batch.push(receivers[receiver].to(), as_bytes(text)));
        expected[receiver].push_back(std::move(text));
        given += 1;
      }
    }
    sender.port->flush(batch);
    batch.clear();
    ASSERT_TRUE(run_until(loop, [&] { return receivers[2].got.size() == expected[2].size(); }));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(run_until(loop, [&] { return receivers[i].got.size() == expected[i].size(); }));
    EXPECT_EQ(receivers[i].got, expected[i]);
  }
  EXPECT_EQ(sender.port->counters().packets_out, given);
  EXPECT_GT(sender.port->counters().segmented_out, given / 2);
  EXPECT_EQ(sender.port->counters().segmentation_refused, 0U);
}

TEST(UdpPort, PacketsThatLeaveTogetherArriveApartAndInOrderOverIpv4) {
  send_in_segments(kLoopback4);
}

TEST(UdpPort, PacketsThatLeaveTogetherArriveApartAndInOrderOverIpv6) {
  send_in_segments(kLoopback6);
}

TEST(UdpPort, SendsABatchThatIsLongerThanAPlan) {
  constexpr std::size_t kCount = SendPlan::kMaxEntries + 1;
  Loop loop;
  Listening receiver(loop);
  Listening sender(loop);
  PacketBatch batch(1U << 20, kCount);
  for (std::size_t i = 0; i < kCount; ++i)
    ASSERT_TRUE(batch.push(receiver.to(), as_bytes("voice")));
  sender.port->flush(batch);
  EXPECT_EQ(sender.port->counters().packets_out, kCount);
  EXPECT_EQ(sender.port->counters().bytes_out, 5 * kCount);
  EXPECT_EQ(sender.port->counters().segmented_out, kCount - 1);
  // 4,096 segments for each call, and the last one alone.
  EXPECT_EQ(sender.port->counters().send_calls, 5U);
}

TEST(UdpPort, RefusesAnAddressOfTheOtherFamily) {
  Loop loop;
  Listening receiver(loop);
  Listening sender(loop, {.bind = kLoopback6});
  PacketBatch batch;
  ASSERT_TRUE(batch.push(receiver.to(), as_bytes("IPv4")));
  ASSERT_TRUE(batch.push(receiver.to(), as_bytes("IPv4")));
  ASSERT_TRUE(batch.push(sender.to(), as_bytes("IPv6")));
  sender.port->flush(batch);
  EXPECT_EQ(sender.port->counters().packets_out, 1U);
  EXPECT_EQ(sender.port->counters().drop_send_refused, 2U);
}

TEST(UdpPort, OneReadableEventTakesABoundedNumberOfDatagrams) {
  constexpr std::size_t kCount = 2000;
  Loop loop;
  Listening receiver(loop);
  Listening sender(loop);
  PacketBatch batch;
  for (std::size_t i = 0; i < kCount; ++i)
    ASSERT_TRUE(batch.push(receiver.to(), as_bytes("voice")));
  sender.port->flush(batch);
  uv_run(loop.raw(), UV_RUN_ONCE);
  EXPECT_EQ(receiver.got.size(), 512U);
  EXPECT_EQ(receiver.largest_batch, UdpReceiver::kBatch);
  ASSERT_TRUE(run_until(loop, [&] { return receiver.got.size() == kCount; }));
  EXPECT_EQ(receiver.port->counters().receive_calls, kCount / UdpReceiver::kBatch + 1);
}

TEST(UdpPort, SaysWhatBuffersTheKernelGave) {
  Loop loop;
  const Listening small(
      loop, {.bind = kLoopback4, .receive_buffer_bytes = 10'000, .send_buffer_bytes = 20'000});
  EXPECT_EQ(small.port->receive_buffer_bytes(), 20'000);
  EXPECT_EQ(small.port->send_buffer_bytes(), 40'000);
}

TEST(UdpPort, SaysWhichPortIsBusy) {
  Loop loop;
  const Listening first(loop);
  const auto second = UdpPort::open(loop, {.bind = first.port->local_endpoint()}, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_EQ(second.error().message,
            "UDP " + first.port->local_endpoint().to_string() + " is in use by another process.");
}

TEST(UdpPort, SaysWhenTheAddressIsNotOfThisMachine) {
  Loop loop;
  const Endpoint foreign{.address = IpAddress::parse("192.0.2.1").value(), .port = 7500};
  const auto port = UdpPort::open(loop, {.bind = foreign}, {});
  ASSERT_FALSE(port.has_value());
  EXPECT_EQ(port.error().message,
            "UDP 192.0.2.1:7500 cannot be opened: this machine does not have the address.");
}

}  // namespace
}  // namespace parley::net
