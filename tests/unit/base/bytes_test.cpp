#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace parley {
namespace {

constexpr std::array<std::uint8_t, 18> kCounting{1,  2,  3,  4,  5,  6,  7,  8,  9,
                                                 10, 11, 12, 13, 14, 15, 16, 17, 18};

TEST(ByteReader, ReadsNumbersInNetworkOrder) {
  ByteReader reader(kCounting);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506U);
  EXPECT_EQ(reader.u32(), 0x0708090aU);
  EXPECT_EQ(reader.u64(), 0x0b0c0d0e0f101112U);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, TakesAndSkipsViewsOfTheInput) {
  ByteReader reader(kCounting);
  reader.skip(2);
  const Bytes taken = reader.take(3);
  EXPECT_EQ(taken.data(), kCounting.data() + 2);
  EXPECT_EQ(taken.size(), 3U);
  EXPECT_EQ(reader.rest().size(), 13U);
}

TEST(ByteReader, AReadPastTheEndGivesZerosForGood) {
  ByteReader reader(Bytes(kCounting).first(3));
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_TRUE(reader.take(0).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, TakingNothingFromNothingIsNoError) {
  ByteReader reader({});
  EXPECT_TRUE(reader.take(0).empty());
  EXPECT_TRUE(reader.ok());
}

TEST(ByteWriter, WritesNumbersInNetworkOrder) {
  std::array<std::uint8_t, 18> out{};
  ByteWriter writer(out);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u24(0x040506);
  writer.u32(0x0708090a);
  writer.u64(0x0b0c0d0e0f101112);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(out, kCounting);
  EXPECT_EQ(writer.size(), out.size());
}

TEST(ByteWriter, AWritePastTheEndWritesNothingForGood) {
  std::array<std::uint8_t, 3> out{9, 9, 9};
  ByteWriter writer(out);
  writer.u32(0x01020304);
  EXPECT_FALSE(writer.ok());
  writer.u8(1);
  writer.zeros(1);
  writer.bytes(Bytes(kCounting).first(1));
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 0U);
  EXPECT_EQ(out, (std::array<std::uint8_t, 3>{9, 9, 9}));
}

TEST(ByteWriter, WritesBytesAndZerosUpToTheLastByte) {
  std::array<std::uint8_t, 5> out{9, 9, 9, 9, 9};
  ByteWriter writer(out);
  writer.bytes(Bytes(kCounting).first(3));
  writer.bytes({});
  writer.zeros(2);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(out, (std::array<std::uint8_t, 5>{1, 2, 3, 0, 0}));
  EXPECT_EQ(writer.written().size(), 5U);
}

TEST(Bytes, TextIsAViewOfBytesAndBack) {
  EXPECT_EQ(as_text(as_bytes("parley")), "parley");
  EXPECT_TRUE(as_bytes("").empty());
}

TEST(EqualConstantTime, ComparesLengthAndEveryByte) {
  const std::vector<std::uint8_t> value{1, 2, 3};
  EXPECT_TRUE(equal_constant_time(value, std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_FALSE(equal_constant_time(value, std::vector<std::uint8_t>{1, 2}));
  EXPECT_FALSE(equal_constant_time(value, std::vector<std::uint8_t>{1, 2, 2}));
  EXPECT_FALSE(equal_constant_time(value, std::vector<std::uint8_t>{0x81, 2, 3}));
}

}  // namespace
}  // namespace parley
