// Counts what one forwarded packet costs, in figures that do not depend on how busy a machine is:
// allocations, system calls, heap for each listener, and, under callgrind, instructions. A real
// worker core with real clients; the copies leave through a real socket to sockets nobody reads.
// Prints one "name value" for each figure; scripts/check_counts holds them to their bounds.
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "net/descriptor.hpp"
#include "net/descriptor_limit.hpp"
#include "net/loop.hpp"
#include "net/udp_port.hpp"
#include "tests/support/counting_malloc.hpp"
#include "tests/support/test_call.hpp"

namespace parley {
namespace {

constexpr RoomId kRoom{7};
constexpr std::size_t kListeners = 500;
constexpr std::size_t kPayloadBytes = 80;

// A socket on loopback that nobody reads.
struct Sink {
  std::unique_ptr<net::Descriptor> socket;
  Endpoint endpoint;
};

Sink open_sink() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  PARLEY_CHECK(fd >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  PARLEY_CHECK(bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  PARLEY_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return {.socket = std::make_unique<net::Descriptor>(fd),
          .endpoint = {.address = *IpAddress::parse("127.0.0.1"), .port = ntohs(address.sin_port)}};
}

std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void print(std::string_view name, double value) {
  std::printf("%.*s %.6g\n", static_cast<int>(name.size()), name.data(), value);
}

}  // namespace

// What callgrind collects: from the talker's datagram to the copies in the kernel.
extern "C" [[gnu::noinline]] void forward_one_packet(test::TestCall& call, net::UdpPort& port,
                                                     const Path& from, MutableBytes datagram) {
  call.node().receive(from, datagram, call.now(), call.outbox());
  port.flush(call.outbox().packets);
  call.outbox().packets.clear();
}

namespace {

void count_forwarding(test::TestCall& call, test::TestPeer& talker, net::UdpPort& port,
                      std::size_t packets) {
  const std::vector<std::uint8_t> payload(kPayloadBytes, 0x5a);
  std::vector<std::vector<std::uint8_t>> datagrams;
  for (std::size_t i = 0; i < packets; ++i) datagrams.push_back(talker.make_voice(payload));
  const std::uint64_t copies_before = call.counters().copies_out;
  const net::UdpCounters sockets_before = port.counters();
  const std::size_t allocations_before = test::allocations;
  for (auto& datagram : datagrams) forward_one_packet(call, port, talker.path(), datagram);
  const std::size_t allocated = test::allocations - allocations_before;
  const auto copies = static_cast<double>(call.counters().copies_out - copies_before);
  PARLEY_CHECK(copies == static_cast<double>(packets * kListeners));
  const std::uint64_t calls = port.counters().send_calls - sockets_before.send_calls;
  print("copies", copies);
  print("allocations_per_packet", static_cast<double>(allocated) / copies);
  print("send_calls_per_packet", static_cast<double>(calls) / copies);
}

// The core is torn down and its clients are not: what is freed was the node's.
void count_heap(std::unique_ptr<test::TestCall>& call) {
  const std::size_t before = heap_bytes();
  call->destroy_workers();
  const auto freed = static_cast<double>(before - heap_bytes());
  print("heap_bytes_per_listener", freed / static_cast<double>(kListeners + 1));
}

void run(std::size_t packets) {
  net::raise_descriptor_limit();
  net::Loop loop;
  auto port = net::UdpPort::open(loop, {.bind = {.address = *IpAddress::parse("127.0.0.1")}},
                                 [](auto, Now) {});
  PARLEY_CHECK(port.has_value());
  std::vector<Sink> sinks;
  auto call = std::make_unique<test::TestCall>(sfu::WorkerConfig{.candidates = {}});
  test::TestPeer& talker = call->join(kRoom);
  for (std::size_t i = 0; i < kListeners; ++i) {
    const Sink& sink = sinks.emplace_back(open_sink());
    call->join(kRoom, false, {.id = {}, .path = {.remote = sink.endpoint}});
  }
  call->say(talker, "the first packet sets streams up");
  count_forwarding(*call, talker, **port, packets);
  count_heap(call);
}

}  // namespace
}  // namespace parley

int main(int argc, char** argv) {
  const int packets = argc > 1 ? std::atoi(argv[1]) : 20;
  if (packets < 1) {
    std::fputs("usage: fanout_counts [PACKETS]: counts the cost of forwarding them\n", stderr);
    return 64;
  }
  parley::run(static_cast<std::size_t>(packets));
  return 0;
}
