// Randomness that is the same in every run.
#pragma once

#include <cstdint>

#include "base/random.hpp"

namespace parley::test {

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next() >> 56);
  }
  // True in `percent` of 100 cases.
  [[nodiscard]] bool happens(unsigned percent) { return (next() >> 32) % 100 < percent; }

 private:
  std::uint64_t next() {  // SplitMix64
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace parley::test
