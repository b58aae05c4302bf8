// Limits a rate: `burst` at once, `per_second` in the long run.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace parley::signaling {

class TokenBucket {
 public:
  TokenBucket(std::uint32_t per_second, std::uint32_t burst, Timestamp now)
      : per_second_(per_second),
        capacity_(std::int64_t{burst} * kWhole),
        level_(capacity_),
        at_(now) {}

  // True when one more is within the rate.
  [[nodiscard]] bool take(Timestamp now) {
    // An hour fills every bucket; the cap keeps the product small.
    const auto elapsed = std::clamp<std::int64_t>((now - at_).count(), 0, 3'600'000'000);
    level_ = std::min(capacity_, level_ + elapsed * per_second_);
    at_ = std::max(at_, now);
    if (level_ < kWhole) return false;
    level_ -= kWhole;
    return true;
  }

 private:
  static constexpr std::int64_t kWhole = 1'000'000;  // one message, in microseconds x rate
  std::int64_t per_second_;
  std::int64_t capacity_;
  std::int64_t level_;
  Timestamp at_;
};

}  // namespace parley::signaling
