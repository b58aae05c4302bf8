#include "net/write_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parley::net {
namespace {

std::string text_of(const std::vector<std::uint8_t>& bytes) { return std::string(as_text(bytes)); }

TEST(WriteQueue, GivesEverythingInOrderAsOneBuffer) {
  WriteQueue queue(10, QueuePolicy::close);
  EXPECT_TRUE(queue.push(as_bytes("abc")));
  EXPECT_TRUE(queue.push(as_bytes("defg")));
  EXPECT_EQ(queue.bytes(), 7U);
  EXPECT_EQ(text_of(queue.take_all()), "abcdefg");
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(WriteQueue, OfAudioDropsTheOldestMessagesAtOneByteOverTheLimit) {
  WriteQueue queue(9, QueuePolicy::drop_oldest);
  EXPECT_TRUE(queue.push(as_bytes("abc")));
  EXPECT_TRUE(queue.push(as_bytes("def")));
  EXPECT_TRUE(queue.push(as_bytes("ghi")));
  EXPECT_EQ(queue.dropped(), 0U);
  EXPECT_TRUE(queue.push(as_bytes("j")));
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_EQ(text_of(queue.take_all()), "defghij");
}

TEST(WriteQueue, OfControlRefusesAtOneByteOverTheLimit) {
  WriteQueue queue(6, QueuePolicy::close);
  EXPECT_TRUE(queue.push(as_bytes("abcdef")));
  EXPECT_FALSE(queue.push(as_bytes("g")));
  EXPECT_EQ(text_of(queue.take_all()), "abcdef");
}

TEST(WriteQueue, RefusesAMessageLongerThanItselfAndKeepsTheOthers) {
  WriteQueue queue(4, QueuePolicy::drop_oldest);
  EXPECT_TRUE(queue.push(as_bytes("ab")));
  EXPECT_FALSE(queue.push(as_bytes("12345")));
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_EQ(text_of(queue.take_all()), "ab");
}

}  // namespace
}  // namespace parley::net
