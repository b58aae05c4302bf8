// One prepared SQL statement: values are bound, never written into the text (security.md S12).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace parley::signaling {

enum class Step : std::uint8_t { row, done };

class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);

  // Binds the parameters from left to right. Ids are stored as SQLite's signed 64-bit integers.
  Statement& bind(std::uint64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(Bytes blob);
  Statement& bind(WallTime time);

  // io: what SQLite says; already_exists: a uniqueness constraint was hit.
  [[nodiscard]] Result<Step> step();
  // Runs a statement that gives no rows.
  [[nodiscard]] Result<void> run();

  // Columns of the row, from 0.
  [[nodiscard]] std::uint64_t number(int column) const;
  [[nodiscard]] std::uint32_t number32(int column) const;
  [[nodiscard]] bool flag(int column) const { return number(column) != 0; }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] WallTime time(int column) const;
  // A blob of any size.
  [[nodiscard]] std::string data(int column) const;
  // Fills `out`; a blob of another size in the file leaves it zero.
  void blob(int column, MutableBytes out) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void note(int result);
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_parameter_ = 1;
  int trouble_ = SQLITE_OK;
};

// The last trouble of `database` as an error.
[[nodiscard]] std::unexpected<Error> database_error(sqlite3* database);

// Runs one or several statements without parameters.
[[nodiscard]] Result<void> run_sql(sqlite3* database, const char* sql);

// BEGIN IMMEDIATE; undone at the end of the scope unless it was committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> begun() const { return begun_; }
  [[nodiscard]] Result<void> commit();

 private:
  sqlite3* database_;
  Result<void> begun_;
  bool open_;
};

// While it lives, a commit is synced to the disk before it returns.
class SyncedWrites {
 public:
  explicit SyncedWrites(sqlite3* database);
  SyncedWrites(const SyncedWrites&) = delete;
  SyncedWrites& operator=(const SyncedWrites&) = delete;
  ~SyncedWrites();
  [[nodiscard]] Result<void> ready() const { return ready_; }

 private:
  sqlite3* database_;
  Result<void> ready_;
};

}  // namespace parley::signaling
