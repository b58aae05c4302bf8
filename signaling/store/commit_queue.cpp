#include "signaling/store/commit_queue.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::signaling {

Result<CommitNumber> CommitQueue::take(Changes changes, Durability durability) {
  if (changes.size() > kMaxWaitingRows - std::min(waiting_rows_, kMaxWaitingRows)) {
    return fail(ErrorCode::resource_exhausted, "Too many changes wait for the database.");
  }
  waiting_rows_ += changes.size();
  kept_.push_back({.number = ++taken_, .durability = durability, .changes = std::move(changes)});
  return taken_;
}

CommitQueue::Group CommitQueue::send(std::size_t max_transactions) {
  Group group{.first = sent_ + 1, .last = sent_};
  std::size_t rows = 0;
  while (group.last < taken_ && group.last - sent_ < max_transactions) {
    const Transaction& next = transaction(group.last + 1);
    rows += next.changes.size();
    if (rows > kMaxGroupRows && group.last > sent_) break;
    group.last = next.number;
    group.durability = std::min(group.durability, next.durability);
  }
  sent_ = group.last;
  if (written_rows_ + rows > kMaxKeptRows) group.durability = Durability::synced;
  return group;
}

const CommitQueue::Transaction& CommitQueue::transaction(CommitNumber number) const {
  PARLEY_CHECK(number > durable_ && number <= taken_);
  return kept_[number - durable_ - 1];
}

void CommitQueue::on_written(const Group& group) {
  PARLEY_CHECK(group.last == sent_);
  for (; written_ < group.last; ++written_) {
    const std::size_t rows = transaction(written_ + 1).changes.size();
    waiting_rows_ -= rows;
    written_rows_ += rows;
  }
  if (group.durability != Durability::synced) return;
  for (; durable_ < group.last; ++durable_) {
    written_rows_ -= kept_.front().changes.size();
    kept_.pop_front();
  }
}

bool CommitQueue::on_found(CommitNumber number) {
  if (number < durable_ || number > sent_) return false;
  sent_ = number;
  return true;
}

}  // namespace parley::signaling
