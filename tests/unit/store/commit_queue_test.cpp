#include "signaling/store/commit_queue.hpp"

#include <gtest/gtest.h>

#include "tests/unit/store/sample_rows.hpp"

namespace parley::signaling {
namespace {

using namespace parley::test;
using Group = CommitQueue::Group;

constexpr std::size_t kAll = 1'000'000;

class Queue : public testing::Test {
 protected:
  CommitNumber take(std::size_t rows, Durability durability = Durability::lazy) {
    return queue_.take(Changes(rows, put_event(event_row(1))), durability).value();
  }
  Group send(std::size_t max_transactions = kAll) { return queue_.send(max_transactions); }

  CommitQueue queue_;
};

TEST_F(Queue, GivesNumbersFromOne) {
  EXPECT_EQ(take(1), 1U);
  EXPECT_EQ(take(0), 2U);
  EXPECT_EQ(queue_.taken(), 2U);
  EXPECT_EQ(queue_.transaction(2).number, 2U);
}

TEST_F(Queue, SendsWhatWaitsAsOneGroup) {
  take(1);
  take(1);
  const Group group = send();
  EXPECT_EQ(group.first, 1U);
  EXPECT_EQ(group.last, 2U);
  EXPECT_TRUE(queue_.is_all_sent());
  EXPECT_EQ(queue_.written(), 0U);
  queue_.on_written(group);
  EXPECT_EQ(queue_.written(), 2U);
}

TEST_F(Queue, HasAnEmptyGroupWhenNothingWaits) {
  const Group group = send();
  EXPECT_EQ(group.first, 1U);
  EXPECT_EQ(group.last, 0U);
  queue_.on_written(group);
  EXPECT_EQ(queue_.written(), 0U);
}

TEST_F(Queue, SyncsAGroupWithOneThatWantsIt) {
  take(1);
  take(1, Durability::synced);
  take(1);
  EXPECT_EQ(send().durability, Durability::synced);
  take(1);
  EXPECT_EQ(send().durability, Durability::lazy);
}

TEST_F(Queue, BoundsAGroup) {
  take(CommitQueue::kMaxGroupRows - 1);
  take(1);
  take(1);
  EXPECT_EQ(send().last, 2U);
  EXPECT_EQ(send().last, 3U);
  take(1);
  take(1);
  EXPECT_EQ(send(1).last, 4U);
}

TEST_F(Queue, SendsATransactionThatIsLargerThanAGroupAlone) {
  take(1);
  take(CommitQueue::kMaxGroupRows + 1);
  take(1);
  EXPECT_EQ(send().last, 1U);
  EXPECT_EQ(send().last, 2U);
  EXPECT_EQ(send().last, 3U);
}

TEST_F(Queue, TakesSoManyRowsAndNoMore) {
  take(CommitQueue::kMaxWaitingRows - 1);
  take(1);
  const auto refused = queue_.take({put_event(event_row(1))}, Durability::synced);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted);
  EXPECT_EQ(queue_.taken(), 2U);
  queue_.on_written(send());
  EXPECT_EQ(take(1), 3U);
}

TEST_F(Queue, SendsAgainWhatWasNotFound) {
  take(1, Durability::synced);
  take(1, Durability::synced);
  EXPECT_EQ(send(1).last, 1U);
  ASSERT_TRUE(queue_.on_found(0));
  EXPECT_EQ(send(1).first, 1U);
  ASSERT_TRUE(queue_.on_found(1));
  const Group second = send();
  EXPECT_EQ(second.first, 2U);
  EXPECT_EQ(second.last, 2U);
}

TEST_F(Queue, CallsWhatWasFoundWrittenOnlyWithTheNextGroup) {
  take(1, Durability::synced);
  static_cast<void>(send());
  ASSERT_TRUE(queue_.on_found(1));
  EXPECT_EQ(queue_.written(), 0U);
  Group proof = send();
  EXPECT_EQ(proof.first, 2U);
  proof.durability = Durability::synced;
  queue_.on_written(proof);
  EXPECT_EQ(queue_.written(), 1U);
  EXPECT_EQ(queue_.durable(), 1U);
}

TEST_F(Queue, KeepsWhatWasLazyUntilSomethingAfterItIsSynced) {
  take(1);
  queue_.on_written(send());
  EXPECT_EQ(queue_.written(), 1U);
  EXPECT_EQ(queue_.durable(), 0U);
  ASSERT_TRUE(queue_.on_found(0));  // a crash lost it
  EXPECT_EQ(queue_.written(), 1U);
  EXPECT_EQ(send().first, 1U);
  take(1, Durability::synced);
  queue_.on_written(send());
  EXPECT_EQ(queue_.durable(), 2U);
}

TEST_F(Queue, SyncsBeforeItKeepsTooMuch) {
  constexpr std::size_t kRows = 1'000;
  for (std::size_t rows = kRows; rows <= CommitQueue::kMaxKeptRows; rows += kRows) {
    take(kRows);
    const Group group = send();
    EXPECT_EQ(group.durability, Durability::lazy);
    queue_.on_written(group);
  }
  take(1);
  const Group group = send();
  EXPECT_EQ(group.durability, Durability::synced);
  queue_.on_written(group);
  take(kRows);
  EXPECT_EQ(send().durability, Durability::lazy);
}

TEST_F(Queue, KnowsADatabaseThatIsNotItsOwn) {
  take(1, Durability::synced);
  queue_.on_written(send());
  take(1);
  EXPECT_FALSE(queue_.on_found(0));  // it was durable
  EXPECT_FALSE(queue_.on_found(2));  // it was never sent
  EXPECT_TRUE(queue_.on_found(1));
}

}  // namespace
}  // namespace parley::signaling
