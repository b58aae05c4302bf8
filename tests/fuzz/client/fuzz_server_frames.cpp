// Frames of a hostile server, in any order, through the whole client core: each is preceded by its
// length (2 bytes).
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "client/core/client_core.hpp"
#include "tests/unit/client/device.hpp"
#include "tests/unit/client/support.hpp"

namespace {

using namespace parley;

const sfu::DtlsContext& dtls() {
  static const sfu::DtlsContext context = [] {
    auto made = sfu::DtlsContext::create({sfu::SrtpProfile::aead_aes_128_gcm});
    PARLEY_CHECK(made.has_value());
    return std::move(*made);
  }();
  return context;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::SeededRandom random{1};
  client::ClientConfig config;
  config.invitation = "sixteen bytes :)";
  client::ClientCore core(config, test::device_key(), dtls(), random);
  client::ClientOutbox out;
  core.on_signaling_open(test::at(Duration::zero()), out);
  ByteReader reader(Bytes(data, size));
  for (Duration time{}; reader.remaining() > 2; time += std::chrono::milliseconds(100)) {
    const std::size_t length = reader.u16();
    core.on_signaling_frame(reader.take(length), test::at(time), out);
    core.tick(test::at(time), out);
    if (out.reconnect_signaling) core.on_signaling_open(test::at(time), out);
    PARLEY_CHECK(!core.is_media_connected());
    for (std::uint8_t slot = 0; slot < 20; ++slot) static_cast<void>(core.heard_in_slot(slot));
    out.packets.clear();
    out.frames.clear();
    out.connect_tcp.clear();
    out.close_tcp.clear();
    out.events.clear();
    out.reconnect_signaling = false;
  }
  core.leave(test::at(std::chrono::minutes(1)), out);
  PARLEY_CHECK(core.deadline() == kNever);
  return 0;
}
