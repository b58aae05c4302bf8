// The vectors of draft-krovetz-ocb-00 (those of RFC 7253 are of OCB3, another algorithm), and what
// Mumble makes of it on the wire.
#include "client/load/ocb2.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "client/load/mumble_crypt.hpp"

namespace parley::client {
namespace {

constexpr OcbBlock kKey = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

TEST(Ocb2, TagsAnEmptyMessageAsPublished) {
  Ocb2 cipher(kKey);
  const OcbBlock expected = {0xBF, 0x31, 0x08, 0x13, 0x07, 0x73, 0xAD, 0x5E,
                             0xC7, 0x0E, 0xC6, 0x9E, 0x78, 0x75, 0xA7, 0xB0};
  EXPECT_EQ(cipher.encrypt(kKey, {}, {}), expected);
}

TEST(Ocb2, EncryptsFortyBytesAsPublished) {
  Ocb2 cipher(kKey);
  const std::vector<std::uint8_t> plain = counting(40);
  std::vector<std::uint8_t> sealed(40);
  const OcbBlock tag = cipher.encrypt(kKey, plain, sealed);
  const std::vector<std::uint8_t> expected = {
      0xF7, 0x5D, 0x6B, 0xC8, 0xB4, 0xDC, 0x8D, 0x66, 0xB8, 0x36, 0xA2, 0xB0, 0x8B, 0x32,
      0xA6, 0x36, 0x9F, 0x1C, 0xD3, 0xC5, 0x22, 0x8D, 0x79, 0xFD, 0x6C, 0x26, 0x7F, 0x5F,
      0x6A, 0xA7, 0xB2, 0x31, 0xC7, 0xDF, 0xB9, 0xD5, 0x99, 0x51, 0xAE, 0x9C};
  const OcbBlock expected_tag = {0x9D, 0xB0, 0xCD, 0xF8, 0x80, 0xF7, 0x3E, 0x3E,
                                 0x10, 0xD4, 0xEB, 0x32, 0x17, 0x76, 0x66, 0x88};
  EXPECT_EQ(sealed, expected);
  EXPECT_EQ(tag, expected_tag);
}

TEST(Ocb2, DecryptsWhatItEncryptedOfEveryLengthInPlace) {
  Ocb2 cipher(kKey);
  for (std::size_t size = 0; size < 130; ++size) {
    const std::vector<std::uint8_t> plain = counting(size);
    std::vector<std::uint8_t> bytes = plain;
    const OcbBlock tag = cipher.encrypt(kKey, bytes, bytes);
    const Ocb2::Opened opened = cipher.decrypt(kKey, bytes, bytes);
    EXPECT_EQ(bytes, plain) << size;
    EXPECT_EQ(opened.tag, tag) << size;
    EXPECT_FALSE(opened.is_suspicious) << size;
  }
}

class MumbleCryptTest : public ::testing::Test {
 protected:
  // Nonces just below a wrap of their lowest byte.
  OcbBlock up_ = {250, 255, 255, 7};
  OcbBlock down_ = {3, 9};
  MumbleCrypt client_{kKey, up_, down_};
  MumbleCrypt server_{kKey, down_, up_};

  std::vector<std::uint8_t> sealed(std::uint8_t content) {
    const std::vector<std::uint8_t> plain(33, content);
    std::vector<std::uint8_t> datagram(plain.size() + kMumbleCryptHeader);
    EXPECT_EQ(client_.seal(plain, datagram), datagram.size());
    return datagram;
  }
  bool opens(const std::vector<std::uint8_t>& datagram, std::uint8_t content) {
    std::vector<std::uint8_t> out(datagram.size());
    const auto plain = server_.open(datagram, out);
    return plain && std::vector<std::uint8_t>(plain->begin(), plain->end()) ==
                        std::vector<std::uint8_t>(33, content);
  }
};

TEST_F(MumbleCryptTest, PassesAThousandPacketsOverManyWraps) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(opens(sealed(static_cast<std::uint8_t>(i)), static_cast<std::uint8_t>(i))) << i;
  }
}

TEST_F(MumbleCryptTest, OpensASampleWhenTheOthersAreOnlyFollowed) {
  for (int i = 0; i < 2000; ++i) {
    const auto datagram = sealed(1);
    if (i % 97 == 0) {
      EXPECT_TRUE(opens(datagram, 1)) << i;
    } else {
      server_.follow(datagram);
    }
  }
}

TEST_F(MumbleCryptTest, OpensAFollowedPacketLateAcrossAWrap) {
  std::vector<std::vector<std::uint8_t>> datagrams;
  for (std::uint8_t i = 0; i < 100; ++i) {
    datagrams.push_back(sealed(i));
    server_.follow(datagrams.back());
  }
  for (std::uint8_t i = 0; i < 100; ++i) EXPECT_TRUE(opens(datagrams[i], i)) << int{i};
}

TEST_F(MumbleCryptTest, RefusesEveryFlippedBitButStaysInStep) {
  std::vector<std::uint8_t> datagram = sealed(7);
  for (std::size_t bit = 0; bit < datagram.size() * 8; ++bit) {
    datagram[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(opens(datagram, 7)) << bit;
    datagram[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  EXPECT_TRUE(opens(datagram, 7));
}

TEST_F(MumbleCryptTest, RefusesWhatIsShorterThanItsHeader) {
  for (std::size_t size = 0; size < kMumbleCryptHeader; ++size) {
    EXPECT_FALSE(opens(std::vector<std::uint8_t>(size), 0));
  }
}

}  // namespace
}  // namespace parley::client
