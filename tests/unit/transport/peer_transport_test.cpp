#include "sfu/transport/peer_transport.hpp"

#include <gtest/gtest.h>

#include "tests/unit/transport/test_client.hpp"

namespace parley::test {
namespace {

using sfu::Drop;
using sfu::Received;
using sfu::TransportState;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Path kPhone = udp_path(1);
const Path kOffice = udp_path(2);

bool is_rtp(const Received& received) { return std::holds_alternative<sfu::ReceivedRtp>(received); }
std::string_view drop_of(const Received& received) {
  const auto* drop = std::get_if<Drop>(&received);
  return drop != nullptr ? sfu::name_of(*drop) : "no drop";
}
Datagram voice_header(std::uint16_t sequence) {
  Datagram header(codecs::kRtpHeaderSize);
  codecs::write_rtp_header(
      {.payload_type = 111, .sequence = sequence, .timestamp = 0, .ssrc = Ssrc{77}}, header);
  return header;
}
const Datagram kPayload = {1, 2, 3, 4};

TEST(PeerTransport, GoesFromWaitingOverHandshakingToConnected) {
  Call call;
  EXPECT_EQ(call.node.state(), TransportState::waiting);
  call.check(kPhone, true);
  EXPECT_EQ(call.node.state(), TransportState::waiting);
  call.start_dtls(kPhone);
  EXPECT_EQ(call.node.state(), TransportState::connected);
  EXPECT_EQ(call.node.selected_path(), kPhone);
  EXPECT_STREQ(call.node.close_reason(), "");
}

TEST(PeerTransport, VoiceAndReportsPassBothWays) {
  Call call;
  call.connect(kPhone);
  ASSERT_TRUE(call.client_srtp.has_value());
  Datagram packet = call.make_rtp(10);
  const Received received = call.node.on_datagram(kPhone, packet, clock_now, call.from_node);
  ASSERT_TRUE(is_rtp(received));
  const auto& view = std::get<sfu::ReceivedRtp>(received).packet;
  EXPECT_EQ(view.sequence, 10);
  EXPECT_EQ(as_text(view.payload), "voice");
  Datagram report = call.make_rtcp(kUplink);
  const Received rtcp = call.node.on_datagram(kPhone, report, clock_now, call.from_node);
  ASSERT_TRUE(std::holds_alternative<sfu::ReceivedRtcp>(rtcp));
  EXPECT_EQ(std::get<sfu::ReceivedRtcp>(rtcp).compound.size(), 8U);

  ASSERT_TRUE(call.node.send_rtp(voice_header(3), kPayload, 3, call.from_node).has_value());
  const Datagram rr = {0x80, 201, 0, 1, 0, 0, 0, 1};
  ASSERT_TRUE(call.node.send_rtcp(rr, call.from_node).has_value());
  call.deliver();
  ASSERT_EQ(call.media.size(), 2U);
  EXPECT_EQ(call.media[0].path, kPhone);
  const auto plain = call.client_srtp->unprotect_rtp(call.media[0].bytes);
  ASSERT_TRUE(plain.has_value());
  EXPECT_TRUE(std::ranges::equal(plain->subspan(12), kPayload));
  EXPECT_TRUE(call.client_srtp->unprotect_rtcp(call.media[1].bytes).has_value());
}

TEST(PeerTransport, DtlsBeforeIceIsDropped) {
  Call call;
  call.start_dtls(kPhone);
  EXPECT_EQ(call.node.state(), TransportState::waiting);
  EXPECT_EQ(drop_of(call.receive(kPhone, dtls_record(22, 0, 0, Datagram(20)))), "dtls_before_ice");
}

TEST(PeerTransport, DtlsMayStartBeforeTheNominationAndIsAnsweredWhereItCameFrom) {
  Call call;
  call.check(kPhone, false);
  call.check(kOffice, false);
  call.start_dtls(kPhone);
  EXPECT_EQ(call.node.state(), TransportState::connected);
  EXPECT_FALSE(call.node.selected_path().has_value());
  ASSERT_TRUE(call.node.send_rtp(voice_header(1), kPayload, 1, call.from_node).has_value());
  call.deliver();
  ASSERT_EQ(call.media.size(), 1U);
  EXPECT_EQ(call.media[0].path, kOffice) << "the path proven last";
}

TEST(PeerTransport, MediaBeforeTheKeysIsDropped) {
  Call call;
  call.check(kPhone, true);
  Datagram packet = voice_header(1);
  packet.resize(40);
  EXPECT_EQ(drop_of(call.receive(kPhone, packet)), "rtp_before_keys");
  EXPECT_EQ(call.node.send_rtp(voice_header(1), kPayload, 1, call.from_node).error(),
            Drop::listener_not_ready);
  EXPECT_EQ(call.node.send_rtcp(kPayload, call.from_node).error(), Drop::listener_not_ready);
}

TEST(PeerTransport, EveryBadPacketHasItsName) {
  Call call;
  call.connect(kPhone);
  EXPECT_EQ(drop_of(call.receive(kPhone, {})), "unknown_datagram");
  EXPECT_EQ(drop_of(call.receive(kPhone, {90, 1, 2})), "unknown_datagram");
  EXPECT_EQ(drop_of(call.receive(kPhone, {0x80, 111, 0, 1})), "rtp_malformed");
  EXPECT_EQ(drop_of(call.receive(kPhone, {0x80, 201, 0, 1})), "rtcp_malformed");
  EXPECT_EQ(drop_of(call.receive(kPhone, call.make_rtp(1, Ssrc{4}))), "rtp_foreign_ssrc");
  EXPECT_EQ(drop_of(call.receive(kOffice, call.make_rtp(1))), "unknown_path");
  Datagram forged = call.make_rtp(2);
  forged.back() ^= 1;
  EXPECT_EQ(drop_of(call.receive(kPhone, forged)), "srtp_auth");
  const Datagram packet = call.make_rtp(3);
  EXPECT_TRUE(is_rtp(call.receive(kPhone, packet)));
  EXPECT_EQ(drop_of(call.receive(kPhone, packet)), "srtp_replay");
  EXPECT_EQ(call.node.state(), TransportState::connected);
}

TEST(PeerTransport, APeerReportsUnderAtMost32Ssrcs) {
  Call call;
  call.connect(kPhone);
  for (std::uint32_t i = 1; i <= sfu::kMaxRtcpSsrcs; ++i) {
    Datagram forged = call.make_rtcp(Ssrc{i + 1000});
    forged[9] ^= 1;
    EXPECT_EQ(drop_of(call.receive(kPhone, forged)), "srtp_auth") << "takes no place";
    EXPECT_EQ(drop_of(call.receive(kPhone, call.make_rtcp(Ssrc{i}))), "no drop");
  }
  EXPECT_EQ(drop_of(call.receive(kPhone, call.make_rtcp(Ssrc{900}))), "rtp_foreign_ssrc");
  EXPECT_EQ(drop_of(call.receive(kPhone, call.make_rtcp(Ssrc{1}))), "no drop");
}

TEST(PeerTransport, AForgedHandshakeIsThrownAwayAndTheNextOneSucceeds) {
  Call call;
  call.check(kPhone, true);
  Datagram hello(12 + 34, 0);  // a ClientHello whose lengths lie
  ByteWriter writer(hello);
  writer.u8(1);
  writer.u24(34);
  writer.u16(0);
  writer.u24(0);
  writer.u24(34);
  call.receive(kPhone, dtls_record(22, 0, 0, hello));
  EXPECT_EQ(call.node.state(), TransportState::waiting) << "failed, and forgotten";
  call.from_node.clear();
  call.start_dtls(kPhone);
  EXPECT_EQ(call.node.state(), TransportState::connected);
}

TEST(PeerTransport, AStrangersCertificateGetsNoKeysAndDoesNotEndTheSession) {
  Call call;
  auto stranger = make_context();
  call.check(kPhone, true);
  std::swap(call.client_context, stranger);
  call.start_dtls(kPhone);
  EXPECT_EQ(call.node.state(), TransportState::waiting);
  std::swap(call.client_context, stranger);
  call.restart_dtls(kPhone);
  EXPECT_EQ(call.node.state(), TransportState::connected);
}

TEST(PeerTransport, WithoutAHandshakeItClosesAfterTenSeconds) {
  Call call;
  call.check(kPhone, true);
  call.pass(milliseconds(9900));
  call.check(kPhone, true);
  EXPECT_EQ(call.node.state(), TransportState::waiting);
  call.pass(milliseconds(200));
  EXPECT_EQ(call.node.state(), TransportState::closed);
  EXPECT_STREQ(call.node.close_reason(), "DTLS handshake timed out");
  EXPECT_EQ(call.node.deadline(), kNever);
}

TEST(PeerTransport, WithoutAnyCheckItClosesByItself) {
  Call call;
  call.pass(milliseconds(15001));
  EXPECT_EQ(call.node.state(), TransportState::closed);
  EXPECT_STREQ(call.node.close_reason(), "no connectivity check arrived");
}

TEST(PeerTransport, ConsentEndsFifteenSecondsAfterTheLastCheck) {
  Call call;
  call.connect(kPhone);
  call.pass(seconds(14));
  call.check(kPhone, false);
  call.pass(milliseconds(14900));
  EXPECT_EQ(call.node.state(), TransportState::connected);
  call.pass(milliseconds(200));
  EXPECT_EQ(call.node.state(), TransportState::closed);
  EXPECT_STREQ(call.node.close_reason(), "consent expired");
  EXPECT_TRUE(call.from_node.empty()) << "nothing is sent without consent";
}

TEST(PeerTransport, MovesToANewPathOnlyAfterTheChallenge) {
  Call call;
  call.connect(kPhone);
  call.answers_challenges = false;
  call.check(kOffice, true);
  EXPECT_EQ(call.node.selected_path(), kPhone);
  EXPECT_TRUE(is_rtp(call.receive(kOffice, call.make_rtp(1)))) << "proven, so it may send";
  EXPECT_EQ(call.node.selected_path(), kPhone) << "no learning from RTP";
  call.answers_challenges = true;
  call.check(kOffice, true);
  call.pass(seconds(7));
  EXPECT_EQ(call.node.selected_path(), kOffice);
}

TEST(PeerTransport, ThePeersCloseEndsIt) {
  Call call;
  call.connect(kPhone);
  PacketBatch batch{1U << 12, 4};
  call.client_dtls().close(kPhone, batch);
  for (auto& datagram : take_datagrams(batch)) call.receive(kPhone, std::move(datagram));
  EXPECT_EQ(call.node.state(), TransportState::closed);
  EXPECT_STREQ(call.node.close_reason(), "closed by peer");
  EXPECT_EQ(drop_of(call.receive(kPhone, call.make_rtp(1))), "unknown_path");
  EXPECT_EQ(drop_of(call.receive(kPhone, call.make_check(true))), "unknown_path");
}

TEST(PeerTransport, ClosingTellsThePeer) {
  Call call;
  call.connect(kPhone);
  call.node.close(call.from_node);
  EXPECT_EQ(call.node.state(), TransportState::closed);
  EXPECT_STREQ(call.node.close_reason(), "closed");
  call.deliver();
  EXPECT_EQ(call.client_dtls().state(), sfu::DtlsState::closed);
}

TEST(PeerTransport, AnEndedTcpConnectionIsForgotten) {
  Call call;
  Path tcp = udp_path(3);
  tcp.connection = 5;
  call.connect(tcp);
  EXPECT_EQ(call.node.selected_path(), tcp);
  call.node.on_path_closed(tcp, clock_now);
  EXPECT_FALSE(call.node.is_path_proven(tcp));
  EXPECT_EQ(call.node.send_rtp(voice_header(1), kPayload, 1, call.from_node).error(),
            Drop::listener_not_ready);
  call.check(kPhone, true);
  EXPECT_EQ(call.node.selected_path(), kPhone) << "answered its challenge";
  EXPECT_TRUE(call.node.send_rtp(voice_header(1), kPayload, 1, call.from_node).has_value());
}

TEST(PeerTransport, AFullBatchIsADropWithItsName) {
  Call call;
  call.connect(kPhone);
  PacketBatch full{32, 4};
  EXPECT_EQ(call.node.send_rtp(voice_header(1), kPayload, 1, full).error(), Drop::send_batch_full);
  EXPECT_EQ(call.node.send_rtcp(Datagram(8), full).error(), Drop::send_batch_full);
}

TEST(PeerTransport, ARunningCallIsUntouchedByJunk) {
  Call call;
  call.connect(kPhone);
  SeededRandom random(3);
  std::uint64_t index = 0;
  for (int i = 0; i < 20'000; ++i) {
    Datagram junk(random.below(80));
    random.fill(junk);
    constexpr std::uint8_t kFirst[] = {0, 1, 20, 21, 22, 23, 24, 0x80, 0x90, 0xbf};
    if (!junk.empty()) junk[0] = kFirst[random.below(sizeof kFirst)];
    if (junk.size() > 4 && random.chance(50)) {
      junk[1] = 0xfe;
      junk[2] = 0xfd;
      junk[3] = 0;
      junk[4] = static_cast<std::uint8_t>(random.below(3));
    }
    call.receive(random.chance(80) ? kPhone : kOffice, junk);
    if (i % 1000 != 0) continue;
    ASSERT_TRUE(is_rtp(call.receive(kPhone, call.make_rtp(index++))));
  }
  EXPECT_EQ(call.node.state(), TransportState::connected);
  EXPECT_TRUE(call.from_node.empty()) << "junk is never answered";
}

}  // namespace
}  // namespace parley::test
