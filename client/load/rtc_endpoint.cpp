#include "client/load/rtc_endpoint.hpp"

#include <algorithm>
#include <utility>

#include "codecs/rtp.hpp"

namespace parley::client {
namespace {

// Type preference 126 (host), local preference 65535, component 1 (RFC 8445 5.1.2.1).
constexpr std::uint32_t kHostPriority = (126U << 24) | (65535U << 8) | 255U;
constexpr std::uint64_t kTieBreaker = 0x7061'726c'6579'6c64;  // any value: nobody else controls

// Only the clear header is read: most packets are counted and not decrypted.
std::optional<Heard> hear(Bytes datagram, std::span<const std::uint32_t> ssrcs) {
  if (datagram.size() < codecs::kRtpHeaderSize) return std::nullopt;
  ByteReader reader(datagram);
  reader.skip(2);
  const std::uint16_t sequence = reader.u16();
  reader.skip(4);
  const auto stream = std::ranges::find(ssrcs, reader.u32());
  if (stream == ssrcs.end()) return std::nullopt;
  return Heard{.stream = static_cast<std::uint16_t>(stream - ssrcs.begin()), .sequence = sequence};
}

}  // namespace

RtcEndpoint::RtcEndpoint(RtcShared& shared, net::UdpSink& socket, IceCredentials local)
    : shared_(&shared), socket_(&socket), local_(std::move(local)) {}

void RtcEndpoint::start(RtcRemote remote, Now now) {
  remote_ = std::move(remote);
  state_ = RtcState::checking;
  handshake_by_ = now.mono + kHandshakeLimit;
  shared_->random.fill(transaction_);
  send_check(now);
}

void RtcEndpoint::send_check(Now now) {
  std::array<std::uint8_t, 600> buffer{};
  codecs::StunWriter writer(buffer, codecs::StunClass::request, transaction_);
  writer.username(remote_.ice.ufrag + ":" + local_.ufrag);
  writer.priority(kHostPriority);
  writer.ice_controlling(kTieBreaker);
  writer.use_candidate();
  const std::size_t size = writer.finish(remote_.ice.pwd);
  if (size > 0) socket_->send(remote_.candidate, Bytes(buffer).first(size));
  // While checking the same transaction is repeated, later and later (RFC 8489 6.2.1).
  next_check_ = now.mono + (state_ == RtcState::checking ? kFirstCheckTimeout * (1 << checks_)
                                                         : kConsentInterval);
  if (state_ == RtcState::checking) ++checks_;
}

std::optional<Heard> RtcEndpoint::on_datagram(MutableBytes datagram,
                                              std::span<const std::uint32_t> ssrcs, Now now) {
  switch (codecs::classify(datagram)) {
    case codecs::DatagramKind::stun:
      on_stun(datagram, now);
      return std::nullopt;
    case codecs::DatagramKind::dtls:
      if (!dtls_) return std::nullopt;  // a repetition of what is over
      dtls_->on_datagram(Path{.remote = remote_.candidate}, datagram, now.mono, shared_->scratch);
      follow_dtls(now);
      return std::nullopt;
    case codecs::DatagramKind::rtp:
      return hear(datagram, ssrcs);
    case codecs::DatagramKind::rtcp:
    case codecs::DatagramKind::unknown:
      return std::nullopt;
  }
  return std::nullopt;
}

void RtcEndpoint::on_stun(Bytes datagram, Now now) {
  const auto stun = codecs::parse_stun(datagram);
  if (!stun) return;
  if (stun->message_class == codecs::StunClass::request) {
    if (!stun->verify_integrity(local_.pwd)) return;
    std::array<std::uint8_t, 200> buffer{};
    codecs::StunWriter writer(buffer, codecs::StunClass::success, stun->transaction);
    writer.xor_mapped_address(remote_.candidate);
    const std::size_t size = writer.finish(local_.pwd);
    if (size > 0) socket_->send(remote_.candidate, Bytes(buffer).first(size));
    return;
  }
  const bool proves_path =
      state_ == RtcState::checking && stun->message_class == codecs::StunClass::success &&
      stun->transaction == transaction_ && stun->verify_integrity(remote_.ice.pwd);
  if (!proves_path) return;
  state_ = RtcState::handshaking;
  next_check_ = now.mono + kConsentInterval;
  dtls_.emplace(shared_->dtls, sfu::DtlsRole::client, remote_.fingerprint);
  dtls_->start(Path{.remote = remote_.candidate}, now.mono, shared_->scratch);
  follow_dtls(now);
}

void RtcEndpoint::flush() {
  for (const PacketBatch::Entry& entry : shared_->scratch.entries()) {
    socket_->send(remote_.candidate, shared_->scratch.bytes(entry));
  }
  shared_->scratch.clear();
}

void RtcEndpoint::follow_dtls(Now now) {
  flush();
  switch (dtls_->state()) {
    case sfu::DtlsState::handshaking:
      return;
    case sfu::DtlsState::failed:
    case sfu::DtlsState::closed:
      state_ = RtcState::failed;
      dtls_.reset();
      return;
    case sfu::DtlsState::connected:
      break;
  }
  auto srtp = sfu::SrtpSession::create(dtls_->take_keys());
  dtls_.reset();
  state_ = srtp ? RtcState::connected : RtcState::failed;
  handshake_by_ = kNever;
  next_check_ = now.mono + kConsentInterval;
  if (srtp) srtp_ = std::move(*srtp);
}

void RtcEndpoint::tick(Now now) {
  if (state_ == RtcState::idle || state_ == RtcState::failed) return;
  const bool has_given_up = state_ == RtcState::checking && checks_ >= kMaxChecks;
  if (now.mono >= handshake_by_ || (has_given_up && now.mono >= next_check_)) {
    state_ = RtcState::failed;
    dtls_.reset();
    return;
  }
  if (now.mono >= next_check_) send_check(now);
  if (dtls_ && now.mono >= dtls_->deadline()) {
    dtls_->tick(Path{.remote = remote_.candidate}, now.mono, shared_->scratch);
    follow_dtls(now);
  }
}

void RtcEndpoint::refresh(Now now) {
  if (state_ == RtcState::connected) send_check(now);
}

bool RtcEndpoint::send_rtp(Bytes header, Bytes payload, std::uint64_t index) {
  if (!srtp_) return false;
  std::array<std::uint8_t, kMaxDatagram> buffer;
  if (header.size() + payload.size() + sfu::kMaxSrtpTrailer > buffer.size()) return false;
  const auto size = srtp_->protect_rtp(header, payload, index, buffer);
  return size && socket_->send(remote_.candidate, Bytes(buffer).first(*size));
}

std::optional<Bytes> RtcEndpoint::open_rtp(MutableBytes datagram) {
  if (!srtp_) return std::nullopt;
  const auto plain = srtp_->unprotect_rtp(datagram);
  if (!plain) return std::nullopt;
  const auto packet = codecs::parse_rtp(*plain);
  if (!packet) return std::nullopt;
  return packet->payload;
}

}  // namespace parley::client
