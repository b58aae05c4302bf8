#include "signaling/store/sqlite_statement.hpp"

#include <span>
#include <utility>

namespace parley::signaling::sqlite {
namespace {

// What SQLite gives for a column: nothing where it is empty.
template <class T>
std::span<const T> view(const void* data, int size) {
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const T*>(data), static_cast<std::size_t>(size)};
}

}  // namespace

std::unexpected<Error> database_error(sqlite3* database) {
  if (sqlite3_errcode(database) == SQLITE_BUSY) {
    return fail(ErrorCode::failed_precondition,
                "The database belongs to another process that runs now.");
  }
  return fail(ErrorCode::io,
              "The database refused: " + std::string(sqlite3_errmsg(database)) + ".");
}

Result<void> run_sql(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return database_error(database);
}

Statement::Statement(sqlite3* database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(database, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
}

Result<void> Statement::run(const Row& parameters) {
  Result<void> begun = begin(parameters);
  if (!begun) return begun;
  const Result<bool> stepped = step();
  // What it holds would keep the transaction open.
  sqlite3_reset(statement_.get());
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

Result<std::vector<Row>> Statement::rows(const Row& parameters, std::span<const Column> columns) {
  if (const Result<void> begun = begin(parameters); !begun) return std::unexpected(begun.error());
  std::vector<Row> rows;
  for (;;) {
    const Result<bool> is_row = step();
    if (!is_row || !*is_row) {
      sqlite3_reset(statement_.get());
      if (!is_row) return std::unexpected(is_row.error());
      return rows;
    }
    Row& row = rows.emplace_back();
    for (const Column& column : columns) {
      row.push_back(value(column.type, static_cast<int>(row.size())));
    }
  }
}

Result<void> Statement::begin(const Row& parameters) {
  if (statement_ == nullptr) return database_error(database_);
  int place = 0;
  for (const Value& value : parameters) {
    if (bind(++place, value) != SQLITE_OK) return database_error(database_);
  }
  return {};
}

Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return database_error(database_);
}

// The row outlives the step that reads it, so nothing is copied.
int Statement::bind(int place, const Value& value) {
  sqlite3_stmt* const statement = statement_.get();
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, place, *number);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, place, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  const Blob& blob = std::get<Blob>(value);
  // A null pointer would bind NULL.
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  return sqlite3_bind_blob64(statement, place, data, blob.size(), SQLITE_STATIC);
}

Value Statement::value(ColumnType type, int place) const {
  sqlite3_stmt* const statement = statement_.get();
  if (type == ColumnType::number) return std::int64_t{sqlite3_column_int64(statement, place)};
  if (type == ColumnType::text) {
    const void* data = sqlite3_column_text(statement, place);
    const auto text = view<char>(data, sqlite3_column_bytes(statement, place));
    return std::string(text.begin(), text.end());
  }
  const void* data = sqlite3_column_blob(statement, place);
  const auto blob = view<std::uint8_t>(data, sqlite3_column_bytes(statement, place));
  return Blob(blob.begin(), blob.end());
}

Transaction::Transaction(sqlite3* database)
    : database_(database), begun_(run_sql(database, "BEGIN IMMEDIATE")) {}

Result<void> Transaction::commit() {
  Result<void> done = run_sql(database_, "COMMIT");
  is_over_ = done.has_value();
  return done;
}

// A failing rollback leaves nothing to undo: SQLite has rolled back by itself.
Transaction::~Transaction() {
  if (begun_ && !is_over_) (void)run_sql(database_, "ROLLBACK");
}

}  // namespace parley::signaling::sqlite
