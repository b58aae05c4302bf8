// How often operator new was called in this executable.
#pragma once

#include <cstddef>

namespace parley::test {

extern std::size_t allocations;

}  // namespace parley::test
