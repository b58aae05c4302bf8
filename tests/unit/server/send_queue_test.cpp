#include "signaling/server/send_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parley::signaling {
namespace {

constexpr std::size_t kHeadroom = 16;

bool push(SendQueue& queue, std::size_t size) {
  return queue.push(as_bytes(std::string(size, 'm')));
}

TEST(SendQueue, GivesMessagesInOrderWithRoomInFront) {
  SendQueue queue(kHeadroom);
  EXPECT_TRUE(queue.push(as_bytes("one")));
  EXPECT_TRUE(queue.push(as_bytes("two")));
  EXPECT_EQ(as_text(queue.front().subspan(kHeadroom)), "one");
  queue.pop();
  EXPECT_EQ(as_text(queue.front().subspan(kHeadroom)), "two");
  queue.pop();
  EXPECT_TRUE(queue.empty());
}

TEST(SendQueue, TakesOneLargeMessageBehindAnother) {
  SendQueue queue(kHeadroom);
  EXPECT_TRUE(push(queue, 100));
  EXPECT_TRUE(push(queue, 250 * 1024));
}

TEST(SendQueue, RefusesOnceMoreThanTheLimitWaits) {
  SendQueue queue(kHeadroom);
  EXPECT_TRUE(push(queue, 250 * 1024));  // being written
  EXPECT_TRUE(push(queue, kMaxWaitingBytes));
  EXPECT_TRUE(push(queue, 1));
  EXPECT_FALSE(push(queue, 1));
  queue.pop();  // now the second one is being written and one byte waits
  EXPECT_TRUE(push(queue, 1));
}

TEST(SendQueue, ForgetsWhatHasLeft) {
  SendQueue queue(kHeadroom);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(push(queue, 1000));
    ASSERT_TRUE(push(queue, 1000));
    queue.pop();
    queue.pop();
  }
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace parley::signaling
