// Time: who has to be looked at when.
#include <algorithm>

#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

void WorkerCore::State::tick(Now now, WorkerOutbox& out) {
  while (const auto due = timers.pop_due(now.mono)) {
    switch (due->owner) {
      case TimerOwner::peer: {
        Peer* const peer = peers.find(PeerId{due->id});
        if (peer != nullptr && peer->armed == due->when) tick_peer(*peer, now, out);
        break;
      }
      case TimerOwner::room: {
        const auto home = rooms.find(RoomId{due->id});
        if (home == rooms.end() || home->second.armed != due->when) break;
        home->second.armed = kNever;
        home->second.room.tick(now.mono);
        publish_talkers(home->second, out);
        arm(home->second, now.mono + kTimerResolution);
        break;
      }
    }
  }
}

void WorkerCore::State::tick_peer(Peer& peer, Now now, WorkerOutbox& out) {
  peer.armed = kNever;
  peer.transport.tick(now.mono, out.packets);
  if (peer.phase == PeerPhase::connected && now.mono >= peer.last_valid + kStallTimeout) {
    peer.phase = PeerPhase::stalled;
    out.events.emplace_back(PeerStalled{.peer = peer.id});
  }
  if (now.mono >= peer.next_report) {
    send_reports(peer, now, out);
    peer.next_report = std::max(peer.next_report + config.rtcp_interval, now.mono);
  }
  review(peer, now, out, now.mono + kTimerResolution);
}

Timestamp WorkerCore::State::deadline_of(const Peer& peer) {
  Timestamp earliest = std::min(peer.transport.deadline(), peer.next_report);
  if (peer.phase == PeerPhase::connected) {
    earliest = std::min(earliest, peer.last_valid + kStallTimeout);
  }
  return earliest;
}

void WorkerCore::State::arm(Peer& peer, Timestamp not_before) {
  const Timestamp when = std::max(deadline_of(peer), not_before);
  if (when >= peer.armed) return;
  peer.armed = when;
  timers.push({.when = when, .owner = TimerOwner::peer, .id = peer.id.value});
}

void WorkerCore::State::arm(HomeRoom& home, Timestamp not_before) {
  const Timestamp when = std::max(home.room.deadline(), not_before);
  if (when >= home.armed) return;
  home.armed = when;
  timers.push({.when = when, .owner = TimerOwner::room, .id = home.room.id().value});
}

}  // namespace parley::sfu
