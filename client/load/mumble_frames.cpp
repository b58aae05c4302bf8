#include "client/load/mumble_frames.hpp"

#include <array>

namespace parley::client {

void append_mumble_frame(MumbleType type, Bytes body, std::string& stream) {
  std::array<std::uint8_t, kMumbleFrameHeader> header;
  ByteWriter writer(header);
  writer.u16(static_cast<std::uint16_t>(type));
  writer.u32(static_cast<std::uint32_t>(body.size()));
  stream.append(as_text(header));
  stream.append(as_text(body));
}

void MumbleFrames::feed(Bytes received) {
  if (broken_) return;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(start_));
  start_ = 0;
  buffer_.insert(buffer_.end(), received.begin(), received.end());
}

std::optional<MumbleFrames::Frame> MumbleFrames::next() {
  const Bytes waiting = Bytes(buffer_).subspan(start_);
  if (broken_ || waiting.size() < kMumbleFrameHeader) return std::nullopt;
  ByteReader header(waiting);
  const auto type = static_cast<MumbleType>(header.u16());
  const std::size_t size = header.u32();
  if (size > kMaxMumbleMessage) {
    broken_ = true;
    return std::nullopt;
  }
  if (header.remaining() < size) return std::nullopt;
  start_ += kMumbleFrameHeader + size;
  return Frame{.type = type, .body = header.take(size)};
}

}  // namespace parley::client
