#include "sfu/forwarding/uplink.hpp"

namespace parley::sfu {

std::expected<VoicePacket, Drop> Uplink::on_packet(const codecs::RtpView& packet, Timestamp now) {
  if (packet.payload_type != config_.payload_type) {
    return std::unexpected(Drop::rtp_wrong_payload_type);
  }
  const std::uint64_t sequence = extender_.extend(packet.sequence);
  reception_.on_packet(sequence, packet.timestamp, now);
  has_news_ = true;
  if (packet.payload.empty()) return std::unexpected(Drop::empty_payload);
  if (beginning_ && is_before_beginning(packet.timestamp, now)) {
    return std::unexpected(Drop::other_talk_room);
  }
  return VoicePacket{.sequence = sequence,
                     .timestamp = packet.timestamp,
                     .marker = packet.marker,
                     .level = level_of(packet),
                     .payload = packet.payload};
}

bool Uplink::is_before_beginning(std::uint32_t timestamp, Timestamp now) const {
  const auto distance = static_cast<std::int32_t>(timestamp - beginning_->timestamp);
  return distance < 0 && now < beginning_->counts_until;
}

std::uint8_t Uplink::level_of(const codecs::RtpView& packet) const {
  if (config_.audio_level_extension_id != 0) {
    if (const auto level = codecs::find_audio_level(packet, config_.audio_level_extension_id)) {
      return level->dbov;
    }
  }
  return packet.payload.size() <= kMaxSilentPayload ? kSilenceDbov : kAssumedSpeechDbov;
}

void Uplink::on_sender_report(const codecs::SenderReport& report, Timestamp now) {
  if (report.ssrc == config_.ssrc) reception_.on_sender_report(report, now);
}

codecs::ReportBlock Uplink::make_report(Timestamp now) {
  has_news_ = false;
  return reception_.make_report(config_.ssrc, now);
}

}  // namespace parley::sfu
