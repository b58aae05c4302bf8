// A random but reproducible story for one seed: people come, talk, lose their network, leave;
// services are killed and started again; strangers send garbage. Then the network heals, and
// everything must be right again.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace parley::sim {

struct Outcome {
  std::set<std::string> violations;
  std::uint64_t digest;  // equal for equal seeds
};

[[nodiscard]] Outcome play(std::uint64_t seed, bool is_traced);

}  // namespace parley::sim
