#include "tests/sim/network.hpp"

#include <algorithm>

namespace parley::sim {
namespace {

constexpr Duration kReorderHold = std::chrono::milliseconds(40);

Duration travel_time(const Impairment& link, SeededRandom& random) {
  const auto jitter = static_cast<std::uint64_t>(link.jitter.count());
  return link.delay + Duration(jitter == 0 ? 0 : static_cast<Duration::rep>(random.below(jitter)));
}

}  // namespace

void Network::at(Timestamp when, std::function<void()> what) {
  events_.emplace(when, std::move(what));
}

void Network::send_datagram(const Impairment& link, Timestamp now,
                            const std::function<void()>& arrive) {
  ++counters_.sent;
  if (link.is_partitioned || random_.chance(link.loss)) {
    ++counters_.lost;
    return;
  }
  Duration travel = travel_time(link, random_);
  if (random_.chance(link.reorder)) {
    ++counters_.reordered;
    travel += kReorderHold;
  }
  at(now + travel, arrive);
  if (random_.chance(link.duplicate)) {
    ++counters_.duplicated;
    at(now + travel_time(link, random_), arrive);
  }
}

void Network::send_on_stream(const Impairment& link, Timestamp now, Timestamp& not_before,
                             std::function<void()> arrive) {
  not_before = std::max(not_before, now + travel_time(link, random_));
  at(not_before, std::move(arrive));
}

Timestamp Network::next() const { return events_.empty() ? kNever : events_.begin()->first; }

void Network::run_next() {
  const auto what = std::move(events_.begin()->second);
  events_.erase(events_.begin());
  what();
}

}  // namespace parley::sim
