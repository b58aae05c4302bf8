// The keyed hash of the ufrag table (security.md S1): SipHash-2-4 with a random key, so that nobody
// outside can choose names that collide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/random.hpp"

namespace parley::sfu {

struct SipKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

[[nodiscard]] std::uint64_t siphash(const SipKey& key, Bytes message);

// A hash for unordered containers; looks up by string_view without building a string.
class UfragHash {
 public:
  using is_transparent = void;
  explicit UfragHash(RandomSource& random)
      : key_{.low = random.next_u64(), .high = random.next_u64()} {}
  std::size_t operator()(std::string_view ufrag) const {
    return static_cast<std::size_t>(siphash(key_, as_bytes(ufrag)));
  }

 private:
  SipKey key_;
};

}  // namespace parley::sfu
