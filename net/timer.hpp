// A one-shot deadline on a loop.
#pragma once

#include <cstdint>
#include <functional>

#include "base/time.hpp"
#include "net/handle.hpp"
#include "net/loop.hpp"

namespace parley::net {

class Timer {
 public:
  // `on_due` runs in the loop's thread; it may arm this timer again or destroy it.
  Timer(Loop& loop, std::function<void()> on_due);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() = default;

  // Due at `deadline` (of net/clock), never before it, and at most about a millisecond late on an
  // idle machine. A deadline in the past is due in the next loop turn; kNever disarms. Cheap when
  // the deadline did not change.
  void arm(Timestamp deadline);
  void disarm();
  [[nodiscard]] bool is_armed() const { return due_ms_ != kDisarmed; }

 private:
  static constexpr std::uint64_t kDisarmed = UINT64_MAX;
  void on_timer();

  HandlePtr<uv_timer_t> handle_;
  std::function<void()> on_due_;
  std::uint64_t due_ms_ = kDisarmed;
};

}  // namespace parley::net
