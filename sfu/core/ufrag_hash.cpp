#include "sfu/core/ufrag_hash.hpp"

#include <array>
#include <bit>

namespace parley::sfu {

namespace {

// Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
class SipState {
 public:
  explicit SipState(const SipKey& key)
      : v_{key.low ^ 0x736f6d6570736575U, key.high ^ 0x646f72616e646f6dU,
           key.low ^ 0x6c7967656e657261U, key.high ^ 0x7465646279746573U} {}

  void absorb(std::uint64_t word) {
    v_[3] ^= word;
    rounds(2);
    v_[0] ^= word;
  }
  std::uint64_t finish() {
    v_[2] ^= 0xff;
    rounds(4);
    return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
  }

 private:
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v_[0] += v_[1];
      v_[2] += v_[3];
      v_[1] = std::rotl(v_[1], 13) ^ v_[0];
      v_[3] = std::rotl(v_[3], 16) ^ v_[2];
      v_[0] = std::rotl(v_[0], 32);
      v_[2] += v_[1];
      v_[0] += v_[3];
      v_[1] = std::rotl(v_[1], 17) ^ v_[2];
      v_[3] = std::rotl(v_[3], 21) ^ v_[0];
      v_[2] = std::rotl(v_[2], 32);
    }
  }
  std::array<std::uint64_t, 4> v_;
};

std::uint64_t little_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

std::uint64_t siphash(const SipKey& key, Bytes message) {
  SipState state(key);
  const auto length = static_cast<std::uint64_t>(message.size());
  for (; message.size() >= 8; message = message.subspan(8)) {
    state.absorb(little_endian(message.first(8)));
  }
  state.absorb(length << 56 | little_endian(message));
  return state.finish();
}

}  // namespace parley::sfu
