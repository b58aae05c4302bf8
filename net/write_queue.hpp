// Whole messages that wait for a socket, bounded in bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/bytes.hpp"

namespace parley::net {

// What happens when a message does not fit into the queue.
enum class QueuePolicy : std::uint8_t {
  drop_oldest,  // audio: the oldest messages that have not begun to leave are dropped and counted
  close,        // control: a peer that does not read is closed
};

class WriteQueue {
 public:
  WriteQueue(std::size_t max_bytes, QueuePolicy policy) : max_bytes_(max_bytes), policy_(policy) {}

  // False when the message was not queued: it is longer than the queue, or does not fit and the
  // policy is `close`.
  [[nodiscard]] bool push(Bytes message);
  // Everything that waits, in order, as one buffer; the queue is empty afterwards.
  [[nodiscard]] std::vector<std::uint8_t> take_all();

  [[nodiscard]] QueuePolicy policy() const { return policy_; }
  [[nodiscard]] bool empty() const { return messages_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  std::size_t max_bytes_;
  QueuePolicy policy_;
  std::deque<std::vector<std::uint8_t>> messages_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace parley::net
