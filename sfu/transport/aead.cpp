#include "sfu/transport/aead.hpp"

#include <utility>

#include "base/check.hpp"

namespace parley::sfu {

bool is_available(AeadEngine engine) {
  switch (engine) {
    case AeadEngine::multi_buffer:
#ifdef PARLEY_MULTI_BUFFER
      return MultiBufferGcmKey::is_available();
#else
      return false;
#endif
    case AeadEngine::openssl:
      return true;
  }
  return false;
}

AeadEngine fastest_aead_engine() {
  return is_available(AeadEngine::multi_buffer) ? AeadEngine::multi_buffer : AeadEngine::openssl;
}

AeadKey::AeadKey(Bytes key, AeadEngine engine) {
  PARLEY_CHECK(key.size() == 16 || key.size() == 32);
  PARLEY_CHECK(is_available(engine));
#ifdef PARLEY_MULTI_BUFFER
  if (engine == AeadEngine::multi_buffer) {
    key_.emplace<MultiBufferGcmKey>(key);
    return;
  }
#endif
  OpensslGcmKey expanded(key);
  if (expanded.is_valid()) key_ = std::move(expanded);
}

bool AeadKey::seal(Bytes iv, Bytes aad, Bytes plain, MutableBytes out) const {
#ifdef PARLEY_MULTI_BUFFER
  if (const auto* key = std::get_if<MultiBufferGcmKey>(&key_)) {
    key->seal(iv, aad, plain, out);
    return true;
  }
#endif
  return std::get<OpensslGcmKey>(key_).seal(iv, aad, plain, out);
}

bool AeadKey::open(Bytes iv, Bytes aad, MutableBytes sealed) const {
#ifdef PARLEY_MULTI_BUFFER
  if (const auto* key = std::get_if<MultiBufferGcmKey>(&key_)) return key->open(iv, aad, sealed);
#endif
  return std::get<OpensslGcmKey>(key_).open(iv, aad, sealed);
}

void AeadKey::prefetch() const {
#ifdef PARLEY_MULTI_BUFFER
  // What OpenSSL keeps where is its own secret.
  if (const auto* key = std::get_if<MultiBufferGcmKey>(&key_)) key->prefetch();
#endif
}

bool AeadKey::is_empty() const { return std::holds_alternative<std::monostate>(key_); }

bool seal_once(AeadEngine engine, Bytes key, Bytes iv, Bytes aad, Bytes plain, MutableBytes out) {
#ifdef PARLEY_MULTI_BUFFER
  if (engine == AeadEngine::multi_buffer) {
    MultiBufferGcmKey::seal_once(key, iv, aad, plain, out);
    return true;
  }
#endif
  const AeadKey expanded(key, engine);
  return !expanded.is_empty() && expanded.seal(iv, aad, plain, out);
}

bool open_once(AeadEngine engine, Bytes key, Bytes iv, Bytes aad, MutableBytes sealed) {
#ifdef PARLEY_MULTI_BUFFER
  if (engine == AeadEngine::multi_buffer) {
    return MultiBufferGcmKey::open_once(key, iv, aad, sealed);
  }
#endif
  const AeadKey expanded(key, engine);
  return !expanded.is_empty() && expanded.open(iv, aad, sealed);
}

}  // namespace parley::sfu
