#include "tests/sim/seeded_random.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

namespace parley::sim {
namespace {

SeededRandom* source = nullptr;

int fill_from_seed(unsigned char* out, int size) {
  source->fill({out, static_cast<std::size_t>(size)});
  return 1;
}
int always_ready() { return 1; }

constexpr RAND_METHOD kSeededMethod = {.seed = nullptr,
                                       .bytes = fill_from_seed,
                                       .cleanup = nullptr,
                                       .add = nullptr,
                                       .pseudorand = fill_from_seed,
                                       .status = always_ready};

}  // namespace

void seed_openssl(SeededRandom& random) {
  source = &random;
  RAND_set_rand_method(&kSeededMethod);
}

}  // namespace parley::sim
