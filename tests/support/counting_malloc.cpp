#include "tests/support/counting_malloc.hpp"

#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PARLEY_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PARLEY_SANITIZED 1
#endif
#endif

namespace parley::test {
std::size_t allocations = 0;
}

#ifdef PARLEY_SANITIZED
// A sanitizer brings its own allocator, and tells of each of its calls.
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void* memory, std::size_t size),
    void (*on_free)(const volatile void* memory));

namespace {
[[maybe_unused]] const int hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++parley::test::allocations; },
    [](const volatile void*) {});
}  // namespace
#else
// Every allocation of the process, of C and C++ alike, passes here.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);

void* malloc(std::size_t size) {
  ++parley::test::allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++parley::test::allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++parley::test::allocations;
  return __libc_realloc(old, size);
}
}
#endif
