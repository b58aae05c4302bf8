#include "base/packet_batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parley {
namespace {

const Path kPath{.remote = {.address = {}, .port = 9}, .local = 1, .connection = 0};

std::vector<std::uint8_t> datagram(std::size_t size, std::uint8_t value) {
  return std::vector<std::uint8_t>(size, value);
}

TEST(PacketBatch, KeepsDatagramsAndTheirPathsInOrder) {
  PacketBatch batch(100, 10);
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(batch.push(kPath, datagram(3, 7)));
  EXPECT_TRUE(batch.push(kPath, datagram(2, 8)));
  ASSERT_EQ(batch.entries().size(), 2U);
  EXPECT_TRUE(std::ranges::equal(batch.bytes(batch.entries()[0]), datagram(3, 7)));
  EXPECT_TRUE(std::ranges::equal(batch.bytes(batch.entries()[1]), datagram(2, 8)));
  EXPECT_EQ(batch.entries()[1].path, kPath);
}

TEST(PacketBatch, CommitsLessThanItReserved) {
  PacketBatch batch(100, 10);
  const MutableBytes room = batch.reserve(50);
  ASSERT_EQ(room.size(), 50U);
  room[0] = 5;
  batch.commit(kPath, 1);
  EXPECT_EQ(batch.bytes(batch.entries()[0]).size(), 1U);
  EXPECT_EQ(batch.reserve(99).size(), 99U);
}

TEST(PacketBatch, AReservationWithoutCommitTakesNoRoom) {
  PacketBatch batch(10, 10);
  EXPECT_EQ(batch.reserve(10).size(), 10U);
  EXPECT_EQ(batch.reserve(10).size(), 10U);
}

TEST(PacketBatch, IsFullAtItsBytes) {
  PacketBatch batch(10, 10);
  EXPECT_TRUE(batch.push(kPath, datagram(10, 1)));
  EXPECT_FALSE(batch.push(kPath, datagram(1, 1)));
  EXPECT_TRUE(PacketBatch(10, 10).reserve(11).empty());
}

TEST(PacketBatch, IsFullAtItsEntries) {
  PacketBatch batch(100, 2);
  EXPECT_TRUE(batch.push(kPath, datagram(1, 1)));
  EXPECT_TRUE(batch.push(kPath, datagram(1, 1)));
  EXPECT_FALSE(batch.push(kPath, datagram(1, 1)));
  EXPECT_EQ(batch.entries().size(), 2U);
}

TEST(PacketBatch, TellsWhenItIsMoreThanHalfFull) {
  PacketBatch by_bytes(10, 10);
  EXPECT_TRUE(by_bytes.push(kPath, datagram(5, 1)));
  EXPECT_FALSE(by_bytes.is_half_full());
  EXPECT_TRUE(by_bytes.push(kPath, datagram(1, 1)));
  EXPECT_TRUE(by_bytes.is_half_full());
  PacketBatch by_entries(100, 2);
  EXPECT_TRUE(by_entries.push(kPath, datagram(1, 1)));
  EXPECT_FALSE(by_entries.is_half_full());
  EXPECT_TRUE(by_entries.push(kPath, datagram(1, 1)));
  EXPECT_TRUE(by_entries.is_half_full());
}

TEST(PacketBatch, HalfFullItHasRoomForOneMoreFanOutToFiveThousandListeners) {
  constexpr std::size_t kListeners = 5000;
  PacketBatch batch;
  const std::vector<std::uint8_t> packet = datagram(130, 1);
  while (!batch.is_half_full()) ASSERT_TRUE(batch.push(kPath, packet));
  for (std::size_t i = 0; i < kListeners; ++i) {
    ASSERT_FALSE(batch.reserve(kMaxDatagram).empty());
    batch.commit(kPath, packet.size());
  }
}

TEST(PacketBatch, IsUsedAgainAfterClear) {
  PacketBatch batch(10, 1);
  EXPECT_TRUE(batch.push(kPath, datagram(10, 1)));
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(batch.push(kPath, datagram(10, 2)));
  EXPECT_EQ(batch.bytes(batch.entries()[0])[0], 2);
}

TEST(PacketBatchDeathTest, CommittingMoreThanThereIsEndsTheProcess) {
  PacketBatch batch(10, 1);
  EXPECT_DEATH(batch.commit(kPath, 11), "");
}

}  // namespace
}  // namespace parley
