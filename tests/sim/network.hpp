// The virtual network: everything that will happen, ordered by virtual time, and what a link does
// to the datagrams and streams on it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/time.hpp"
#include "tests/sim/seeded_random.hpp"

namespace parley::sim {

struct Impairment {
  Duration delay = std::chrono::milliseconds(10);
  Duration jitter{};  // added to the delay, uniform in [0, jitter]
  double loss = 0;    // each from 0 to 1
  double duplicate = 0;
  double reorder = 0;  // share of datagrams held back by 40 ms
  bool is_partitioned = false;
};

class Network {
 public:
  explicit Network(SeededRandom& random) : random_(random) {}

  // Runs `what` at `when`; things of one instant happen in the order they were asked for.
  void at(Timestamp when, std::function<void()> what);
  // A datagram on a link: perhaps lost, duplicated, delayed, reordered.
  void send_datagram(const Impairment& link, Timestamp now, const std::function<void()>& arrive);
  // One message on a reliable stream: never before `not_before` (the stream's last arrival), which
  // is moved forward. Impairments other than delay and jitter do not apply; a partition is the
  // business of the stream's owner.
  void send_on_stream(const Impairment& link, Timestamp now, Timestamp& not_before,
                      std::function<void()> arrive);

  [[nodiscard]] Timestamp next() const;  // kNever when nothing waits
  // Runs everything due at next().
  void run_next();

  struct Counters {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  SeededRandom& random_;
  std::multimap<Timestamp, std::function<void()>> events_;  // equal keys keep insertion order
  Counters counters_;
};

}  // namespace parley::sim
