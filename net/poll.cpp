#include "net/poll.hpp"

#include <utility>

#include "base/check.hpp"

namespace parley::net {

Poll::Poll(Loop& loop, int fd, std::function<void()> on_ready)
    : handle_(new uv_poll_t), fd_(fd), on_ready_(std::move(on_ready)) {
  PARLEY_CHECK(uv_poll_init(loop.raw(), handle_.get(), fd) == 0);
  handle_->data = this;
}

void Poll::watch(bool read, bool write) {
  const int events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);
  if (events == 0) {
    uv_poll_stop(handle_.get());
    return;
  }
  const int started = uv_poll_start(handle_.get(), events, [](uv_poll_t* handle, int, int) {
    if (handle->data != nullptr) static_cast<Poll*>(handle->data)->on_ready_();
  });
  PARLEY_CHECK(started == 0);
}

}  // namespace parley::net
