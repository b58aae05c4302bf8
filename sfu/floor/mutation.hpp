// Faults that a test plants into the arbiter to see that its tests notice. In the product
// mutated() is constantly false; only parley_sfu_floor_mutated is built otherwise.
#pragma once

namespace parley::sfu {

#ifdef PARLEY_FLOOR_MUTATIONS
extern int floor_mutation;  // 0: none
[[nodiscard]] inline bool mutated(int number) { return floor_mutation == number; }
#else
[[nodiscard]] constexpr bool mutated(int /*number*/) { return false; }
#endif

}  // namespace parley::sfu
