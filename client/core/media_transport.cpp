#include "client/core/media_transport.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::client {
namespace {

constexpr std::uint32_t kFrameTicks = kOpusClockRate / 50;  // 20 ms

// A random name that says nothing about the person or the machine (RFC 7022 4.2).
std::string make_cname(RandomSource& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name;
  for (std::uint64_t bits = random.next_u64(); name.size() < 16; bits >>= 4) {
    name.push_back(kDigits[bits & 15]);
  }
  return name;
}

std::uint32_t to_rtp_ticks(Duration duration) {
  return static_cast<std::uint32_t>(duration.count() * kOpusClockRate / 1'000'000);
}

}  // namespace

MediaTransport::MediaTransport(MediaTransportConfig config, const sfu::DtlsContext& dtls,
                               RandomSource& random, ClientCounters& counters, Timestamp now)
    : context_(dtls),
      counters_(counters),
      remote_fingerprint_(config.remote_fingerprint),
      ice_(std::move(config.ice), random, now),
      uplink_ssrc_(config.uplink_ssrc),
      next_index_(config.first_sequence),
      cname_(make_cname(random)) {
  for (const Ssrc ssrc : config.slot_ssrcs) {
    slots_.emplace_back();
    slots_.back().ssrc = ssrc;
  }
}

void MediaTransport::on_datagram(const Path& from, MutableBytes datagram, Now now,
                                 ClientOutbox& out) {
  if (state_ == State::ended) return;
  const codecs::DatagramKind kind = codecs::classify(datagram);
  if (kind == codecs::DatagramKind::stun) {
    if (const auto stun = codecs::parse_stun(datagram)) ice_.on_stun(from, *stun, now.mono, out);
    return advance(now, out);
  }
  if (!ice_.is_proven(from)) return;
  switch (kind) {
    case codecs::DatagramKind::dtls:
      if (dtls_) dtls_->on_datagram(from, datagram, now.mono, out.packets);
      return advance(now, out);
    case codecs::DatagramKind::rtp:
      return on_rtp(datagram, now, out);
    case codecs::DatagramKind::rtcp:
      return on_rtcp(datagram, now);
    case codecs::DatagramKind::stun:
    case codecs::DatagramKind::unknown:
      return;
  }
}

void MediaTransport::on_tcp_connected(const Endpoint& remote, std::uint32_t connection, Now now,
                                      ClientOutbox& out) {
  ice_.on_tcp_connected(remote, connection, now.mono, out);
}

void MediaTransport::on_tcp_closed(std::uint32_t connection, Now now, ClientOutbox& out) {
  ice_.on_tcp_closed(connection);
  advance(now, out);
}

// Takes the next step that the last input made possible.
void MediaTransport::advance(Now now, ClientOutbox& out) {
  if (state_ == State::ended) return;
  if (ice_.state() == IceAgent::State::lost) return end(ice_.lost_reason());
  if (ice_.state() == IceAgent::State::selected && !dtls_) start_dtls(now.mono, out);
  if (dtls_) follow_dtls(now, out);
}

void MediaTransport::start_dtls(Timestamp now, ClientOutbox& out) {
  dtls_.emplace(context_, sfu::DtlsRole::client, remote_fingerprint_);
  handshake_by_ = now + kHandshakeLimit;
  dtls_->start(*ice_.selected_path(), now, out.packets);
}

void MediaTransport::follow_dtls(Now now, ClientOutbox& out) {
  switch (dtls_->state()) {
    case sfu::DtlsState::handshaking:
      return;
    case sfu::DtlsState::failed:
      return end("the encrypted connection to the media node failed");
    case sfu::DtlsState::closed:
      return end("the media node closed the connection");
    case sfu::DtlsState::connected:
      break;
  }
  if (srtp_) return;
  auto session = sfu::SrtpSession::create(dtls_->take_keys());
  if (!session) return end("the media keys were refused");
  srtp_.emplace(std::move(*session));
  state_ = State::connected;
  handshake_by_ = kNever;
  next_rtcp_ = now.mono + kRtcpInterval;
  out.events.emplace_back(MediaConnected{.is_tcp = ice_.selected_path()->is_tcp()});
}

MediaTransport::Slot* MediaTransport::find_slot(std::optional<Ssrc> ssrc) {
  if (!ssrc) return nullptr;
  const auto found =
      std::ranges::find_if(slots_, [&](const Slot& slot) { return slot.ssrc == *ssrc; });
  return found == slots_.end() ? nullptr : &*found;
}

void MediaTransport::count_refusal(sfu::Drop drop) {
  if (drop == sfu::Drop::srtp_replay) {
    ++counters_.replays;
  } else {
    ++counters_.decrypt_errors;
  }
}

void MediaTransport::on_rtp(MutableBytes datagram, Now now, ClientOutbox& out) {
  // An SSRC that is not a slot of ours never reaches the crypto (security.md S7).
  Slot* slot = find_slot(codecs::peek_rtp_ssrc(datagram));
  if (!srtp_ || slot == nullptr || !codecs::parse_rtp(datagram, true)) return;
  const auto plain = srtp_->unprotect_rtp(datagram);
  if (!plain) return count_refusal(plain.error());
  const auto packet = codecs::parse_rtp(*plain);
  if (!packet || packet->payload_type != kOpusPayloadType) return;
  ++counters_.rtp_received;
  slot->statistics.on_packet(slot->extender.extend(packet->sequence), packet->timestamp, now.mono);
  out.events.emplace_back(AudioReceived{.slot = static_cast<std::uint8_t>(slot - slots_.data()),
                                        .sequence = packet->sequence,
                                        .timestamp = packet->timestamp,
                                        .marker = packet->marker,
                                        .opus = {packet->payload.begin(), packet->payload.end()}});
}

