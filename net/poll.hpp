// Watches a descriptor that a foreign library owns, on a loop.
#pragma once

#include <functional>

#include "net/handle.hpp"
#include "net/loop.hpp"

namespace parley::net {

class Poll {
 public:
  // `on_ready` runs in the loop's thread, as long as the descriptor is ready for what is watched,
  // or has failed; it may destroy this object. `fd` is a socket, does not wait, stays open while
  // this object lives, and nothing else of the loop watches it.
  Poll(Loop& loop, int fd, std::function<void()> on_ready);
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;
  ~Poll() = default;

  [[nodiscard]] int fd() const { return fd_; }
  // What is watched from now on. Neither: nothing.
  void watch(bool read, bool write);

 private:
  HandlePtr<uv_poll_t> handle_;
  int fd_;
  std::function<void()> on_ready_;
};

}  // namespace parley::net
