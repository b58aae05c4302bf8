// The same bytes for the same seed (splitmix64): what makes a test repeatable.
#pragma once

#include <cstdint>

#include "base/random.hpp"

namespace parley::signaling {

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) {
      state_ += 0x9E3779B97F4A7C15;
      std::uint64_t mixed = state_;
      mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
      byte = static_cast<std::uint8_t>(mixed >> 56);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace parley::signaling
