// The messages that wait to leave on one WebSocket, bounded (security.md S9): a client that does
// not read is not allowed to make the server remember everything it was told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/bytes.hpp"

namespace parley::signaling {

// Behind the message that is being written, and before the one that is added: one large Joined may
// always wait, whatever its size.
inline constexpr std::size_t kMaxWaitingBytes = 64 * 1024;

class SendQueue {
 public:
  // `headroom`: bytes the writer needs in front of each message.
  explicit SendQueue(std::size_t headroom) : headroom_(headroom) {}

  // False: too much is waiting; the message was not added and the connection is to be closed.
  [[nodiscard]] bool push(Bytes message);
  [[nodiscard]] bool empty() const { return messages_.empty(); }
  // The oldest message with its headroom in front. Not on an empty queue.
  [[nodiscard]] MutableBytes front() { return messages_.front(); }
  void pop();

 private:
  std::size_t headroom_;
  std::size_t waiting_bytes_ = 0;  // of all messages behind the front
  std::deque<std::vector<std::uint8_t>> messages_;
};

}  // namespace parley::signaling
