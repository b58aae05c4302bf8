#include "sfu/transport/aead_multi_buffer.hpp"

#include <intel-ipsec-mb.h>

#include <array>
#include <cstddef>

#include "base/secret.hpp"
#include "sfu/transport/aead.hpp"

namespace parley::sfu {

namespace {

constexpr std::size_t kLine = 64;  // bytes of a cache line

struct Functions {
  aes_gcm_pre_t expand;
  aes_gcm_enc_dec_t seal;
  aes_gcm_enc_dec_t open;
};

// What a voice packet reads of an expanded key: the round keys at its beginning, and the low powers
// of the hash key, which lie elsewhere for each generation of CPU.
struct HotLines {
  std::size_t hash_begin;  // bytes
  std::size_t hash_end;
};
constexpr std::size_t kRoundKeysEnd = offsetof(gcm_key_data, ghash_keys);

struct Library {
  bool is_usable = false;
  Functions aes128{};
  Functions aes256{};
  HotLines hot{};
};

// The manager is asked which code fits the CPU, and let go: that code takes no manager.
Library load_library() {
  Library library;
  IMB_MGR* manager = alloc_mb_mgr(0);
  if (manager == nullptr) return library;
  init_mb_mgr_auto(manager, nullptr);
  library.is_usable =
      imb_get_errno(manager) == 0 && (manager->features & IMB_CPUFLAGS_SSE) == IMB_CPUFLAGS_SSE;
  library.aes128 = {
      .expand = manager->gcm128_pre, .seal = manager->gcm128_enc, .open = manager->gcm128_dec};
  library.aes256 = {
      .expand = manager->gcm256_pre, .seal = manager->gcm256_enc, .open = manager->gcm256_dec};
  // The vector code counts the powers down from the 48th, the others up from the first.
  const bool is_wide = (manager->features & IMB_CPUFLAGS_AVX512_T2) == IMB_CPUFLAGS_AVX512_T2;
  library.hot = is_wide
                    ? HotLines{.hash_begin = sizeof(gcm_key_data) - 2 * kLine,
                               .hash_end = sizeof(gcm_key_data)}
                    : HotLines{.hash_begin = kRoundKeysEnd, .hash_end = kRoundKeysEnd + 4 * kLine};
  free_mb_mgr(manager);
  return library;
}

const Library& library() {
  static const Library loaded = load_library();
  return loaded;
}

const Functions& functions_for(Bytes key) {
  return key.size() == 32 ? library().aes256 : library().aes128;
}

void seal_with(const Functions& functions, const gcm_key_data& key, Bytes iv, Bytes aad,
               Bytes plain, MutableBytes out) {
  gcm_context_data context;  // the library's scratch; it sets what it reads
  functions.seal(&key, &context, out.data(), plain.data(), plain.size(), iv.data(), aad.data(),
                 aad.size(), out.data() + plain.size(), kAeadTagSize);
}

bool open_with(const Functions& functions, const gcm_key_data& key, Bytes iv, Bytes aad,
               MutableBytes sealed) {
  gcm_context_data context;
  const MutableBytes text = sealed.first(sealed.size() - kAeadTagSize);
  std::array<std::uint8_t, kAeadTagSize> tag;
  functions.open(&key, &context, text.data(), text.data(), text.size(), iv.data(), aad.data(),
                 aad.size(), tag.data(), tag.size());
  return equal_constant_time(tag, sealed.last(kAeadTagSize));
}

}  // namespace

// Which functions the key was made for stands behind it, in a line that each packet reads anyway.
struct alignas(kLine) MultiBufferGcmKey::Expanded {
  explicit Expanded(Bytes key) : functions(&functions_for(key)) {
    functions->expand(key.data(), &data);
  }
  Expanded(const Expanded&) = delete;
  Expanded& operator=(const Expanded&) = delete;
  ~Expanded() { wipe({reinterpret_cast<std::uint8_t*>(&data), sizeof data}); }

  gcm_key_data data{};
  const Functions* functions;
};

void MultiBufferGcmKey::Wipe::operator()(Expanded* expanded) const { delete expanded; }

bool MultiBufferGcmKey::is_available() { return library().is_usable; }

MultiBufferGcmKey::MultiBufferGcmKey(Bytes key) : expanded_(new Expanded(key)) {}

void MultiBufferGcmKey::seal(Bytes iv, Bytes aad, Bytes plain, MutableBytes out) const {
  seal_with(*expanded_->functions, expanded_->data, iv, aad, plain, out);
}

bool MultiBufferGcmKey::open(Bytes iv, Bytes aad, MutableBytes sealed) const {
  return open_with(*expanded_->functions, expanded_->data, iv, aad, sealed);
}

void MultiBufferGcmKey::prefetch() const {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(expanded_.get());
  for (std::size_t at = 0; at < kRoundKeysEnd; at += kLine) __builtin_prefetch(bytes + at);
  const HotLines& hot = library().hot;
  for (std::size_t at = hot.hash_begin; at < hot.hash_end; at += kLine) {
    __builtin_prefetch(bytes + at);
  }
  __builtin_prefetch(&expanded_->functions);
}

void MultiBufferGcmKey::seal_once(Bytes key, Bytes iv, Bytes aad, Bytes plain, MutableBytes out) {
  const Expanded expanded(key);
  seal_with(*expanded.functions, expanded.data, iv, aad, plain, out);
}

bool MultiBufferGcmKey::open_once(Bytes key, Bytes iv, Bytes aad, MutableBytes sealed) {
  const Expanded expanded(key);
  return open_with(*expanded.functions, expanded.data, iv, aad, sealed);
}

}  // namespace parley::sfu
