#include "codecs/tcp_framing.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::codecs {

void TcpDeframer::feed(MutableBytes received) {
  if (broken_) return;
  PARLEY_CHECK(pending_.empty());
  pending_ = received;
}

std::optional<MutableBytes> TcpDeframer::next() {
  while (!broken_) {
    // A frame that is whole in the received bytes is handed out where it lies.
    const bool in_place = partial_size_ == 0 && pending_.size() >= kTcpFrameHeader;
    if (!in_place) move_to_partial(kTcpFrameHeader);
    if (!in_place && partial_size_ < kTcpFrameHeader) return std::nullopt;

    const MutableBytes head = in_place ? pending_ : MutableBytes(partial_);
    const std::size_t length = ByteReader(head.first(kTcpFrameHeader)).u16();
    const std::size_t frame = kTcpFrameHeader + length;
    if (length > kMaxDatagram) {
      broken_ = true;
      pending_ = {};
      return std::nullopt;
    }
    if (in_place && pending_.size() >= frame) {
      const MutableBytes packet = pending_.subspan(kTcpFrameHeader, length);
      pending_ = pending_.subspan(frame);
      if (!packet.empty()) return packet;
      continue;  // an empty frame carries nothing (RFC 4571 2)
    }
    move_to_partial(frame);
    if (partial_size_ < frame) return std::nullopt;
    partial_size_ = 0;  // the bytes stay readable until the next call writes over them
    if (length > 0) return MutableBytes(partial_).subspan(kTcpFrameHeader, length);
  }
  return std::nullopt;
}

void TcpDeframer::move_to_partial(std::size_t wanted_size) {
  const std::size_t count =
      std::min(wanted_size - std::min(wanted_size, partial_size_), pending_.size());
  std::copy_n(pending_.begin(), count,
              partial_.begin() + static_cast<std::ptrdiff_t>(partial_size_));
  partial_size_ += count;
  pending_ = pending_.subspan(count);
}

}  // namespace parley::codecs
