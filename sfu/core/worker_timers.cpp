// Time: who has to be looked at when.
#include <algorithm>

#include "base/check.hpp"
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
        const auto entry = rooms.find(RoomId{due->id});
        if (entry == rooms.end() || entry->second.armed != due->when) break;
        LocalRoom& local = entry->second;
        PARLEY_CHECK(local.home.has_value());  // only homes are armed, and a home stays one
        local.armed = kNever;
        local.home->tick(now.mono);
        local.floor->tick(now.mono);
        settle_floor(local, now, out);
        arm(local, now.mono + kTimerResolution);
        break;
      }
    }
  }
}

void WorkerCore::State::tick_peer(Peer& peer, Now now, WorkerOutbox& out) {
  peer.armed = kNever;
  if (now.mono >= peer.lease_end) {
    ++counters.leases_ended;
    return close_peer(peer, "lease", out);
  }
  peer.transport.tick(now.mono, out.packets);
  if (peer.gate) count_losses(peer.gate->tick(now.mono));
  if (peer.phase == PeerPhase::connected && now.mono >= peer.last_valid + kStallTimeout) {
    peer.phase = PeerPhase::stalled;
    out.events.emplace_back(PeerStalled{.peer = peer.id});
  }
  if (now.mono >= peer.next_report) {
    send_reports(peer, now, out);
    peer.next_report = next_report(peer, now.mono);
  }
  review(peer, now, out, now.mono + kTimerResolution);
}

// Every peer has one of kReportPhases in each interval: reports that are due together leave in one
// system call, and those of thousands are never due at once, also not after a standstill.
Timestamp WorkerCore::State::next_report(const Peer& peer, Timestamp now) const {
  const Duration interval = config.rtcp_interval;
  const Duration phase = interval * static_cast<std::int64_t>(peer.id.value % kReportPhases) /
                         static_cast<std::int64_t>(kReportPhases);
  const Duration into = (now.time_since_epoch() - phase) % interval;
  return now - into + (into < Duration::zero() ? Duration::zero() : interval);
}

Timestamp WorkerCore::State::deadline_of(const Peer& peer) {
  Timestamp earliest = std::min({peer.transport.deadline(), peer.next_report, peer.lease_end});
  if (peer.gate) earliest = std::min(earliest, peer.gate->deadline());
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

void WorkerCore::State::arm(LocalRoom& local, Timestamp not_before) {
  const Timestamp due = std::min(local.home->deadline(), local.floor->deadline());
  const Timestamp when = std::max(due, not_before);
  if (when >= local.armed) return;
  local.armed = when;
  timers.push({.when = when, .owner = TimerOwner::room, .id = local.home->id().value});
}

}  // namespace parley::sfu
