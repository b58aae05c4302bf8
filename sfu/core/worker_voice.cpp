// Voice between talkers, homes and legs.
#include <utility>

#include "base/check.hpp"
#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

std::expected<Handled, Drop> WorkerCore::State::on_rtp(Peer& peer, const codecs::RtpView& packet,
                                                       Now now, WorkerOutbox& out) {
  const auto voice = peer.uplink.on_packet(packet, now.mono);
  if (!voice) return std::unexpected(voice.error());
  if (peer.uplink.room().is_none()) return std::unexpected(Drop::no_room);
  const auto entry = rooms.find(peer.uplink.room());
  PARLEY_CHECK(entry != rooms.end());
  LocalRoom& local = entry->second;
  if (local.is_arbitrated) return on_gated(peer, local, *voice, now, out);
  if (local.home) return route(local, peer.id, *voice, now, out);
  tell(local.home_worker,
       TalkerVoice{
           .room = peer.uplink.room(), .talker = peer.id, .grant = 0, .packet = VoiceCopy(*voice)},
       out);
  return Handled::passed_on;
}

std::expected<Handled, Drop> WorkerCore::State::route(LocalRoom& local, PeerId talker,
                                                      const VoicePacket& packet, Now now,
                                                      WorkerOutbox& out) {
  Room& home = *local.home;
  const auto selected = home.select(talker, packet, now.mono);
  publish_talkers(local, out);
  if (!selected) return std::unexpected(selected.error());
  spread(local, talker, *selected, packet, now, out);
  return Handled::voice;
}

// To the legs first, so that they fan out while the home does.
void WorkerCore::State::spread(LocalRoom& local, PeerId talker, const Selected& selected,
                               const VoicePacket& packet, Now now, WorkerOutbox& out) {
  const Room& home = *local.home;
  for (const WorkerIndex leg : home.legs()) {
    tell(leg,
         LegVoice{.room = home.id(),
                  .talker = talker,
                  .channel = selected.channel,
                  .burst = selected.burst,
                  .holders = home.holders(),
                  .packet = VoiceCopy(packet)},
         out);
  }
  fan_out(local,
          {.talker = talker,
           .channel = selected.channel,
           .burst = selected.burst,
           .holders = home.holders(),
           .packet = packet},
          now, out);
}

void WorkerCore::State::fan_out(LocalRoom& local, const AcceptedVoice& voice, Now now,
                                WorkerOutbox& out) {
  const FanOut copies = local.table.forward(voice, now.mono, out.packets, counters.listener_drops);
  counters.copies_expected += copies.expected;
  counters.copies_out += copies.sent;
  counters.bytes_out += copies.bytes;
}

std::expected<Handled, Drop> WorkerCore::State::on(const TalkerVoice& message, Now now,
                                                   WorkerOutbox& out) {
  LocalRoom* const local = find_home(message.room);
  if (local == nullptr) return std::unexpected(Drop::no_room);
  if (!local->is_arbitrated) {
    // Sent before his worker knew that he is removed.
    const bool is_removed = !local->floor->is_empty() && !local->floor->has(message.talker);
    if (is_removed) return std::unexpected(Drop::no_room);
    return route(*local, message.talker, message.packet.view(), now, out);
  }
  if (message.grant == 0) return std::unexpected(Drop::no_floor);  // sent before it was told
  const auto passed = route_granted(*local, message.talker, message.packet.view(), now, out);
  if (!passed) local->floor->repeat_shut(message.talker, message.grant);
  if (local->floor->has_output()) settle_floor(*local, now, out);
  return passed;
}

std::expected<Handled, Drop> WorkerCore::State::on(const TalkerSilent& message, Now,
                                                   WorkerOutbox& out) {
  LocalRoom* const local = find_home(message.room);
  if (local == nullptr) return std::unexpected(Drop::no_room);
  local->home->silence(message.talker);
  publish_talkers(*local, out);
  return Handled::control;
}

std::expected<Handled, Drop> WorkerCore::State::on(const LegVoice& message, Now now,
                                                   WorkerOutbox& out) {
  const auto entry = rooms.find(message.room);
  if (entry == rooms.end()) return std::unexpected(Drop::no_room);
  const VoicePacket packet = message.packet.view();
  fan_out(entry->second,
          {.talker = message.talker,
           .channel = message.channel,
           .burst = message.burst,
           .holders = message.holders,
           .packet = packet},
          now, out);
  return Handled::relayed;
}

// The talker no longer sends to this room: its home is told, wherever that is.
void WorkerCore::State::silence(LocalRoom& local, RoomId room, PeerId talker, WorkerOutbox& out) {
  if (local.home) {
    local.home->silence(talker);
    publish_talkers(local, out);
    return;
  }
  tell(local.home_worker, TalkerSilent{.room = room, .talker = talker}, out);
}

void WorkerCore::State::tell(WorkerIndex worker, WorkerMessage&& message, WorkerOutbox& out) {
  out.to_workers.push_back({.to = worker, .message = std::move(message)});
  ++counters.messages_out;
}

}  // namespace parley::sfu
