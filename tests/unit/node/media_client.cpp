#include "tests/unit/node/media_client.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "codecs/rtp.hpp"
#include "codecs/stun.hpp"
#include "net/clock.hpp"

namespace parley::test {
namespace {

constexpr auto kUfrag = "clnt";
constexpr auto kPassword = "client-password-client-pwd";
constexpr std::uint8_t kPayloadType = 111;
constexpr std::uint32_t kUplinkSsrc = 0x5eed;
constexpr Duration kRetry = std::chrono::milliseconds(50);

std::vector<sfu::SrtpProfile> profiles() { return {sfu::SrtpProfile::aead_aes_128_gcm}; }

}  // namespace

MediaClient::MediaClient(net::Loop& loop)
    : loop_(&loop), context_(sfu::DtlsContext::create(profiles()).value()), retry_(loop, [this] {
        send_check();
        if (dtls_) dtls_->tick(path_, net::read_monotonic(), out_);
        flush();
      }) {}

api::Connect MediaClient::offer() const {
  api::Connect offer;
  offer.set_ice_ufrag(kUfrag);
  offer.set_ice_pwd(kPassword);
  offer.set_dtls_fingerprint(context_.fingerprint().data(), context_.fingerprint().size());
  offer.set_opus_payload_type(kPayloadType);
  offer.set_audio_level_extension_id(1);
  offer.set_uplink_ssrc(kUplinkSsrc);
  offer.set_slots(4);
  return offer;
}

void MediaClient::start(const api::Connected& answer, const api::Candidate& candidate) {
  node_ufrag_ = answer.ice_ufrag();
  node_pwd_ = answer.ice_pwd();
  sfu::Fingerprint fingerprint{};
  std::ranges::copy(as_bytes(answer.dtls_fingerprint()), fingerprint.begin());
  dtls_.emplace(context_, sfu::DtlsRole::client, fingerprint);
  path_.remote = {.address = IpAddress::parse(candidate.address()).value(),
                  .port = static_cast<std::uint16_t>(candidate.port())};
  if (candidate.protocol() == api::Candidate::UDP) {
    const IpAddress any =
        IpAddress::parse(path_.remote.address.is_v6 ? "::1" : "127.0.0.1").value();
    udp_ = net::UdpPort::open(*loop_, {.bind = {.address = any}},
                              [this](std::span<net::Datagram> batch, Now) {
                                for (const net::Datagram& one : batch) on_packet(one.bytes);
                              })
               .value();
    retry_.arm(Timestamp{});
    return;
  }
  tcp_ = net::TcpConnection::connect(*loop_, path_.remote, {},
                                     {.on_connected = [this] { retry_.arm(Timestamp{}); },
                                      .on_bytes =
                                          [this](MutableBytes bytes) {
                                            deframer_.feed(bytes);
                                            while (const auto packet = deframer_.next()) {
                                              on_packet(*packet);
                                            }
                                          },
                                      .on_closed = [](std::string_view) {}});
}

void MediaClient::send_check() {
  std::array<std::uint8_t, 512> buffer{};
  codecs::StunTransactionId transaction{};
  random_.fill(transaction);
  codecs::StunWriter writer(buffer, codecs::StunClass::request, transaction);
  writer.username(node_ufrag_ + ":" + kUfrag);
  writer.priority(1);
  writer.ice_controlling(7);
  writer.use_candidate();
  const std::size_t size = writer.finish(node_pwd_);
  ASSERT_TRUE(out_.push(path_, Bytes(buffer).first(size)));
  retry_.arm(net::read_monotonic() + kRetry);
}

void MediaClient::say(std::string_view words) {
  std::array<std::uint8_t, codecs::kRtpHeaderSize> header{};
  codecs::write_rtp_header({.payload_type = kPayloadType,
                            .sequence = static_cast<std::uint16_t>(next_index_),
                            .timestamp = static_cast<std::uint32_t>(next_index_ * 960),
                            .ssrc = Ssrc{kUplinkSsrc}},
                           header);
  std::array<std::uint8_t, 200> packet{};
  const auto size = srtp_.protect_rtp(header, as_bytes(words), next_index_++, packet);
  ASSERT_TRUE(size.has_value());
  ASSERT_TRUE(out_.push(path_, Bytes(packet).first(*size)));
  flush();
}

void MediaClient::on_voice(MutableBytes packet) {
  const auto plain = srtp_.unprotect_rtp(packet);
  ASSERT_TRUE(plain.has_value());
  const auto voice = codecs::parse_rtp(*plain);
  ASSERT_TRUE(voice.has_value());
  heard_.emplace_back(as_text(voice->payload));
}

void MediaClient::on_packet(MutableBytes packet) {
  const Timestamp now = net::read_monotonic();
  if (codecs::classify(packet) == codecs::DatagramKind::rtp) on_voice(packet);
  const bool is_stun = !packet.empty() && packet[0] < 4;
  const bool is_dtls = !packet.empty() && packet[0] >= 20 && packet[0] < 64;
  if (is_stun) {
    const auto stun = codecs::parse_stun(packet);
    if (!stun || stun->message_class != codecs::StunClass::success) return;
    EXPECT_TRUE(stun->verify_integrity(node_pwd_));
    if (!is_ice_answered_) dtls_->start(path_, now, out_);
    is_ice_answered_ = true;
  } else if (is_dtls) {
    const bool was_connected = dtls_state() == sfu::DtlsState::connected;
    dtls_->on_datagram(path_, packet, now, out_);
    if (!was_connected && dtls_state() == sfu::DtlsState::connected) {
      srtp_ = sfu::SrtpSession::create(dtls_->take_keys()).value();
    }
  }
  flush();
}

void MediaClient::flush() {
  if (udp_) udp_->flush(out_);
  for (const auto& entry : out_.entries()) {
    if (!tcp_) break;
    std::array<std::uint8_t, codecs::kTcpFrameHeader + kMaxDatagram> frame{};
    ByteWriter writer(frame);
    writer.u16(static_cast<std::uint16_t>(entry.size));
    writer.bytes(out_.bytes(entry));
    tcp_->send(writer.written());
  }
  out_.clear();
}

}  // namespace parley::test
