#include "net/frame_cutter.hpp"

namespace parley::net {

void FrameCutter::feed(Bytes received) {
  if (broken_) return;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(start_));
  start_ = 0;
  buffer_.insert(buffer_.end(), received.begin(), received.end());
}

std::optional<Bytes> FrameCutter::next() {
  const Bytes waiting = Bytes(buffer_).subspan(start_);
  if (broken_ || waiting.size() < kFrameHeader) return std::nullopt;
  const std::size_t size = ByteReader(waiting).u32();
  if (size > max_message_bytes_) {
    broken_ = true;
    return std::nullopt;
  }
  if (waiting.size() - kFrameHeader < size) return std::nullopt;
  start_ += kFrameHeader + size;
  return waiting.subspan(kFrameHeader, size);
}

}  // namespace parley::net
