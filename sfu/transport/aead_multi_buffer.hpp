// AES-GCM by Intel's multi-buffer library (libipsec-mb), for x86-64 with AES-NI and PCLMULQDQ.
// For AeadKey only, which gives the contract. Thread-safe: the calls work on their arguments alone,
// but for one word, the library's error number, which each call sets to zero.
#pragma once

#include <memory>

#include "base/bytes.hpp"

namespace parley::sfu {

class MultiBufferGcmKey {
 public:
  // Whether this CPU has what the library needs. Chooses its fastest code at the first call.
  [[nodiscard]] static bool is_available();

  // `key`: 16 or 32 bytes.
  explicit MultiBufferGcmKey(Bytes key);
  void seal(Bytes iv, Bytes aad, Bytes plain, MutableBytes out) const;
  [[nodiscard]] bool open(Bytes iv, Bytes aad, MutableBytes sealed) const;
  void prefetch() const;

  // With a key that is expanded on the stack for this one packet: nothing is allocated.
  static void seal_once(Bytes key, Bytes iv, Bytes aad, Bytes plain, MutableBytes out);
  [[nodiscard]] static bool open_once(Bytes key, Bytes iv, Bytes aad, MutableBytes sealed);

 private:
  struct Expanded;
  struct Wipe {
    void operator()(Expanded* expanded) const;
  };
  std::unique_ptr<Expanded, Wipe> expanded_;
};

}  // namespace parley::sfu
