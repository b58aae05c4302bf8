#include "net/frame_cutter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::net {
namespace {

std::vector<std::uint8_t> frame(std::string_view text) {
  std::vector<std::uint8_t> bytes(kFrameHeader + text.size());
  ByteWriter writer(bytes);
  writer.u32(static_cast<std::uint32_t>(text.size()));
  writer.bytes(as_bytes(text));
  return bytes;
}

std::vector<std::string> cut_all(FrameCutter& cutter) {
  std::vector<std::string> messages;
  while (const auto message = cutter.next()) messages.emplace_back(as_text(*message));
  return messages;
}

TEST(FrameCutter, CutsMessagesThatWereSplitAtEveryByte) {
  std::vector<std::uint8_t> stream;
  for (const std::string_view text : {"first", "", "the third one"}) {
    const auto bytes = frame(text);
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    FrameCutter cutter(100);
    std::vector<std::string> messages;
    for (const Bytes part : {Bytes(stream).first(split), Bytes(stream).subspan(split)}) {
      cutter.feed(part);
      for (auto& message : cut_all(cutter)) messages.push_back(std::move(message));
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"first", "", "the third one"})) << split;
  }
}

TEST(FrameCutter, CutsMessagesThatComeOneByteAtATime) {
  FrameCutter cutter(100);
  std::vector<std::string> messages;
  for (int round = 0; round < 3; ++round) {
    for (const std::uint8_t byte : frame("hello")) {
      cutter.feed(Bytes(&byte, 1));
      for (auto& message : cut_all(cutter)) messages.push_back(std::move(message));
    }
  }
  EXPECT_EQ(messages, (std::vector<std::string>(3, "hello")));
}

TEST(FrameCutter, TakesAMessageOfTheLimit) {
  FrameCutter cutter(100);
  cutter.feed(frame(std::string(100, 'x')));
  EXPECT_EQ(cut_all(cutter), std::vector<std::string>{std::string(100, 'x')});
  EXPECT_FALSE(cutter.is_broken());
}

TEST(FrameCutter, BreaksForGoodAtOneByteOverTheLimitAndKeepsNothing) {
  FrameCutter cutter(100);
  cutter.feed(frame("good"));
  cutter.feed(Bytes(frame(std::string(101, 'x'))).first(kFrameHeader));
  EXPECT_EQ(cut_all(cutter), std::vector<std::string>{"good"});
  EXPECT_TRUE(cutter.is_broken());
  cutter.feed(frame("good"));
  EXPECT_FALSE(cutter.next().has_value());
  EXPECT_TRUE(cutter.is_broken());
}

}  // namespace
}  // namespace parley::net
