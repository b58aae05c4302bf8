// A bounded queue of values into a loop, from any thread. Nothing is shared but the values in it.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "net/loop.hpp"
#include "net/waker.hpp"

namespace parley::net {

template <class T>
class Mailbox {
 public:
  // `on_value` runs in the thread of `receiver`, once per value, in the order of posting;
  // `on_batch_end`, if there is one, after the last value of each delivery. Neither may destroy the
  // mailbox. All senders have ended before the mailbox is destroyed. Room for `capacity` values is
  // taken twice, now: posting and delivering allocate nothing of their own.
  Mailbox(Loop& receiver, std::size_t capacity, std::function<void(T&&)> on_value,
          std::function<void()> on_batch_end = {})
      : capacity_(capacity),
        on_value_(std::move(on_value)),
        on_batch_end_(std::move(on_batch_end)),
        waker_(receiver, [this] { deliver(); }) {
    waiting_.reserve(capacity);
    delivering_.reserve(capacity);
  }

  // Any thread. False, and the value is not taken, when `capacity` values wait: the sender decides.
  [[nodiscard]] bool post(T&& value) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= capacity_) return false;
      waiting_.push_back(std::move(value));
      if (waiting_.size() > 1) return true;  // the first one has woken the receiver
    }
    waker_.wake();
    return true;
  }

 private:
  void deliver() {
    {
      const std::lock_guard lock(mutex_);
      std::swap(waiting_, delivering_);
    }
    if (delivering_.empty()) return;
    for (T& value : delivering_) on_value_(std::move(value));
    delivering_.clear();
    if (on_batch_end_) on_batch_end_();
  }

  const std::size_t capacity_;
  const std::function<void(T&&)> on_value_;
  const std::function<void()> on_batch_end_;
  std::mutex mutex_;
  std::vector<T> waiting_;     // under mutex_
  std::vector<T> delivering_;  // of the receiver's thread
  Waker waker_;
};

}  // namespace parley::net
