// How often this executable allocated, in C and C++ alike. An executable of its own:
// parley_counting_malloc, linked to it, replaces malloc.
#pragma once

#include <cstddef>

namespace parley::test {

extern std::size_t allocations;

}  // namespace parley::test
