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

}  // namespace
}  // namespace parley::test
