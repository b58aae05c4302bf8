#include "net/timer.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::net {

Timer::Timer(Loop& loop, std::function<void()> on_due)
    : handle_(new uv_timer_t), on_due_(std::move(on_due)) {
  PARLEY_CHECK(uv_timer_init(loop.raw(), handle_.get()) == 0);
  handle_->data = this;
}

void Timer::arm(Timestamp deadline) {
  if (deadline == kNever) {
    disarm();
    return;
  }
  // libuv's time is CLOCK_MONOTONIC in milliseconds, the clock of net/clock; rounded up, so that
  // the deadline has passed when the timer is due.
  const Duration since_start = std::max(deadline.time_since_epoch(), Duration::zero());
  const auto due_ms =
      static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(since_start).count());
  if (due_ms == due_ms_) return;
  due_ms_ = due_ms;
  const std::uint64_t now_ms = uv_now(handle_->loop);
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        if (handle->data != nullptr) static_cast<Timer*>(handle->data)->on_timer();
      },
      due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

void Timer::disarm() {
  if (!is_armed()) return;
  due_ms_ = kDisarmed;
  uv_timer_stop(handle_.get());
}

void Timer::on_timer() {
  due_ms_ = kDisarmed;
  on_due_();  // may destroy this timer
}

}  // namespace parley::net
