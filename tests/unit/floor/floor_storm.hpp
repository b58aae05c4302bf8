// Several clients that press at random, over a network that loses, doubles and reorders, and one
// real arbiter. Everything from one seed, at virtual time; each step is watched by FloorWatch.
#pragma once

#include <cstdint>
#include <string>

#include "sfu/floor/floor_arbiter.hpp"

namespace parley::sfu {

struct StormOptions {
  std::uint64_t seed = 1;
  FloorPolicy policy;
  std::uint32_t clients = 5;
  std::uint64_t presses = 1000;
  unsigned loss_percent = 0;  // of each message and packet
  unsigned duplicate_percent = 0;
  Duration latest = std::chrono::milliseconds(5);  // each is this late at most, and so reordered
  bool has_partitions = false;  // signaling of a client goes for a while, or its media
  bool has_moves = false;       // the home freezes and thaws
  bool has_emergencies = false;
  bool has_comers = false;  // members leave and come back
};

struct StormResult {
  std::uint64_t presses = 0;
  std::uint64_t bursts = 0;
  std::uint64_t packets = 0;     // that have passed
  std::uint64_t unanswered = 0;  // presses whose client gave up waiting for an answer
  std::uint64_t digest = 0;      // of everything the arbiter said
  std::string violation;         // the first; empty: none
};

[[nodiscard]] StormResult run_storm(const StormOptions& options);

}  // namespace parley::sfu
