// RFC 4571 framing of ICE-TCP (RFC 6544): each packet preceded by its 16-bit length. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/packet_batch.hpp"

namespace parley::codecs {

inline constexpr std::size_t kTcpFrameHeader = 2;

// Cuts a TCP byte stream into packets. Holds at most one partial packet.
class TcpDeframer {
 public:
  // Feeds received bytes; call next() until it returns nullopt before feeding more.
  void feed(MutableBytes received);
  // The next whole packet: valid (and writable) until the next call. nullopt: more bytes are
  // needed.
  [[nodiscard]] std::optional<MutableBytes> next();
  // True for good after a frame longer than kMaxDatagram: the connection is to be closed.
  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  // Moves fed bytes until the partial packet has `wanted_size` bytes, or none are left.
  void move_to_partial(std::size_t wanted_size);

  MutableBytes pending_;  // fed and not yet cut
  std::array<std::uint8_t, kTcpFrameHeader + kMaxDatagram> partial_{};
  std::size_t partial_size_ = 0;
  bool broken_ = false;
};

}  // namespace parley::codecs
