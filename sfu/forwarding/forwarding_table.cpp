#include "sfu/forwarding/forwarding_table.hpp"

#include <algorithm>

#include "codecs/rtp.hpp"

namespace parley::sfu {

namespace {

// How many listeners ahead of the present one memory is asked for: first the two lines of his
// state, then, when the first of them is here, his key. More: lines are evicted before they are
// used. Less: the loop waits for memory.
constexpr std::size_t kStateAhead = 8;
constexpr std::size_t kKeyAhead = 4;

}  // namespace

ForwardingTable::ForwardingTable(RoomId room, std::size_t max_listeners)
    : room_(room), max_listeners_(max_listeners) {}

bool ForwardingTable::add(const Listener& listener) {
  const auto known = std::ranges::find(members_, listener.peer, &Member::peer);
  if (known != members_.end()) {
    known->slots = listener.slots.data();
    known->slot_count = static_cast<std::uint8_t>(listener.slots.size());
    return true;
  }
  if (members_.size() >= max_listeners_) return false;
  members_.push_back({.peer = listener.peer,
                      .transport = listener.transport,
                      .slots = listener.slots.data(),
                      .slot_count = static_cast<std::uint8_t>(listener.slots.size()),
                      .payload_type = listener.payload_type,
                      .held = kHoldsNone});
  holders_revision_ = 0;  // the newcomer's channel is to be looked up
  return true;
}

void ForwardingTable::remove(PeerId peer) {
  std::erase_if(members_, [&](const Member& member) { return member.peer == peer; });
}

FanOut ForwardingTable::forward(const AcceptedVoice& voice, Timestamp now, PacketBatch& out,
                                DropCounters& drops) {
  refresh_holders(voice.holders);
  FanOut copies;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    prefetch(i, voice.channel);
    Member& member = members_[i];
    const std::uint8_t slot = slot_for(member, voice);
    if (slot == kHoldsNone) continue;
    ++copies.expected;
    const auto size = send_copy(member, slot, voice, now, out);
    if (size) {
      ++copies.sent;
      copies.bytes += *size;
    } else {
      drops.count(size.error());
    }
  }
  return copies;
}

void ForwardingTable::prefetch(std::size_t position, std::uint8_t channel) const {
  if (position + kStateAhead < members_.size()) {
    const Member& member = members_[position + kStateAhead];
    member.transport->prefetch();
    if (channel < member.slot_count) __builtin_prefetch(&member.slots[channel], 1);
  }
  if (position + kKeyAhead < members_.size())
    members_[position + kKeyAhead].transport->prefetch_key();
}

// A listener hears channel c in slot c; a member that holds channel c hears the last channel there.
std::uint8_t ForwardingTable::slot_for(const Member& member, const AcceptedVoice& voice) {
  if (member.peer == voice.talker) return kHoldsNone;
  const bool is_last = voice.channel + 1 == voice.holders.count;
  return is_last ? member.held : voice.channel;
}

std::expected<std::size_t, Drop> ForwardingTable::send_copy(Member& member, std::uint8_t slot,
                                                            const AcceptedVoice& voice,
                                                            Timestamp now, PacketBatch& out) const {
  if (slot >= member.slot_count) return std::unexpected(Drop::listener_no_slot);
  // Asked before a sequence number is spent, so that the stream begins where the listener does.
  if (!member.transport->is_sending()) return std::unexpected(Drop::listener_not_ready);
  Downlink& downlink = member.slots[slot];
  const auto stamp = downlink.place({.room = room_, .burst = voice.burst}, voice.packet, now);
  if (!stamp) return std::unexpected(stamp.error());
  std::array<std::uint8_t, codecs::kRtpHeaderSize> header;
  codecs::write_rtp_header({.payload_type = member.payload_type,
                            .marker = stamp->marker,
                            .sequence = stamp->sequence(),
                            .timestamp = stamp->timestamp,
                            .ssrc = downlink.ssrc()},
                           header);
  const auto size = member.transport->send_rtp(header, voice.packet.payload, stamp->index, out);
  if (size) downlink.on_sent(voice.packet.payload.size());
  return size;
}

void ForwardingTable::refresh_holders(const ChannelHolders& holders) {
  if (holders_revision_ == holders.revision) return;
  holders_revision_ = holders.revision;
  const auto channels = holders.channels();
  for (Member& member : members_) {
    const auto held = std::ranges::find(channels, member.peer);
    member.held =
        held == channels.end() ? kHoldsNone : static_cast<std::uint8_t>(held - channels.begin());
  }
}

}  // namespace parley::sfu
