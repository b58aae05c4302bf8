// SQLite as the engine sees it: statements whose values are bound, never written into the text
// (security.md S12), and transactions that end with their scope.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "signaling/store/rows.hpp"

namespace parley::signaling::sqlite {

// The last trouble of `database`. failed_precondition: another process owns the file; else io.
[[nodiscard]] std::unexpected<Error> database_error(sqlite3* database);

// Runs one or several statements without parameters.
[[nodiscard]] Result<void> run_sql(sqlite3* database, const std::string& sql);

class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql);
  // False: SQLite refused the text, or could not read the schema; the others fail then.
  [[nodiscard]] bool is_prepared() const { return statement_ != nullptr; }

  // Runs a statement that gives no rows, with these parameters.
  [[nodiscard]] Result<void> run(const Row& parameters);
  // All rows; each has these columns.
  [[nodiscard]] Result<std::vector<Row>> rows(const Row& parameters,
                                              std::span<const Column> columns);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  [[nodiscard]] Result<void> begin(const Row& parameters);
  // True: there is a row.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] int bind(int place, const Value& value);
  [[nodiscard]] Value value(ColumnType type, int place) const;

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// BEGIN IMMEDIATE; undone at the end of the scope unless it was committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] const Result<void>& begun() const { return begun_; }
  [[nodiscard]] Result<void> commit();

 private:
  sqlite3* database_;
  Result<void> begun_;
  bool is_over_ = false;
};

}  // namespace parley::signaling::sqlite
