#include "net/descriptor_limit.hpp"

#include <sys/resource.h>

namespace parley::net {

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // Going on with the old limit is right where this is refused: fewer clients, nothing else.
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace parley::net
