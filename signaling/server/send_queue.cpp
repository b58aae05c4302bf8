#include "signaling/server/send_queue.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::signaling {

bool SendQueue::push(Bytes message) {
  if (waiting_bytes_ > kMaxWaitingBytes) return false;
  if (!messages_.empty()) waiting_bytes_ += message.size();
  std::vector<std::uint8_t> padded(headroom_ + message.size());
  std::ranges::copy(message, padded.begin() + static_cast<std::ptrdiff_t>(headroom_));
  messages_.push_back(std::move(padded));
  return true;
}

void SendQueue::pop() {
  PARLEY_CHECK(!messages_.empty());
  messages_.pop_front();
  if (!messages_.empty()) waiting_bytes_ -= messages_.front().size() - headroom_;
}

}  // namespace parley::signaling
