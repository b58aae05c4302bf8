#include "client/load/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace parley::client {

Schedule::Schedule(Timestamp start, std::uint32_t talkers, double packets_per_second,
                   Duration duration, bool is_paced)
    : start_(start), talkers_(talkers), interval_us_(0), total_(0), is_paced_(is_paced) {
  if (talkers == 0 || packets_per_second <= 0) return;
  interval_us_ = 1e6 / packets_per_second / talkers;
  const double packets =
      std::floor(static_cast<double>(duration.count()) * packets_per_second / 1e6 + 1e-6);
  total_ = static_cast<std::uint64_t>(std::max(packets, 0.0)) * talkers;
}

Timestamp Schedule::due() const {
  if (is_over()) return kNever;
  return start_ + Duration(static_cast<std::int64_t>(static_cast<double>(next_) * interval_us_));
}

Schedule::Send Schedule::take(Timestamp now) {
  const Duration lateness = std::max(now - due(), Duration(0));
  if (lateness > kLateAfter) ++late_;
  worst_lateness_ = std::max(worst_lateness_, lateness);
  if (is_paced_) start_ += lateness;
  const Send send{.talker = static_cast<std::uint32_t>(next_ % talkers_),
                  .packet = next_ / talkers_};
  ++next_;
  return send;
}

}  // namespace parley::client
