// The voice path allocates nothing of its own: an executable of its own, because
// counting_new.cpp replaces operator new.
#include <gtest/gtest.h>

#include "tests/unit/transport/counting_new.hpp"
#include "tests/unit/transport/test_client.hpp"

namespace parley::test {
namespace {

TEST(Allocations, AVoicePacketInAndOutCostsNone) {
  Call call;
  const Path path = udp_path(1);
  call.connect(path);
  std::vector<Datagram> packets;
  for (std::uint16_t i = 0; i < 200; ++i) packets.push_back(call.make_rtp(i));
  std::vector<Datagram> headers;
  for (std::uint16_t i = 0; i < 200; ++i) {
    Datagram& header = headers.emplace_back(codecs::kRtpHeaderSize);
    codecs::write_rtp_header({.payload_type = 111, .sequence = i, .timestamp = 0, .ssrc = Ssrc{77}},
                             header);
  }
  std::size_t forwarded = 0;
  const auto forward = [&](std::size_t i) {
    const auto received = call.node.on_datagram(path, packets[i], clock_now, call.from_node);
    const auto* rtp = std::get_if<sfu::ReceivedRtp>(&received);
    if (rtp == nullptr) return;
    if (call.node.send_rtp(headers[i], rtp->packet.payload, i, call.from_node)) ++forwarded;
  };
  forward(0);  // the first packet of a stream makes the stream
  const std::size_t before = allocations;
  for (std::size_t i = 1; i < packets.size(); ++i) forward(i);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(forwarded, packets.size());
}

// Each engine, each direction, with OpenSSL's allocations counted too; the first packet of a stream
// makes the stream.
TEST(Allocations, AnAeadPacketCostsNone) {
  for (const auto engine : {sfu::AeadEngine::openssl, sfu::AeadEngine::multi_buffer}) {
    if (!sfu::is_available(engine)) continue;
    const std::array<std::uint8_t, 16> key{};
    const auto master = [&] {
      return sfu::SrtpMasterKey{.key = Secret<32>(key), .salt = Secret<14>(Bytes(key).first(12))};
    };
    auto session =
        sfu::SrtpSession::create(
            {.profile = sfu::SrtpProfile::aead_aes_128_gcm, .send = master(), .receive = master()},
            engine)
            .value();
    Datagram header(codecs::kRtpHeaderSize);
    const Datagram payload(80);
    Datagram out(header.size() + payload.size() + sfu::kMaxSrtpTrailer);
    std::size_t received = 0;
    std::size_t before = 0;
    for (std::uint16_t i = 0; i < 500; ++i) {
      if (i == 1) before = allocations;
      codecs::write_rtp_header(
          {.payload_type = 111, .sequence = i, .timestamp = 0, .ssrc = Ssrc{77}}, header);
      const auto size = session.protect_rtp(header, payload, i, out);
      if (size && session.unprotect_rtp(MutableBytes(out).first(*size))) ++received;
    }
    EXPECT_EQ(allocations, before);
    EXPECT_EQ(received, 500U);
  }
}

TEST(Allocations, AnAeadSessionIsSmall) {
  const std::array<std::uint8_t, 32> key{};
  const auto master = [&] {
    return sfu::SrtpMasterKey{.key = Secret<32>(key), .salt = Secret<14>(Bytes(key).first(12))};
  };
  const sfu::SrtpKeys keys{
      .profile = sfu::SrtpProfile::aead_aes_256_gcm, .send = master(), .receive = master()};
  const auto warm = sfu::SrtpSession::create(keys).value();
  const std::size_t before = bytes_held;
  const auto nobody_sent_to_yet = sfu::SrtpSession::create(keys).value();
  EXPECT_LE(bytes_held - before, 2560U);
}

}  // namespace
}  // namespace parley::test
