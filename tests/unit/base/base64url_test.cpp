#include "base/base64url.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using Data = std::vector<std::uint8_t>;

TEST(Base64Url, WritesTheVectorsOfTheRfcWithoutPadding) {
  EXPECT_EQ(to_base64url(as_bytes("")), "");
  EXPECT_EQ(to_base64url(as_bytes("f")), "Zg");
  EXPECT_EQ(to_base64url(as_bytes("fo")), "Zm8");
  EXPECT_EQ(to_base64url(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(Base64Url, UsesTheLettersThatAreSafeInLinks) {
  EXPECT_EQ(to_base64url(Data{0xfb, 0xff, 0xbf}), "-_-_");
}

TEST(Base64Url, ReadsBackEveryLengthAndEveryByte) {
  Data data;
  for (int i = 0; i < 256; ++i) {
    data.push_back(static_cast<std::uint8_t>(i * 7));
    EXPECT_EQ(from_base64url(to_base64url(data)).value(), data);
  }
}

TEST(Base64Url, RefusesForeignCharactersPaddingAndImpossibleLengths) {
  for (const char* text : {"Zg==", "Z g", "Zm9+", "Zm9/", "A", "AAAAA", "Zm9vYmF\n"}) {
    EXPECT_EQ(from_base64url(text).error().code, ErrorCode::invalid_argument) << text;
  }
}

TEST(Base64Url, RefusesASecondSpellingOfTheSameBytes) {
  EXPECT_TRUE(from_base64url("Zg").has_value());
  EXPECT_FALSE(from_base64url("Zh").has_value());
  EXPECT_FALSE(from_base64url("Zm9").has_value());
}

}  // namespace
}  // namespace parley
