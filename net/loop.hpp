// One libuv event loop. Used by one thread at a time; everything that lives on it (timers, ports,
// streams, mailboxes) is created and destroyed in that thread, or while no thread runs it, and
// before the loop.
#pragma once

#include <uv.h>

#include <memory>

#include "base/bytes.hpp"

namespace parley::net {

class Loop {
 public:
  // Also makes the process ignore SIGPIPE: a connection that ended is an error code, not a signal.
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Closes every handle that is left, runs their close callbacks and frees the loop.
  ~Loop();

  // Handles events until stop(), or until nothing is left that could produce one.
  void run();
  // Handles what is ready now and returns: for a program that owns its rounds.
  void poll();
  // Makes run() return after this turn. Only from the loop's own thread; others use a Waker.
  void stop();

  // For libraries that work on a foreign loop (libwebsockets) and for the wrappers of net/.
  [[nodiscard]] uv_loop_t* raw() { return &loop_; }

  // One buffer that every stream of this loop reads into: handlers get views of it.
  [[nodiscard]] MutableBytes read_buffer() { return {read_buffer_.get(), kReadBuffer}; }

 private:
  static constexpr std::size_t kReadBuffer = 64 * 1024;
  uv_loop_t loop_;
  std::unique_ptr<std::uint8_t[]> read_buffer_;
};

}  // namespace parley::net
