// Wakes a loop from another thread.
#pragma once

#include <functional>

#include "net/handle.hpp"
#include "net/loop.hpp"

namespace parley::net {

class Waker {
 public:
  // `on_wake` runs in the loop's thread, at least once after the last wake().
  Waker(Loop& loop, std::function<void()> on_wake);
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  ~Waker() = default;

  // Any thread, as long as this object lives. Several calls may become one on_wake.
  void wake();

 private:
  HandlePtr<uv_async_t> handle_;
  std::function<void()> on_wake_;
};

}  // namespace parley::net
