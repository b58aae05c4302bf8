#include "client/core/device_key.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <array>
#include <cstdio>

#include "tests/unit/client/device.hpp"

namespace parley::client {
namespace {

using test::is_signature;
using test::SeededRandom;

DeviceKey key_of(std::uint64_t seed) {
  SeededRandom random{seed};
  return DeviceKey::generate(random);
}

TEST(DeviceKey, IsMadeOfTheGivenRandomness) {
  EXPECT_EQ(key_of(1).public_key(), key_of(1).public_key());
  EXPECT_NE(key_of(1).public_key(), key_of(2).public_key());
}

TEST(DeviceKey, ItsPublicKeyIsTheUsualEncodingOfAPointOnP256) {
  const DeviceKey key = key_of(1);
  ASSERT_EQ(key.public_key().size(), 91U);
  const Bytes der = key.public_key();
  const unsigned char* next = der.data();
  EVP_PKEY* parsed = d2i_PUBKEY(nullptr, &next, static_cast<long>(der.size()));
  ASSERT_NE(parsed, nullptr);
  EXPECT_EQ(EVP_PKEY_get_bits(parsed), 256);
  EVP_PKEY_free(parsed);
}

TEST(DeviceKey, SignsWhatItsPublicKeyVerifies) {
  const DeviceKey key = key_of(1);
  // Many, because r or s of one in 256 begins with a zero byte.
  for (int i = 0; i < 300; ++i) {
    const std::string text = "text " + std::to_string(i);
    ASSERT_TRUE(is_signature(key.public_key(), text, key.sign(text))) << i;
  }
  EXPECT_FALSE(is_signature(key.public_key(), "text", key.sign("texts")));
  EXPECT_FALSE(is_signature(key_of(2).public_key(), "text", key.sign("text")));
}

TEST(DeviceKey, IsTheSameAfterItWasKept) {
  const DeviceKey key = key_of(1);
  const std::string pem = key.private_pem();
  EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----")) << "PKCS#8";
  const auto loaded = DeviceKey::load(pem);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->public_key(), key.public_key());
  EXPECT_TRUE(is_signature(key.public_key(), "text", loaded->sign("text")));
}

TEST(DeviceKey, AnythingButAKeyOfP256IsRefused) {
  const std::string pem = key_of(1).private_pem();
  EVP_PKEY* other = EVP_EC_gen("P-384");
  BIO* bio = BIO_new(BIO_s_mem());
  ASSERT_EQ(PEM_write_bio_PrivateKey(bio, other, nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  const std::string p384(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(other);
  for (const std::string& damaged : {std::string(), std::string("key"), pem.substr(0, 100), p384}) {
    const auto loaded = DeviceKey::load(damaged);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_FALSE(DeviceKey::load({}).has_value());
}

TEST(DeviceKey, ItsEightDigitsAreThoseOfTheProtocol) {
  bool had_zero_first = false;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const DeviceKey key = key_of(seed);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(key.public_key().data(), key.public_key().size(), hash.data());
    const unsigned long number =
        (static_cast<unsigned long>(hash[0]) << 24 | hash[1] << 16 | hash[2] << 8 | hash[3]) %
        100'000'000;
    std::array<char, 16> expected{};
    std::snprintf(expected.data(), expected.size(), "%08lu", number);
    EXPECT_EQ(key.eight_digits(), expected.data());
    had_zero_first |= expected[0] == '0';
  }
  EXPECT_TRUE(had_zero_first) << "else the padding was not seen";
}

}  // namespace
}  // namespace parley::client
