#include "signaling/store/sqlite_engine.hpp"

#include <sqlite3.h>

#include <utility>

#include "signaling/store/sqlite_schema.hpp"
#include "signaling/store/sqlite_statement.hpp"
#include "signaling/store/tables.hpp"

namespace parley::signaling {

using sqlite::run_sql;
using sqlite::Statement;

void SqliteEngine::CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

SqliteEngine::SqliteEngine(Database database) : database_(std::move(database)) {}

SqliteEngine::~SqliteEngine() = default;

Result<std::unique_ptr<SqliteEngine>> SqliteEngine::open(const std::string& path) {
  // SQLite would take these for a database that is gone at the end.
  if (path.empty() || path == ":memory:") {
    return fail(ErrorCode::invalid_argument, "The database needs a file name.");
  }
  return open_uri(path);
}

Result<std::unique_ptr<SqliteEngine>> SqliteEngine::open_in_memory() {
  return open_uri(":memory:");
}

Result<std::unique_ptr<SqliteEngine>> SqliteEngine::open_uri(const std::string& path) {
  sqlite3* opened = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database(opened);
  if (result != SQLITE_OK) {
    return fail(ErrorCode::io,
                "The database " + path + " cannot be opened: " + sqlite3_errstr(result) + ".");
  }
  // In exclusive mode the first transaction locks the file until the process ends.
  Result<void> ready = run_sql(opened,
                               "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
                               "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                               "PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF");
  if (ready) ready = sqlite::migrate(opened);
  if (!ready) return fail(ready.error().code, path + ": " + ready.error().message);
  return std::unique_ptr<SqliteEngine>(new SqliteEngine(std::move(database)));
}

Result<std::vector<Row>> SqliteEngine::read(const Table& table) {
  return Statement(database_.get(), read_statement(table)).rows({}, table.columns);
}

Result<std::vector<Row>> SqliteEngine::read_last_event() {
  return Statement(database_.get(), read_last_event_statement()).rows({}, tables::kEvents.columns);
}

Result<CommitNumber> SqliteEngine::commit(Changes changes, Durability durability) {
  Result<void> done = check_changes(changes);
  if (done) done = set_durability(durability);
  if (done) done = write(changes);
  if (!done) return fail(ErrorCode::io, done.error().message);
  return ++committed_;
}

Result<void> SqliteEngine::set_durability(Durability durability) {
  if (durability_ == durability) return {};
  durability_.reset();
  Result<void> done =
      run_sql(database_.get(), durability == Durability::synced ? "PRAGMA synchronous=FULL"
                                                                : "PRAGMA synchronous=NORMAL");
  if (done) durability_ = durability;
  return done;
}

Result<void> SqliteEngine::write(const Changes& changes) {
  sqlite::Transaction transaction(database_.get());
  if (!transaction.begun()) return transaction.begun();
  for (const Write& one : changes) {
    if (Result<void> done = statement_for(one).run(one.row); !done) return done;
  }
  return transaction.commit();
}

Statement& SqliteEngine::statement_for(const Write& one) {
  std::unique_ptr<Statement>& statement = statements_[{one.table, one.kind}];
  if (statement == nullptr || !statement->is_prepared()) {
    statement = std::make_unique<Statement>(database_.get(), one.kind == Kind::put
                                                                 ? put_statement(*one.table)
                                                                 : remove_statement(*one.table));
  }
  return *statement;
}

void SqliteEngine::read_events(EventRange range, Rows rows) {
  const Row parameters = {static_cast<std::int64_t>(range.after), std::int64_t{range.limit}};
  rows(Statement(database_.get(), read_events_statement())
           .rows(parameters, tables::kEvents.columns));
}

}  // namespace parley::signaling
