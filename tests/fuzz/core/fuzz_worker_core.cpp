// Random datagrams into a worker with a running call. The input is a list of datagrams: one byte
// that says where it comes from and what it is made of, one byte of length, then the bytes.
// Afterwards the call must go on: the next good packet is heard.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.hpp"
#include "tests/support/test_call.hpp"

namespace {

using parley::ByteReader;
using parley::Bytes;
using parley::IpAddress;
using parley::Path;
using parley::RoomId;
using parley::test::TestCall;
using parley::test::TestPeer;

constexpr RoomId kRoom{7};

// The call is set up once: a handshake for each input would make fuzzing a hundred times slower.
struct RunningCall {
  TestCall call;
  TestPeer& talker = call.join(kRoom);
  TestPeer& listener = call.join(kRoom);
  Path stranger{.remote = {.address = *IpAddress::parse("198.51.100.66"), .port = 6666}};
  // Where damaged checks come from that name the talker: harmless damage proves this path.
  Path second_path{.remote = {.address = *IpAddress::parse("198.51.100.67"), .port = 6667}};

  void feed(std::uint8_t how, Bytes bytes) {
    std::vector<std::uint8_t> datagram;
    switch (how >> 1 & 3) {
      case 0:  // as it is
        datagram.assign(bytes.begin(), bytes.end());
        break;
      case 1:  // a good voice packet, damaged
        datagram = damaged(talker.make_voice(parley::as_bytes("damaged on the way")), bytes);
        break;
      case 2:  // a good check, damaged
        datagram = damaged(talker.make_check(), bytes);
        break;
      default:  // good keys around RTCP of the fuzzer
        if (bytes.size() < 8) return;
        datagram.assign(bytes.begin(), bytes.end());
        datagram[0] = 0x80 | (datagram[0] & 0x1f);
        datagram[1] = 200 + datagram[1] % 8;
        datagram = talker.make_rtcp(datagram);
        break;
    }
    const bool from_elsewhere = (how & 1) != 0;
    const bool is_check = (how >> 1 & 3) == 2;
    const Path from = !from_elsewhere ? talker.path() : is_check ? second_path : stranger;
    const std::size_t events = call.outbox().events.size();
    call.node().receive(from, datagram, call.now(), call.outbox());
    if (from == stranger) {
      PARLEY_CHECK(call.outbox().packets.empty());
      PARLEY_CHECK(call.outbox().events.size() == events);
    }
    call.deliver();
  }

  // Each pair of bytes changes one byte of the packet; an odd one cuts it off.
  static std::vector<std::uint8_t> damaged(std::vector<std::uint8_t> packet, Bytes by) {
    for (std::size_t i = 0; i + 1 < by.size() && !packet.empty(); i += 2) {
      packet[by[i] % packet.size()] ^= by[i + 1];
    }
    if (by.size() % 2 == 1) packet.resize(std::min<std::size_t>(packet.size(), by.back()));
    return packet;
  }

  void still_works() {
    (void)listener.take_heard();
    (void)listener.take_rtcp();
    (void)talker.take_rtcp();
    (void)call.take_events();
    call.pass(std::chrono::milliseconds(20));
    call.say(talker, "still here");
    PARLEY_CHECK(listener.take_heard().size() == 1);
    PARLEY_CHECK(listener.decrypt_errors() == 0);
    PARLEY_CHECK(call.node().peer_count() == 2);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto running = std::make_unique<RunningCall>();
  ByteReader input(Bytes(data, size));
  while (input.remaining() >= 2) {
    const std::uint8_t how = input.u8();
    const std::size_t length = std::min<std::size_t>(input.u8(), input.remaining());
    running->feed(how, input.take(length));
  }
  running->still_works();
  return 0;
}
