// The operating system's generator, for keys and identifiers. Any thread.
#pragma once

#include "base/random.hpp"

namespace parley::net {

class OsRandom final : public RandomSource {
 public:
  // getrandom(2). Ends the process when the kernel has no randomness to give: going on would mean
  // guessable keys.
  void fill(MutableBytes out) override;
};

}  // namespace parley::net
