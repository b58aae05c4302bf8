// The transactions of a database that answers later, from when they are taken until nothing can
// undo them any more. Pure: knows numbers, not connections.
//
//   0 ... durable ... written ... sent ... taken
//
// Up to `durable` they are forgotten. Those up to `written` are in the database, but a crash of its
// server may lose what was lazy: they are kept, and sent again if it did.
#pragma once

#include <cstddef>
#include <deque>

#include "signaling/store/engine.hpp"

namespace parley::signaling {

class CommitQueue {
 public:
  // Rows that wait. More of it would let a longer absence of the database pass, and take memory.
  static constexpr std::size_t kMaxWaitingRows = 100'000;
  // Rows of one transaction of the database. More would be faster behind a long line, and make
  // everything in the group wait for the last row of it.
  static constexpr std::size_t kMaxGroupRows = 1'000;
  // Rows that are written and kept before a group is synced on their behalf.
  static constexpr std::size_t kMaxKeptRows = 10'000;

  struct Transaction {
    CommitNumber number;
    Durability durability;
    Changes changes;
  };
  // Transactions to be written as one.
  struct Group {
    CommitNumber first = 1;  // `last` + 1: none
    CommitNumber last = 0;
    Durability durability = Durability::lazy;
  };

  // resource_exhausted: kMaxWaitingRows.
  [[nodiscard]] Result<CommitNumber> take(Changes changes, Durability durability);
  [[nodiscard]] bool is_all_sent() const { return sent_ == taken_; }
  [[nodiscard]] CommitNumber taken() const { return taken_; }
  [[nodiscard]] CommitNumber written() const { return written_; }
  [[nodiscard]] CommitNumber durable() const { return durable_; }

  // The next group, of at most this many transactions and kMaxGroupRows, but of one at least. Empty
  // if all are sent.
  [[nodiscard]] Group send(std::size_t max_transactions);
  [[nodiscard]] const Transaction& transaction(CommitNumber number) const;
  // The group that was sent last is in the database.
  void on_written(const Group& group);

  // The database was away; its newest transaction is `number`: what comes after it is to be sent
  // again. False: that cannot be, it has lost what was durable or holds what was never sent.
  [[nodiscard]] bool on_found(CommitNumber number);

 private:
  std::deque<Transaction> kept_;  // durable_ + 1 ... taken_
  CommitNumber durable_ = 0;
  CommitNumber written_ = 0;
  CommitNumber sent_ = 0;
  CommitNumber taken_ = 0;
  std::size_t waiting_rows_ = 0;  // of those that are not written
  std::size_t written_rows_ = 0;  // of those that are written and kept
};

}  // namespace parley::signaling
