#include "sfu/core/handshake_queue.hpp"

#include <utility>

namespace parley::sfu {

bool HandshakeQueue::push(PeerId peer, const Path& from, Bytes datagram, bool begins) {
  if (size() >= kMaxWaiting) return false;
  auto& queue = begins ? beginning_ : under_way_;
  queue.push_back({.peer = peer, .from = from, .bytes = {datagram.begin(), datagram.end()}});
  return true;
}

std::optional<WaitingDatagram> HandshakeQueue::pop(bool may_begin) {
  if (!has_next(may_begin)) return std::nullopt;
  auto& queue = under_way_.empty() ? beginning_ : under_way_;
  WaitingDatagram next = std::move(queue.front());
  queue.pop_front();
  return next;
}

}  // namespace parley::sfu
