#include "signaling/store/statement.hpp"

#include <algorithm>

namespace parley::signaling {

std::unexpected<Error> database_error(sqlite3* database) {
  return fail(ErrorCode::io,
              "The database refused: " + std::string(sqlite3_errmsg(database)) + ".");
}

Result<void> run_sql(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return database_error(database);
  }
  return {};
}

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  note(sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
  statement_.reset(statement);
}

void Statement::note(int result) {
  if (trouble_ == SQLITE_OK) trouble_ = result;
}

Statement& Statement::bind(std::uint64_t value) {
  note(sqlite3_bind_int64(statement_.get(), next_parameter_++, static_cast<sqlite3_int64>(value)));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  // A null pointer would bind NULL; an empty view may carry one.
  const char* data = text.empty() ? "" : text.data();
  note(sqlite3_bind_text64(statement_.get(), next_parameter_++, data, text.size(), SQLITE_TRANSIENT,
                           SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(Bytes blob) {
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  note(sqlite3_bind_blob64(statement_.get(), next_parameter_++, data, blob.size(),
                           SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(WallTime time) {
  return bind(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

Result<Step> Statement::step() {
  if (trouble_ != SQLITE_OK) return database_error(database_);
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return Step::row;
  if (result == SQLITE_DONE) return Step::done;
  const int extended = sqlite3_extended_errcode(database_);
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return fail(ErrorCode::already_exists, "This is in the database already.");
  }
  return database_error(database_);
}

Result<void> Statement::run() {
  const Result<Step> stepped = step();
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

std::uint32_t Statement::number32(int column) const {
  return static_cast<std::uint32_t>(number(column));
}

std::string Statement::text(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::string Statement::data(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

WallTime Statement::time(int column) const {
  return WallTime(Duration(sqlite3_column_int64(statement_.get(), column)));
}

void Statement::blob(int column, MutableBytes out) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || std::cmp_not_equal(size, out.size())) return;
  std::copy_n(static_cast<const std::uint8_t*>(data), out.size(), out.begin());
}

Transaction::Transaction(sqlite3* database)
    : database_(database),
      begun_(run_sql(database, "BEGIN IMMEDIATE")),
      open_(begun_.has_value()) {}

Result<void> Transaction::commit() {
  if (!begun_) return begun_;
  Result<void> done = run_sql(database_, "COMMIT");
  if (done) open_ = false;
  return done;
}

Transaction::~Transaction() {
  // A failing rollback leaves nothing to undo: SQLite has rolled back by itself.
  if (open_) (void)run_sql(database_, "ROLLBACK");
}

SyncedWrites::SyncedWrites(sqlite3* database)
    : database_(database), ready_(run_sql(database, "PRAGMA synchronous=FULL")) {}

SyncedWrites::~SyncedWrites() { (void)run_sql(database_, "PRAGMA synchronous=NORMAL"); }

}  // namespace parley::signaling
