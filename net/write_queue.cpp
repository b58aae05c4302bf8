#include "net/write_queue.hpp"

namespace parley::net {

bool WriteQueue::push(Bytes message) {
  if (message.size() > max_bytes_) {
    dropped_ += 1;
    return false;
  }
  while (bytes_ + message.size() > max_bytes_) {
    if (policy_ == QueuePolicy::close) return false;
    bytes_ -= messages_.front().size();
    messages_.pop_front();
    dropped_ += 1;
  }
  messages_.emplace_back(message.begin(), message.end());
  bytes_ += message.size();
  return true;
}

std::vector<std::uint8_t> WriteQueue::take_all() {
  std::vector<std::uint8_t> all;
  all.reserve(bytes_);
  for (const auto& message : messages_) all.insert(all.end(), message.begin(), message.end());
  messages_.clear();
  bytes_ = 0;
  return all;
}

}  // namespace parley::net
