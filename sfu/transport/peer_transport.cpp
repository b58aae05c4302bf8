#include "sfu/transport/peer_transport.hpp"

#include <algorithm>
#include <utility>

namespace parley::sfu {

namespace {

using codecs::DatagramKind;

constexpr std::uint8_t kDtlsHandshakeRecord = 22;  // RFC 6347 4.1

}  // namespace

PeerTransport::PeerTransport(PeerTransportConfig config, const DtlsContext& dtls,
                             RandomSource& random, Timestamp now)
    : config_(std::move(config)),
      dtls_(&dtls),
      created_(now),
      ice_(std::move(config_.local), std::move(config_.remote), random) {}

std::expected<void, Drop> PeerTransport::on_stun(const Path& from, const codecs::StunView& stun,
                                                 Timestamp now, PacketBatch& out) {
  if (state() == TransportState::closed) return std::unexpected(Drop::unknown_path);
  auto handled = ice_.on_stun(from, stun, now, out);
  if (handled && !first_proven_) first_proven_ = now;
  refresh_sending();
  return handled;
}

Received PeerTransport::on_datagram(const Path& from, MutableBytes datagram, Timestamp now,
                                    PacketBatch& out) {
  const DatagramKind kind = codecs::classify(datagram);
  if (state() == TransportState::closed) return Drop::unknown_path;
  if (!ice_.is_proven(from)) {
    return kind == DatagramKind::dtls ? Drop::dtls_before_ice : Drop::unknown_path;
  }
  switch (kind) {
    case DatagramKind::stun:
      return Drop::stun_unexpected;  // the owner's mistake to make: STUN comes by on_stun
    case DatagramKind::dtls:
      on_dtls(from, datagram, now, out);
      return Consumed{};
    case DatagramKind::rtp:
      return on_rtp(datagram);
    case DatagramKind::rtcp:
      return on_rtcp(datagram);
    case DatagramKind::unknown:
      return Drop::unknown_datagram;
  }
  return Drop::unknown_datagram;
}

void PeerTransport::on_dtls(const Path& from, Bytes datagram, Timestamp now, PacketBatch& out) {
  if (auto* connected = std::get_if<Connected>(&state_)) {
    connected->dtls.on_datagram(from, datagram, now, out);
    if (connected->dtls.state() == DtlsState::closed) close_for("closed by peer");
    return;
  }
  Opening& opening = std::get<Opening>(state_);
  if (!opening.dtls) {
    // 64 KiB of OpenSSL are not given away for junk.
    if (datagram[0] != kDtlsHandshakeRecord) return;
    opening.dtls.emplace(*dtls_, DtlsRole::server, config_.remote_fingerprint);
  }
  opening.dtls_path = from;
  opening.dtls->on_datagram(from, datagram, now, out);
  settle_handshake(opening);
}

// A handshake that fails is thrown away and may begin anew until handshake_timeout: whoever got a
// forged datagram in must not end the session (security.md S3).
void PeerTransport::settle_handshake(Opening& opening) {
  switch (opening.dtls->state()) {
    case DtlsState::handshaking:
      return;
    case DtlsState::failed:
      opening.dtls.reset();
      return;
    case DtlsState::closed:
      close_for("closed by peer");
      return;
    case DtlsState::connected:
      break;
  }
  auto srtp = SrtpSession::create(opening.dtls->take_keys());
  if (!srtp) {
    close_for("media keys were refused");
    return;
  }
  srtp_ = std::move(*srtp);
  Dtls dtls = std::move(*opening.dtls);  // `opening` ends with the assignment
  state_ = Connected{.dtls = std::move(dtls)};
  refresh_sending();
}

Received PeerTransport::on_rtp(MutableBytes datagram) {
  if (state() != TransportState::connected) return Drop::rtp_before_keys;
  const auto encrypted = codecs::parse_rtp(datagram, true);
  if (!encrypted) return Drop::rtp_malformed;
  if (encrypted->ssrc != config_.uplink_ssrc) return Drop::rtp_foreign_ssrc;
  const auto plain = srtp_.unprotect_rtp(datagram);
  if (!plain) return plain.error();
  const auto packet = codecs::parse_rtp(*plain);
  if (!packet) return Drop::rtp_malformed;
  return ReceivedRtp{*packet};
}

Received PeerTransport::on_rtcp(MutableBytes datagram) {
  if (state() != TransportState::connected) return Drop::rtp_before_keys;
  const auto ssrc = codecs::peek_rtcp_ssrc(datagram);
  if (!ssrc) return Drop::rtcp_malformed;
  const auto known = std::span(rtcp_ssrcs_).first(rtcp_ssrc_count_);
  const bool is_known = std::ranges::find(known, *ssrc) != known.end();
  if (!is_known && rtcp_ssrc_count_ == kMaxRtcpSsrcs) return Drop::rtp_foreign_ssrc;
  const auto plain = srtp_.unprotect_rtcp(datagram);
  if (!plain) return plain.error();
  if (!is_known) rtcp_ssrcs_[rtcp_ssrc_count_++] = *ssrc;
  return ReceivedRtcp{*plain};
}

std::expected<std::size_t, Drop> PeerTransport::send_rtp(Bytes header, Bytes payload,
                                                         std::uint64_t index, PacketBatch& out) {
  if (!is_sending_) return std::unexpected(Drop::listener_not_ready);
  const MutableBytes room = out.reserve(header.size() + payload.size() + kMaxSrtpTrailer);
  if (room.empty()) return std::unexpected(Drop::send_batch_full);
  const auto size = srtp_.protect_rtp(header, payload, index, room);
  if (size) out.commit(sending_path_, *size);
  return size;
}

std::expected<void, Drop> PeerTransport::send_rtcp(Bytes compound, PacketBatch& out) {
  if (!is_sending_) return std::unexpected(Drop::listener_not_ready);
  const MutableBytes room = out.reserve(compound.size() + kMaxSrtpTrailer);
  if (room.empty()) return std::unexpected(Drop::send_batch_full);
  std::ranges::copy(compound, room.begin());
  const auto size = srtp_.protect_rtcp(room, compound.size());
  if (!size) return std::unexpected(size.error());
  out.commit(sending_path_, *size);
  return {};
}

// Media goes where ICE says, and only with keys.
void PeerTransport::refresh_sending() {
  const std::optional<Path> path = ice_.sending_path();
  is_sending_ = path && std::holds_alternative<Connected>(state_);
  if (path) sending_path_ = *path;
}

void PeerTransport::on_path_closed(const Path& path, Timestamp) {
  ice_.on_path_closed(path);
  refresh_sending();
}

void PeerTransport::tick(Timestamp now, PacketBatch& out) {
  if (state() == TransportState::closed) return;
  if (now >= consent_deadline()) {
    // Nothing is sent any more, not even a close: that is what the consent was for (RFC 7675 5.1).
    close_for(first_proven_ ? "consent expired" : "no connectivity check arrived");
    return;
  }
  if (now >= handshake_deadline()) {
    close_for("DTLS handshake timed out");
    return;
  }
  ice_.tick(now, out);
  refresh_sending();
  auto* opening = std::get_if<Opening>(&state_);
  if (opening == nullptr || !opening->dtls) return;
  opening->dtls->tick(opening->dtls_path, now, out);
  settle_handshake(*opening);
}

Timestamp PeerTransport::deadline() const {
  if (state() == TransportState::closed) return kNever;
  Timestamp earliest = std::min({consent_deadline(), handshake_deadline(), ice_.deadline()});
  if (const auto* opening = std::get_if<Opening>(&state_); opening != nullptr && opening->dtls) {
    earliest = std::min(earliest, opening->dtls->deadline());
  }
  return earliest;
}

Timestamp PeerTransport::consent_deadline() const {
  return ice_.last_consent().value_or(created_) + config_.consent_timeout;
}

Timestamp PeerTransport::handshake_deadline() const {
  const bool is_opening = std::holds_alternative<Opening>(state_);
  return is_opening && first_proven_ ? *first_proven_ + config_.handshake_timeout : kNever;
}

void PeerTransport::close(PacketBatch& out) {
  if (state() == TransportState::closed) return;
  const std::optional<Path> path = ice_.sending_path();
  if (auto* connected = std::get_if<Connected>(&state_); connected != nullptr && path) {
    connected->dtls.close(*path, out);
  }
  close_for("closed");
}

void PeerTransport::close_for(const char* reason) {
  state_ = Closed{.reason = reason};
  refresh_sending();
}

TransportState PeerTransport::state() const {
  if (const auto* opening = std::get_if<Opening>(&state_)) {
    return opening->dtls ? TransportState::handshaking : TransportState::waiting;
  }
  return std::holds_alternative<Connected>(state_) ? TransportState::connected
                                                   : TransportState::closed;
}

const char* PeerTransport::close_reason() const {
  const auto* closed = std::get_if<Closed>(&state_);
  return closed != nullptr ? closed->reason : "";
}

}  // namespace parley::sfu
