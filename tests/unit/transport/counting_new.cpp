// In a file of its own: a compiler that sees both a caller and these bodies takes malloc and delete
// for a mismatch.
#include "tests/unit/transport/counting_new.hpp"

#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/check.hpp"

namespace parley::test {

std::size_t allocations = 0;
std::size_t bytes_held = 0;
std::size_t most_bytes_held = 0;

namespace {

constexpr std::size_t kChunkHeader = 8;  // what malloc keeps in front of each block

std::size_t cost(void* memory) {
  return memory == nullptr ? 0 : malloc_usable_size(memory) + kChunkHeader;
}

void* count(void* memory) {
  ++allocations;
  bytes_held += cost(memory);
  most_bytes_held = std::max(most_bytes_held, bytes_held);
  return memory;
}

void* count_or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return count(memory);
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

void* operator new(std::size_t size) { return parley::test::count_or_throw(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto to = static_cast<std::size_t>(alignment);
  return parley::test::count_or_throw(std::aligned_alloc(to, (size + to - 1) / to * to));
}
void operator delete(void* memory) noexcept { parley::test::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { parley::test::release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { parley::test::release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  parley::test::release(memory);
}
