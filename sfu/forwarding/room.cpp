#include "sfu/forwarding/room.hpp"

#include <algorithm>

#include "codecs/rtp.hpp"

namespace parley::sfu {

Room::Room(RoomId id, std::uint8_t slots, std::size_t max_listeners)
    : id_(id), max_listeners_(max_listeners), selector_(slots) {}

bool Room::add(const Listener& listener) {
  const bool is_member = std::ranges::any_of(
      members_, [&](const Member& member) { return member.listener.peer == listener.peer; });
  if (is_member) return true;
  if (members_.size() >= max_listeners_) return false;
  members_.push_back({.listener = listener, .held = std::nullopt});
  return true;
}

void Room::remove(PeerId peer) {
  std::erase_if(members_, [&](const Member& member) { return member.listener.peer == peer; });
  silence(peer);
}

void Room::silence(PeerId talker) {
  selector_.remove(talker);
  refresh_holders();
}

void Room::tick(Timestamp now) {
  selector_.tick(now);
  refresh_holders();
}

std::expected<FanOut, Drop> Room::forward(PeerId talker, SpeechMeter& meter,
                                          const VoicePacket& packet, Timestamp now,
                                          PacketBatch& out, DropCounters& listener_drops) {
  const auto channel = selector_.on_packet(talker, meter, packet.level, now);
  refresh_holders();
  if (!channel) return std::unexpected(Drop::not_selected);
  const std::uint32_t burst = selector_.channels()[*channel].burst;
  BurstStart& start = starts_[*channel];
  if (start.burst != burst) start = {.burst = burst, .sequence = packet.sequence};
  if (packet.sequence < start.sequence) return std::unexpected(Drop::not_selected);

  FanOut copies;
  const DownlinkSource source{.room = id_, .burst = burst};
  for (Member& member : members_) {
    const auto slot = slot_for(member, talker, *channel);
    if (!slot) continue;
    ++copies.expected;
    const auto size = send_copy(member.listener, *slot, source, packet, now, out);
    if (size) {
      ++copies.sent;
      copies.bytes += *size;
    } else {
      listener_drops.count(size.error());
    }
  }
  return copies;
}

// nullopt: this member is not to hear this channel.
std::optional<std::size_t> Room::slot_for(const Member& member, PeerId talker,
                                          std::size_t channel) const {
  if (member.listener.peer == talker) return std::nullopt;
  const bool is_last = channel + 1 == selector_.channels().size();
  if (!is_last) return channel;
  if (!member.held) return std::nullopt;
  return *member.held;
}

std::expected<std::size_t, Drop> Room::send_copy(Listener& listener, std::size_t slot,
                                                 const DownlinkSource& source,
                                                 const VoicePacket& packet, Timestamp now,
                                                 PacketBatch& out) {
  if (slot >= listener.slots.size()) return std::unexpected(Drop::listener_no_slot);
  // Asked before a sequence number is spent, so that the stream begins where the listener does.
  if (listener.transport->state() != TransportState::connected) {
    return std::unexpected(Drop::listener_not_ready);
  }
  Downlink& downlink = listener.slots[slot];
  const auto stamp = downlink.place(source, packet, now);
  if (!stamp) return std::unexpected(stamp.error());
  std::array<std::uint8_t, codecs::kRtpHeaderSize> header;
  codecs::write_rtp_header({.payload_type = listener.payload_type,
                            .marker = stamp->marker,
                            .sequence = stamp->sequence(),
                            .timestamp = stamp->timestamp,
                            .ssrc = downlink.ssrc()},
                           header);
  const auto sent = listener.transport->send_rtp(header, packet.payload, stamp->index, out);
  if (!sent) return std::unexpected(sent.error());
  downlink.on_sent(packet.payload.size());
  return out.entries().back().size;
}

void Room::refresh_holders() {
  if (holders_revision_ == selector_.revision()) return;
  holders_revision_ = selector_.revision();
  for (Member& member : members_) {
    const auto channel = selector_.channel_of(member.listener.peer);
    member.held.reset();
    if (channel) member.held = static_cast<std::uint8_t>(*channel);
  }
}

bool Room::take_talkers_changed() {
  if (told_revision_ == selector_.revision()) return false;
  told_revision_ = selector_.revision();
  return true;
}

}  // namespace parley::sfu