void MediaTransport::on_rtcp(MutableBytes datagram, Now now) {
  if (!srtp_ || find_slot(codecs::peek_rtcp_ssrc(datagram)) == nullptr) return;
  const auto plain = srtp_->unprotect_rtcp(datagram);
  if (!plain) return count_refusal(plain.error());
  const auto rtcp = codecs::parse_rtcp(*plain);
  if (!rtcp) return;
  for (const codecs::SenderReport& report : rtcp->sender_reports) {
    if (Slot* slot = find_slot(report.ssrc)) slot->statistics.on_sender_report(report, now.mono);
  }
}

void MediaTransport::send_audio(Bytes opus, std::uint32_t rtp_timestamp, std::uint8_t level,
                                Now now, ClientOutbox& out) {
  if (state_ != State::connected || opus.empty()) return;
  const codecs::RtpHeader header{
      .payload_type = kOpusPayloadType,
      // The first packet, and each one after a pause (RFC 3551 4.1).
      .marker = packets_sent_ == 0 || rtp_timestamp - last_rtp_timestamp_ > 6 * kFrameTicks,
      .sequence = static_cast<std::uint16_t>(next_index_),
      .timestamp = rtp_timestamp,
      .ssrc = uplink_ssrc_};
  std::array<std::uint8_t, 32> head{};
  const std::size_t head_size = codecs::write_rtp_header_with_level(
      header, kAudioLevelExtensionId,
      {.dbov = std::min<std::uint8_t>(level, 127), .voice = level < 127}, head);
  if (head_size + opus.size() > codecs::kMaxRtpPacket) return;
  const MutableBytes buffer = out.packets.reserve(head_size + opus.size() + sfu::kMaxSrtpTrailer);
  if (buffer.empty()) return;
  const auto size = srtp_->protect_rtp(Bytes(head).first(head_size), opus, next_index_, buffer);
  ++next_index_;  // also after a refusal: no number is ever used twice
  if (!size) return;
  out.packets.commit(*ice_.selected_path(), *size);
  ++counters_.rtp_sent;
  ++packets_sent_;
  octets_sent_ += static_cast<std::uint32_t>(opus.size());
  last_rtp_timestamp_ = rtp_timestamp;
  last_sent_ = now.mono;
}

std::size_t MediaTransport::write_report(Now now, MutableBytes buffer) {
  std::vector<codecs::ReportBlock> blocks;
  for (Slot& slot : slots_) {
    if (slot.statistics.has_packets()) {
      blocks.push_back(slot.statistics.make_report(slot.ssrc, now.mono));
    }
  }
  if (packets_sent_ == 0) return codecs::write_receiver_report(uplink_ssrc_, blocks, buffer);
  const codecs::SenderReport report{
      .ssrc = uplink_ssrc_,
      .ntp = codecs::to_ntp(now.wall),
      .rtp_timestamp = last_rtp_timestamp_ + to_rtp_ticks(now.mono - last_sent_),
      .packets = packets_sent_,
      .octets = octets_sent_};
  return codecs::write_sender_report(report, blocks, buffer);
}

void MediaTransport::send_rtcp(bool with_bye, Now now, ClientOutbox& out) {
  std::array<std::uint8_t, 1024> buffer{};
  std::size_t size = write_report(now, buffer);
  if (size == 0) return;
  size += codecs::write_sdes_cname(uplink_ssrc_, cname_, MutableBytes(buffer).subspan(size));
  if (with_bye) {
    size += codecs::write_bye(std::array{uplink_ssrc_}, MutableBytes(buffer).subspan(size));
  }
  const auto encrypted = srtp_->protect_rtcp(buffer, size);
  if (encrypted) out.packets.push(*ice_.selected_path(), Bytes(buffer).first(*encrypted));
}

void MediaTransport::tick(Now now, ClientOutbox& out) {
  if (state_ == State::ended) return;
  ice_.tick(now.mono, out);
  if (dtls_) dtls_->tick(*ice_.selected_path(), now.mono, out.packets);
  advance(now, out);
  if (state_ == State::connecting && now.mono >= handshake_by_) {
    return end("the encrypted connection to the media node took too long");
  }
  if (state_ == State::connected && now.mono >= next_rtcp_) {
    next_rtcp_ = now.mono + kRtcpInterval;
    send_rtcp(false, now, out);
  }
}

void MediaTransport::close(bool politely, Now now, ClientOutbox& out) {
  if (state_ == State::connected) {
    if (politely) send_rtcp(true, now, out);
    dtls_->close(*ice_.selected_path(), out.packets);
  }
  // After the datagrams: the shell sends before it closes.
  ice_.close(out);
  end("closed");
}

void MediaTransport::end(const char* reason) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  end_reason_ = reason;
}

Timestamp MediaTransport::deadline() const {
  if (state_ == State::ended) return kNever;
  Timestamp due = std::min({ice_.deadline(), handshake_by_, next_rtcp_});
  if (dtls_) due = std::min(due, dtls_->deadline());
  return due;
}

}  // namespace parley::client
