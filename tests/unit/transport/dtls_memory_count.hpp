// Bytes that this executable holds: of operator new and of OpenSSL. An executable of its own:
// dtls_memory_count.cpp replaces both allocators.
#pragma once

#include <cstddef>

namespace parley::test {

// As malloc counts them, with its rounding.
extern std::size_t bytes_held;
extern std::size_t most_bytes_held;  // since it was last set

}  // namespace parley::test
