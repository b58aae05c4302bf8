// Where rows are kept: SQLite in one file (the default), or PostgreSQL. One process at a time owns
// a store; it holds everything in memory and reads at its start only, so an engine is little more
// than an ordered log of transactions.
//
// A transaction that was taken is never given up: where the database went away in the middle, the
// engine finds out after it is back whether it was written, and writes it if not. So nobody has to
// undo anything but what commit() refused at once.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "signaling/store/rows.hpp"

namespace parley::signaling {

// What a power cut may undo. Neither is undone by the death of this process.
enum class Durability : std::uint8_t {
  synced,  // nothing: on the disk when it is committed
  lazy,  // the newest: presence and transports, which the world itself tells anew, and what is told
         // by every login and join
};

// Number of a transaction: 1, 2, ... in each life of the process.
using CommitNumber = std::uint64_t;

// Events of the audit trail by their numbers, oldest first.
struct EventRange {
  std::uint64_t after = 0;     // not included
  std::uint32_t limit = 1000;  // rows at most
};

class StoreEngine {
 public:
  using Rows = std::function<void(Result<std::vector<Row>>)>;

  virtual ~StoreEngine() = default;

  // All rows of a table, by key. Blocks: for the start only.
  [[nodiscard]] virtual Result<std::vector<Row>> read(const Table& table) = 0;
  // The newest row of the audit trail. Blocks: for the start only. Empty: there is none.
  [[nodiscard]] virtual Result<std::vector<Row>> read_last_event() = 0;
  // Takes a transaction; all are written whole and in the order of these calls. unavailable: the
  // database is away and this one has to be synced; resource_exhausted: too many wait for it
  // already; io: it refused this one. Then nothing of it was or will be written. Every row has the
  // columns of its table, and nothing of a table that is append-only is changed or removed.
  [[nodiscard]] virtual Result<CommitNumber> commit(Changes changes, Durability durability) = 0;
  // Everything up to this one has been written (as its durability says). 0: nothing yet.
  [[nodiscard]] virtual CommitNumber committed() const = 0;
  // False: synced transactions are refused now.
  [[nodiscard]] virtual bool is_available() const = 0;
  // Rows of the table of events. `rows` may run before the call returns.
  virtual void read_events(EventRange range, Rows rows) = 0;
};

}  // namespace parley::signaling
