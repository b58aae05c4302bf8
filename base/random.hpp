// Randomness as an input. Shells pass the operating system's generator (net/os_random), the
// simulator a seeded one; cores never know which.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace parley {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(MutableBytes out) = 0;

  [[nodiscard]] std::uint64_t next_u64() {
    std::array<std::uint8_t, 8> bytes{};
    fill(bytes);
    return ByteReader(bytes).u64();
  }
  [[nodiscard]] std::uint32_t next_u32() { return static_cast<std::uint32_t>(next_u64() >> 32); }
};

}  // namespace parley
