// Cuts a byte stream into messages of a 4-byte big-endian length and that many bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace parley::net {

inline constexpr std::size_t kFrameHeader = 4;

class FrameCutter {
 public:
  explicit FrameCutter(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  // Takes a copy of `received`. Holds at most one partial message besides what one call brought.
  void feed(Bytes received);
  // The next whole message, valid until the next call of any function. nullopt: more bytes needed.
  [[nodiscard]] std::optional<Bytes> next();
  // True for good after a length above the maximum: the stream is to be closed.
  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  std::size_t max_message_bytes_;
  std::vector<std::uint8_t> buffer_;
  std::size_t start_ = 0;  // of what has not been cut yet
  bool broken_ = false;
};

}  // namespace parley::net
