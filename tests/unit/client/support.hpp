// What the client's tests share: seeded randomness and readable times.
#pragma once

#include <cstdint>
#include <random>

#include "base/endpoint.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

namespace parley::test {

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }
  bool chance(unsigned percent) { return engine_() % 100 < percent; }

 private:
  std::mt19937_64 engine_;
};

inline constexpr Timestamp kStart{std::chrono::hours(1)};
inline constexpr WallTime kWallStart{std::chrono::seconds(1'790'000'000)};

inline Now at(Duration since_start) {
  return {.mono = kStart + since_start, .wall = kWallStart + since_start};
}

inline Endpoint node_endpoint(std::uint8_t host, std::uint16_t port = 5000) {
  return {.address = {.bytes = {192, 0, 2, host}}, .port = port};
}

}  // namespace parley::test
