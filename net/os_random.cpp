#include "net/os_random.hpp"

#include <sys/random.h>

#include <cerrno>

#include "base/check.hpp"

namespace parley::net {

void OsRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    PARLEY_CHECK(got > 0);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace parley::net
