// Every order of everything that can happen to one arbiter, up to a depth: breadth first, states
// that differ in nothing that matters visited once. Each step is watched by FloorWatch.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sfu/floor/floor_arbiter.hpp"

namespace parley::sfu {

struct Exploration {
  std::size_t states = 0;
  std::size_t steps = 0;
  std::string violation;  // the first, with the events that led to it; empty: none
};

struct ExplorerRoom {
  FloorPolicy policy;
  std::vector<FloorPriority> members;  // what each asks for; the last one is a dispatcher
  // Beside the events of the floor: transports that go and come back, presses that come after the
  // next one of the same member.
  bool has_lost_peers = false;
  bool has_late_copies = false;
};

// Short timers with few different sums, so that states meet again.
[[nodiscard]] FloorPolicy explorer_policy(FloorMode mode);

[[nodiscard]] Exploration explore(const ExplorerRoom& room, std::size_t depth,
                                  std::size_t most_states);

}  // namespace parley::sfu
