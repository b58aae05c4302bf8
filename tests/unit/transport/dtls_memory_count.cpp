#include "tests/unit/transport/dtls_memory_count.hpp"

#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/check.hpp"

namespace parley::test {

std::size_t bytes_held = 0;
std::size_t most_bytes_held = 0;

namespace {

constexpr std::size_t kChunkHeader = 8;  // what malloc keeps in front of each block

std::size_t cost(void* memory) {
  return memory == nullptr ? 0 : malloc_usable_size(memory) + kChunkHeader;
}

void* count(void* memory) {
  bytes_held += cost(memory);
  most_bytes_held = std::max(most_bytes_held, bytes_held);
  return memory;
}

void release(void* memory) {
  bytes_held -= cost(memory);
  std::free(memory);
}

void* openssl_malloc(std::size_t size, const char*, int) { return count(std::malloc(size)); }
void openssl_free(void* memory, const char*, int) { release(memory); }
void* openssl_realloc(void* memory, std::size_t size, const char*, int) {
  bytes_held -= cost(memory);
  return count(std::realloc(memory, size));
}

// Before main: OpenSSL takes other allocators only as long as it has used none.
const bool is_counting = [] {
  PARLEY_CHECK(CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1);
  return true;
}();

}  // namespace
}  // namespace parley::test

void* operator new(std::size_t size) {
  if (void* memory = parley::test::count(std::malloc(size))) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { parley::test::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { parley::test::release(memory); }
