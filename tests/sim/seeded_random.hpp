// All chance of one simulated world, from one seed.
#pragma once

#include <cstdint>

#include "base/random.hpp"

namespace parley::sim {

// xoshiro-like quality is not needed; splitmix64 is enough and trivially reproducible.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  // In [0, bound).
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  bool chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
  }
  void fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next());
  }

 private:
  std::uint64_t state_;
};

// Makes OpenSSL's generator draw from `random` as well (key pairs, DTLS randoms, signatures), so
// that a seed replays byte for byte. `random` outlives all use of OpenSSL that follows.
void seed_openssl(SeededRandom& random);

}  // namespace parley::sim
