// What the floors of a worker's rooms have done since the start, for metrics. Values only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "sfu/floor/floor_arbiter.hpp"

namespace parley::sfu {

// How often a time was at most so long.
struct DelayCounts {
  static constexpr std::array kBoundsMs = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

  std::array<std::uint64_t, kBoundsMs.size()> within{};  // cumulative
  std::uint64_t count = 0;
  Duration total{};

  void add(Duration delay) {
    ++count;
    total += delay;
    for (std::size_t i = 0; i < kBoundsMs.size(); ++i) {
      if (delay <= std::chrono::milliseconds(kBoundsMs[i])) ++within[i];
    }
  }
  DelayCounts& operator+=(const DelayCounts& other);
};

struct FloorNumbers {
  FloorCounters counters{};
  DelayCounts press_to_grant{};    // of presses that were granted at once
  DelayCounts press_to_forward{};  // ... until their first packet was forwarded
  std::uint64_t rooms = 0;         // that are arbitrated now
  std::uint64_t holders = 0;
  std::uint64_t waiting = 0;
  Duration oldest_wait{};

  FloorNumbers& operator+=(const FloorNumbers& other);
};

}  // namespace parley::sfu
