// A DTLS server that gets datagrams of anybody: input is a row of (two bytes,
// datagram): the low 11 bits are its length, the highest bit lets the next timer run out.
// Nothing may crash, and a server whose client knows no key never comes to keys.
#include <algorithm>
#include <cstdint>

#include "base/check.hpp"
#include "tests/unit/transport/support.hpp"
#include "tests/unit/transport/virtual_time.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  static const sfu::DtlsContext context = test::make_context();
  static PacketBatch out(1U << 20, 4096);
  const Path path = test::udp_path(1);
  test::clock_now = test::kStart;
  sfu::Dtls server(context, sfu::DtlsRole::server, sfu::Fingerprint{});
  ByteReader reader(Bytes(data, size));
  while (reader.remaining() > 1) {
    const std::uint16_t head = reader.u16();
    const Bytes datagram = reader.take(std::min<std::size_t>(head & 0x7ff, reader.remaining()));
    server.on_datagram(path, datagram, test::clock_now, out);
    if (server.deadline() != kNever && (head & 0x8000) != 0) {
      test::clock_now = server.deadline();
      server.tick(path, test::clock_now, out);
    }
    out.clear();
  }
  PARLEY_CHECK(server.state() != sfu::DtlsState::connected);
  return 0;
}
