#include "sfu/transport/aead.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/transport/support.hpp"

namespace parley::test {
namespace {

using sfu::AeadEngine;
using sfu::AeadKey;
using sfu::kAeadIvSize;
using sfu::kAeadTagSize;

std::vector<AeadEngine> engines() {
  std::vector<AeadEngine> available = {AeadEngine::openssl};
  if (sfu::is_available(AeadEngine::multi_buffer)) available.push_back(AeadEngine::multi_buffer);
  return available;
}

Datagram random_bytes(SeededRandom& random, std::size_t size) {
  Datagram bytes(size);
  random.fill(bytes);
  return bytes;
}

Datagram seal(const AeadKey& key, Bytes iv, Bytes aad, Bytes plain) {
  Datagram sealed(plain.size() + kAeadTagSize);
  EXPECT_TRUE(key.seal(iv, aad, plain, sealed));
  return sealed;
}

TEST(Aead, TheFastestEngineIsAvailable) {
  EXPECT_TRUE(sfu::is_available(sfu::fastest_aead_engine()));
  EXPECT_TRUE(sfu::is_available(AeadEngine::openssl));
}

TEST(Aead, EnginesAgreeOnEverySizeAndOpenEachOthersPackets) {
  SeededRandom random(1);
  for (const std::size_t key_size : {16U, 32U}) {
    for (std::size_t size = 0; size <= 1400; size += size < 260 ? 1 : 37) {
      const Datagram raw = random_bytes(random, key_size);
      const Datagram iv = random_bytes(random, kAeadIvSize);
      const Datagram aad = random_bytes(random, 1 + random.below(160));
      const Datagram plain = random_bytes(random, size);
      const Datagram first = seal(AeadKey(raw, AeadEngine::openssl), iv, aad, plain);
      for (const AeadEngine engine : engines()) {
        const AeadKey key(raw, engine);
        key.prefetch();
        ASSERT_EQ(seal(key, iv, aad, plain), first) << size;
        Datagram in_place = plain;
        in_place.resize(size + kAeadTagSize);
        ASSERT_TRUE(key.seal(iv, aad, Bytes(in_place).first(size), in_place));
        ASSERT_EQ(in_place, first) << size;
        Datagram once(size + kAeadTagSize);
        ASSERT_TRUE(seal_once(engine, raw, iv, aad, plain, once));
        ASSERT_EQ(once, first) << size;
        ASSERT_TRUE(open_once(engine, raw, iv, aad, once));
        ASSERT_TRUE(key.open(iv, aad, in_place)) << size;
        ASSERT_TRUE(std::ranges::equal(Bytes(in_place).first(size), plain)) << size;
        ASSERT_TRUE(std::ranges::equal(Bytes(once).first(size), plain)) << size;
      }
    }
  }
}

TEST(Aead, AKeySealsAndOpensManyPacketsInAnyOrder) {
  SeededRandom random(2);
  for (const AeadEngine engine : engines()) {
    const AeadKey key(random_bytes(random, 16), engine);
    for (int i = 0; i < 500; ++i) {
      const Datagram iv = random_bytes(random, kAeadIvSize);
      const Datagram aad = random_bytes(random, 12);
      const Datagram plain = random_bytes(random, random.below(300));
      Datagram sealed = seal(key, iv, aad, plain);
      Datagram forged = sealed;
      forged[random.below(forged.size())] ^= 1;
      ASSERT_FALSE(key.open(iv, aad, forged));
      ASSERT_TRUE(key.open(iv, aad, sealed));
      ASSERT_TRUE(std::ranges::equal(Bytes(sealed).first(plain.size()), plain));
    }
  }
}

TEST(Aead, AnyFlippedBitOfPacketNonceOrAssociatedDataIsRefused) {
  SeededRandom random(3);
  for (const AeadEngine engine : engines()) {
    const AeadKey key(random_bytes(random, 32), engine);
    const Datagram iv = random_bytes(random, kAeadIvSize);
    const Datagram aad = random_bytes(random, 20);
    const Datagram sealed = seal(key, iv, aad, random_bytes(random, 40));
    const auto refuses = [&](Datagram wrong_iv, Datagram wrong_aad, Datagram packet) {
      return !key.open(wrong_iv, wrong_aad, packet);
    };
    const auto flipped = [](Datagram bytes, std::size_t bit) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      return bytes;
    };
    for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
      ASSERT_TRUE(refuses(iv, aad, flipped(sealed, bit))) << bit;
    }
    for (std::size_t bit = 0; bit < 8 * iv.size(); ++bit) {
      ASSERT_TRUE(refuses(flipped(iv, bit), aad, sealed)) << bit;
    }
    for (std::size_t bit = 0; bit < 8 * aad.size(); ++bit) {
      ASSERT_TRUE(refuses(iv, flipped(aad, bit), sealed)) << bit;
    }
    ASSERT_FALSE(refuses(iv, aad, sealed));
  }
}

TEST(Aead, AMovedKeyWorksAndLeavesItsPlace) {
  SeededRandom random(4);
  for (const AeadEngine engine : engines()) {
    AeadKey empty;
    EXPECT_TRUE(empty.is_empty());
    empty.prefetch();
    const Datagram raw = random_bytes(random, 16);
    const Datagram iv = random_bytes(random, kAeadIvSize);
    empty = AeadKey(raw, engine);
    EXPECT_FALSE(empty.is_empty());
    const AeadKey moved = std::move(empty);
    EXPECT_EQ(seal(moved, iv, iv, raw), seal(AeadKey(raw, AeadEngine::openssl), iv, iv, raw));
  }
}

}  // namespace
}  // namespace parley::test
