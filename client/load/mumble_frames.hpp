// Mumble's control stream: each message is preceded by its type, 2 bytes, and its length, 4 bytes,
// both big-endian. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace parley::client {

// Numbers of Mumble's protocol; the types that are not named here are skipped.
enum class MumbleType : std::uint16_t {
  version = 0,
  authenticate = 2,
  reject = 4,
  server_sync = 5,
  user_state = 9,
  permission_denied = 12,
  crypt_setup = 15,
};

inline constexpr std::size_t kMumbleFrameHeader = 6;
// Larger than anything a server sends that has no welcome text and no pictures of users.
inline constexpr std::size_t kMaxMumbleMessage = 64 * 1024;

void append_mumble_frame(MumbleType type, Bytes body, std::string& stream);

class MumbleFrames {
 public:
  struct Frame {
    MumbleType type;  // may be a number without a name
    Bytes body;
  };
  // Takes a copy of `received`, on top of at most one partial message.
  void feed(Bytes received);
  // The next whole message, valid until the next call of any function. nullopt: more bytes needed.
  [[nodiscard]] std::optional<Frame> next();
  // True for good after a length above the maximum: the stream is to be closed.
  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  std::vector<std::uint8_t> buffer_;
  std::size_t start_ = 0;  // of what has not been cut yet
  bool broken_ = false;
};

}  // namespace parley::client
