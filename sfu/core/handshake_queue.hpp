// DTLS datagrams that wait for their turn. A handshake step costs as much time as a thousand voice
// packets, so the worker takes one per loop turn and media passes in between. Those under way come
// before those that would begin a new one, so that a storm of joins is worked off one by one
// instead of all at once. Owned by a worker core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"

namespace parley::sfu {

struct WaitingDatagram {
  PeerId peer;
  Path from;
  std::vector<std::uint8_t> bytes;
};

class HandshakeQueue {
 public:
  // Over all peers, about 6 MB at most. At the limit a datagram is refused; DTLS repeats it.
  static constexpr std::size_t kMaxWaiting = 4096;

  // False: full.
  [[nodiscard]] bool push(PeerId peer, const Path& from, Bytes datagram, bool begins);
  // The next one; those that would begin a handshake only when `may_begin`.
  [[nodiscard]] std::optional<WaitingDatagram> pop(bool may_begin);
  [[nodiscard]] bool has_next(bool may_begin) const {
    return !under_way_.empty() || (may_begin && !beginning_.empty());
  }
  [[nodiscard]] std::size_t size() const { return under_way_.size() + beginning_.size(); }

 private:
  std::deque<WaitingDatagram> under_way_;
  std::deque<WaitingDatagram> beginning_;
};

}  // namespace parley::sfu
