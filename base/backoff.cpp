#include "base/backoff.hpp"

#include <algorithm>

namespace parley {

Duration Backoff::next() {
  const Duration half = limit_ / 2;
  const auto jitter = static_cast<Duration::rep>(random_->next_u32() %
                                                 static_cast<std::uint64_t>(half.count() + 1));
  limit_ = std::min(limit_ * 2, limits_.longest);
  return half + Duration(jitter);
}

}  // namespace parley
