// A running call that gets datagrams of strangers, on the proven path and others: input is a row of
// (path byte, length byte pair, datagram). The call stays connected on its path, and the true
// peer's next packet arrives.
#include <algorithm>
#include <cstdint>

#include "base/check.hpp"
#include "tests/unit/transport/test_client.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const Path path = test::udp_path(1);
  static std::uint64_t index = 0;
  static test::Call call = [&] {
    test::Call made;
    made.connect(path);
    return made;
  }();
  ByteReader reader(Bytes(data, size));
  while (reader.remaining() > 2) {
    const std::uint8_t from = reader.u8();
    const std::size_t length = reader.u16();
    const Bytes bytes = reader.take(std::min(length, reader.remaining()));
    const auto received =
        call.receive(test::udp_path(from % 3 + 1), test::Datagram(bytes.begin(), bytes.end()));
    PARLEY_CHECK(!std::holds_alternative<sfu::ReceivedRtp>(received));
    PARLEY_CHECK(!std::holds_alternative<sfu::ReceivedRtcp>(received));
  }
  PARLEY_CHECK(call.node.state() == sfu::TransportState::connected);
  PARLEY_CHECK(call.node.selected_path() == path);
  PARLEY_CHECK(
      std::holds_alternative<sfu::ReceivedRtp>(call.receive(path, call.make_rtp(index++))));
  call.from_node.clear();
  return 0;
}
