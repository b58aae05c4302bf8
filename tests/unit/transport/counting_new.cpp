// In a file of its own: a compiler that sees both a caller and these bodies takes malloc and delete
// for a mismatch.
#include "tests/unit/transport/counting_new.hpp"

#include <cstdlib>
#include <new>

namespace parley::test {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++parley::test::allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
