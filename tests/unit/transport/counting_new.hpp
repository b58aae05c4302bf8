// How often this executable allocated, and how much it holds: by operator new and by OpenSSL. An
// executable of its own: counting_new.cpp replaces both allocators.
#pragma once

#include <cstddef>

namespace parley::test {

extern std::size_t allocations;
extern std::size_t bytes_held;       // as malloc counts them, with its rounding
extern std::size_t most_bytes_held;  // since it was last set

}  // namespace parley::test
