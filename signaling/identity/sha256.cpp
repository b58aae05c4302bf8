#include "signaling/identity/sha256.hpp"

#include <openssl/sha.h>

namespace parley::signaling {

Sha256Hash sha256(Bytes bytes) {
  Sha256Hash hash{};
  SHA256(bytes.data(), bytes.size(), hash.data());
  return hash;
}

}  // namespace parley::signaling
