#include "net/waker.hpp"

#include <utility>

#include "base/check.hpp"

namespace parley::net {

Waker::Waker(Loop& loop, std::function<void()> on_wake)
    : handle_(new uv_async_t), on_wake_(std::move(on_wake)) {
  const int initialised = uv_async_init(loop.raw(), handle_.get(), [](uv_async_t* handle) {
    if (handle->data != nullptr) static_cast<Waker*>(handle->data)->on_wake_();
  });
  PARLEY_CHECK(initialised == 0);
  handle_->data = this;
}

void Waker::wake() { uv_async_send(handle_.get()); }

}  // namespace parley::net
