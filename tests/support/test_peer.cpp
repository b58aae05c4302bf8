#include "tests/support/test_peer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "codecs/stun.hpp"

namespace parley::test {

namespace {

constexpr std::string_view kUfrag = "client";
constexpr std::string_view kPassword = "a-password-of-a-client";

}  // namespace

TestPeer::TestPeer(TestPeerSettings settings, const sfu::DtlsContext& dtls, RandomSource& random)
    : settings_(settings),
      random_(random),
      uplink_ssrc_{random.next_u32() | 1U},
      fingerprint_(dtls.fingerprint()),
      context_(dtls),
      dtls_(dtls, sfu::DtlsRole::client, sfu::Fingerprint{}),
      index_(random.next_u32() & 0x7fff),
      timestamp_(random.next_u32()) {}

sfu::PeerOffer TestPeer::offer() const {
  const std::uint8_t extension = settings_.sends_levels ? kLevelExtension : std::uint8_t{0};
  return {.peer = settings_.id,
          .ice_ufrag = std::string(kUfrag),
          .ice_pwd = std::string(kPassword),
          .fingerprint = fingerprint_,
          .opus_payload_type = settings_.payload_type,
          .audio_level_extension_id = extension,
          .uplink_ssrc = uplink_ssrc_,
          .slots = settings_.slots};
}

void TestPeer::on_answer(const sfu::PeerAnswer& answer) {
  answer_ = answer;
  dtls_ = sfu::Dtls(context_, sfu::DtlsRole::client, answer.fingerprint);
}

std::vector<std::uint8_t> TestPeer::make_check(bool nominates) {
  PARLEY_CHECK(answer_.has_value());
  codecs::StunTransactionId transaction{};
  random_.fill(transaction);
  std::vector<std::uint8_t> datagram(kMaxDatagram);
  codecs::StunWriter writer(datagram, codecs::StunClass::request, transaction);
  writer.username(answer_->ice_ufrag + ":" + std::string(kUfrag));
  writer.priority(1845494271);
  writer.ice_controlling(42);
  if (nominates) writer.use_candidate();
  datagram.resize(writer.finish(answer_->ice_pwd));
  return datagram;
}

void TestPeer::on_datagram(MutableBytes datagram, Timestamp now, PacketBatch& out) {
  ++datagrams_in_;
  switch (codecs::classify(datagram)) {
    case codecs::DatagramKind::stun:
      return on_stun(datagram, now, out);
    case codecs::DatagramKind::dtls:
      dtls_.on_datagram(settings_.path, datagram, now, out);
      if (!srtp_ && dtls_.state() == sfu::DtlsState::connected) {
        auto session = sfu::SrtpSession::create(dtls_.take_keys());
        PARLEY_CHECK(session.has_value());
        srtp_.emplace(std::move(*session));
      }
      return;
    case codecs::DatagramKind::rtp:
      return on_rtp(datagram);
    case codecs::DatagramKind::rtcp: {
      const auto plain = srtp_->unprotect_rtcp(datagram);
      auto view =
          plain ? codecs::parse_rtcp(*plain) : std::unexpected(codecs::RtcpError::too_short);
      if (view) {
        rtcp_.push_back(std::move(*view));
      } else {
        ++decrypt_errors_;
      }
      return;
    }
    case codecs::DatagramKind::unknown:
      ++decrypt_errors_;
      return;
  }
}

void TestPeer::on_stun(Bytes datagram, Timestamp now, PacketBatch& out) {
  const auto stun = codecs::parse_stun(datagram);
  PARLEY_CHECK(stun.has_value());
  if (stun->message_class == codecs::StunClass::request) {  // the node's challenge
    PARLEY_CHECK(stun->verify_integrity(kPassword));
    std::array<std::uint8_t, 256> answer{};
    codecs::StunWriter writer(answer, codecs::StunClass::success, stun->transaction);
    writer.xor_mapped_address(settings_.path.remote);
    const std::size_t size = writer.finish(kPassword);
    PARLEY_CHECK(out.push(settings_.path, Bytes(answer).first(size)));
    return;
  }
  if (stun->message_class != codecs::StunClass::success || dtls_started_) return;
  dtls_started_ = true;
  dtls_.start(settings_.path, now, out);
}

void TestPeer::on_rtp(MutableBytes datagram) {
  const auto plain = srtp_->unprotect_rtp(datagram);
  const auto packet =
      plain ? codecs::parse_rtp(*plain) : std::unexpected(codecs::RtpError::too_short);
  if (!packet) {
    ++decrypt_errors_;
    return;
  }
  heard_.push_back({.ssrc = packet->ssrc,
                    .sequence = packet->sequence,
                    .timestamp = packet->timestamp,
                    .marker = packet->marker,
                    .payload_type = packet->payload_type,
                    .payload = {packet->payload.begin(), packet->payload.end()}});
}

std::vector<std::uint8_t> TestPeer::make_voice(Bytes payload, std::uint8_t level) {
  PARLEY_CHECK(srtp_.has_value());
  const codecs::RtpHeader header{.payload_type = settings_.payload_type,
                                 .marker = false,
                                 .sequence = static_cast<std::uint16_t>(index_),
                                 .timestamp = timestamp_,
                                 .ssrc = uplink_ssrc_};
  timestamp_ += kFrame;
  std::array<std::uint8_t, 32> bytes{};
  std::size_t size = codecs::kRtpHeaderSize;
  if (settings_.sends_levels) {
    size = codecs::write_rtp_header_with_level(header, kLevelExtension,
                                               {.dbov = level, .voice = level < 127}, bytes);
  } else {
    codecs::write_rtp_header(header, bytes);
  }
  std::vector<std::uint8_t> datagram(size + payload.size() + sfu::kMaxSrtpTrailer);
  const auto sealed = srtp_->protect_rtp(Bytes(bytes).first(size), payload, index_++, datagram);
  PARLEY_CHECK(sealed.has_value());
  datagram.resize(*sealed);
  return datagram;
}

void TestPeer::skip_voice(std::uint16_t packets) {
  index_ += packets;
  timestamp_ += kFrame * packets;
}

std::vector<std::uint8_t> TestPeer::make_rtcp(Bytes compound) {
  PARLEY_CHECK(srtp_.has_value());
  std::vector<std::uint8_t> datagram(compound.begin(), compound.end());
  datagram.resize(compound.size() + sfu::kMaxSrtpTrailer);
  const auto sealed = srtp_->protect_rtcp(datagram, compound.size());
  PARLEY_CHECK(sealed.has_value());
  datagram.resize(*sealed);
  return datagram;
}

std::vector<HeardPacket> TestPeer::take_heard() { return std::exchange(heard_, {}); }
std::vector<codecs::RtcpView> TestPeer::take_rtcp() { return std::exchange(rtcp_, {}); }

}  // namespace parley::test
