#include "base/check.hpp"

#include <cstdlib>

namespace parley {

const char* volatile failed_invariant = nullptr;

void fail_invariant(const char* text) {
  failed_invariant = text;
  std::abort();
}

}  // namespace parley
