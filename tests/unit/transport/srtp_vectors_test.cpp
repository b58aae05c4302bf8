// The RFCs' own packets and keys, byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "sfu/transport/srtp_aead.hpp"
#include "sfu/transport/srtp_kdf.hpp"
#include "tests/unit/codecs/hex.hpp"
#include "tests/unit/transport/support.hpp"

namespace parley::test {
namespace {

using codecs::from_hex;
using sfu::AeadEngine;
using sfu::make_srtp_iv;
using sfu::SrtpKeyLabel;

// RFC 7714 16 and 17: "Quid pro quo", and keys that count up.
constexpr std::string_view kKey =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kSalt = "517569642070726f2071756f";
constexpr std::string_view kRtp =
    "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e20706172746573"
    "2074726573";
constexpr std::string_view kRtcp =
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeef"
    "deadbeefdeadbeef";
constexpr std::uint64_t kRtpIndex = 0xf17b;
constexpr std::uint32_t kRtcpIndex = 0x5d4;

struct Vector {
  std::size_t key_size;
  std::string_view srtp;   // 16.1.1, 16.2.1
  std::string_view srtcp;  // 17.1, 17.2
};
constexpr Vector kVectors[] = {
    {.key_size = 16,
     .srtp = "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7"
             "d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
     .srtcp = "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce0"
              "9b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4"},
    {.key_size = 32,
     .srtp = "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ff"
             "ae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
     .srtcp = "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415"
              "f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4"}};

sfu::AeadSalt salt() {
  sfu::AeadSalt bytes{};
  std::ranges::copy(from_hex(kSalt), bytes.begin());
  return bytes;
}

sfu::AeadSessionKey session_key(const Vector& vector) {
  return {.key = Secret<32>(Bytes(from_hex(kKey)).first(vector.key_size)), .salt = salt()};
}

sfu::SrtpAead make_aead(const Vector& vector, AeadEngine engine) {
  return {engine, session_key(vector), {.rtp = session_key(vector), .rtcp = session_key(vector)}};
}

class Rfc7714 : public testing::TestWithParam<AeadEngine> {
 protected:
  void SetUp() override {
    if (!sfu::is_available(GetParam())) GTEST_SKIP() << "this CPU lacks what the engine needs";
  }
};

TEST_P(Rfc7714, RtpIsSealedAsInSection16) {
  const Datagram plain = from_hex(kRtp);
  EXPECT_TRUE(std::ranges::equal(make_srtp_iv(salt(), Bytes(plain).subspan(8, 4), kRtpIndex),
                                 from_hex("51753c6580c2726f20718414")));
  for (const Vector& vector : kVectors) {
    const Bytes header = Bytes(plain).first(12);
    Datagram packet(header.begin(), header.end());
    packet.resize(plain.size() + sfu::kAeadTagSize);
    const sfu::AeadKey key(session_key(vector).key.view(), GetParam());
    ASSERT_TRUE(key.seal(make_srtp_iv(salt(), header.subspan(8, 4), kRtpIndex), header,
                         Bytes(plain).subspan(12), MutableBytes(packet).subspan(12)));
    EXPECT_EQ(packet, from_hex(vector.srtp));
  }
}

TEST_P(Rfc7714, RtpIsOpenedAsInSection16) {
  for (const Vector& vector : kVectors) {
    sfu::SrtpAead aead = make_aead(vector, GetParam());
    Datagram packet = from_hex(vector.srtp);
    const auto plain = aead.unprotect_rtp(packet);
    ASSERT_TRUE(plain.has_value());
    EXPECT_TRUE(std::ranges::equal(*plain, from_hex(kRtp)));
  }
}

TEST_P(Rfc7714, RtcpIsSealedAsInSection17) {
  const Datagram plain = from_hex(kRtcp);
  EXPECT_TRUE(std::ranges::equal(make_srtp_iv(salt(), Bytes(plain).subspan(4, 4), kRtcpIndex),
                                 from_hex("517524055203726f207170bb")));
  for (const Vector& vector : kVectors) {
    sfu::SrtpAead aead = make_aead(vector, GetParam());
    Datagram packet;
    for (std::uint32_t index = 0; index <= kRtcpIndex; ++index) {
      packet = plain;
      packet.resize(plain.size() + sfu::kMaxSrtpTrailer);
      packet.resize(aead.protect_rtcp(packet, plain.size()).value());
    }
    EXPECT_EQ(packet, from_hex(vector.srtcp));
  }
}

TEST_P(Rfc7714, RtcpIsOpenedAsInSection17) {
  for (const Vector& vector : kVectors) {
    sfu::SrtpAead aead = make_aead(vector, GetParam());
    Datagram packet = from_hex(vector.srtcp);
    const auto plain = aead.unprotect_rtcp(packet);
    ASSERT_TRUE(plain.has_value());
    EXPECT_TRUE(std::ranges::equal(*plain, from_hex(kRtcp)));
  }
}

// 17.3: authenticated only, which the RFC allows and we accept from nobody.
TEST_P(Rfc7714, RtcpInTheClearIsRefused) {
  sfu::SrtpAead aead = make_aead(kVectors[0], GetParam());
  Datagram packet = from_hex(
      "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeef"
      "deadbeefdeadbeef841dd9683dd78ec92ae58790125f62b3000005d4");
  EXPECT_EQ(aead.unprotect_rtcp(packet).error(), sfu::Drop::srtp_error);
}

INSTANTIATE_TEST_SUITE_P(Engines, Rfc7714,
                         testing::Values(AeadEngine::openssl, AeadEngine::multi_buffer),
                         [](const auto& one) {
                           return one.param == AeadEngine::openssl ? "Openssl" : "MultiBuffer";
                         });

Datagram derive(std::string_view key, std::string_view master_salt, SrtpKeyLabel label,
                std::size_t size) {
  Datagram out(size);
  EXPECT_TRUE(sfu::derive_srtp_key(from_hex(key), from_hex(master_salt), label, out));
  return out;
}

TEST(SrtpKeyDerivation, MatchesAppendixB3OfRfc3711) {
  constexpr std::string_view key = "e1f97a0d3e018be0d64fa32c06de4139";
  constexpr std::string_view master_salt = "0ec675ad498afeebb6960b3aabe6";
  EXPECT_EQ(derive(key, master_salt, SrtpKeyLabel::rtp_cipher, 16),
            from_hex("c61e7a93744f39ee10734afe3ff7a087"));
  EXPECT_EQ(derive(key, master_salt, SrtpKeyLabel::rtp_salt, 14),
            from_hex("30cbbc08863d8c85d49db34a9ae1"));
}

TEST(SrtpKeyDerivation, MatchesSection72OfRfc6188) {
  constexpr std::string_view key =
      "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6";
  constexpr std::string_view master_salt = "3b04803de51ee7c96423ab5b78d2";
  EXPECT_EQ(derive(key, master_salt, SrtpKeyLabel::rtp_cipher, 32),
            from_hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"));
  EXPECT_EQ(derive(key, master_salt, SrtpKeyLabel::rtp_salt, 14),
            from_hex("fa31791685ca444a9e07c6c64e93"));
}

}  // namespace
}  // namespace parley::test
