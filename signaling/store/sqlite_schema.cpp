#include "signaling/store/sqlite_schema.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "signaling/store/sqlite_statement.hpp"
#include "signaling/store/tables.hpp"

namespace parley::signaling::sqlite {
namespace {

constexpr Column kVersion[] = {{"version", ColumnType::number}};

Result<std::int64_t> version_of(sqlite3* database) {
  Result<void> made =
      run_sql(database, "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)");
  if (!made) return std::unexpected(made.error());
  const Result<std::vector<Row>> rows =
      Statement(database, "SELECT max(version) FROM migrations").rows({}, kVersion);
  if (!rows) return std::unexpected(rows.error());
  return std::get<std::int64_t>(rows->front().front());
}

// Versions 1 and 2 knew invitations and sessions, but no users and devices: their rooms with the
// rules of the floor are kept; sessions, used invitations and memberships are dropped, so everybody
// is enrolled anew.
Result<void> put_old_rooms_aside(sqlite3* database, std::int64_t version) {
  Result<void> done;
  if (version == 1) {
    done = run_sql(database, "ALTER TABLE rooms ADD COLUMN policy BLOB NOT NULL DEFAULT x''");
  }
  if (!done) return done;
  return run_sql(database,
                 "DROP TABLE IF EXISTS memberships; DROP TABLE redemptions; DROP TABLE sessions;"
                 "ALTER TABLE rooms RENAME TO old_rooms");
}

Result<void> take_old_rooms(sqlite3* database) {
  return run_sql(database,
                 "INSERT INTO rooms (id, name, policy, opens, closes, cap, is_locked, has_lobby,"
                 " next_member) SELECT id, name, policy, 0, 0, 0, 0, 0, next_member FROM old_rooms;"
                 "DROP TABLE old_rooms");
}

Result<void> run_steps(sqlite3* database, std::int64_t version) {
  for (std::int64_t next = std::max(version, kVersionsBefore); next < newest_version(); ++next) {
    const auto step = static_cast<std::size_t>(next - kVersionsBefore);
    Result<void> done = run_sql(database, std::string(schema_steps()[step]));
    if (done) {
      done = Statement(database, "INSERT INTO migrations VALUES ($1)").run({Value(next + 1)});
    }
    if (!done) return done;
  }
  return {};
}

}  // namespace

Result<void> migrate(sqlite3* database) {
  Transaction transaction(database);
  if (!transaction.begun()) return transaction.begun();
  const Result<std::int64_t> version = version_of(database);
  if (!version) return std::unexpected(version.error());
  if (*version > newest_version()) return fail(ErrorCode::failed_precondition, kNewerVersion);
  const bool is_old = *version > 0 && *version <= kVersionsBefore;
  Result<void> done;
  if (is_old) done = put_old_rooms_aside(database, *version);
  if (done) done = run_steps(database, *version);
  if (done && is_old) done = take_old_rooms(database);
  if (!done) return done;
  return transaction.commit();
}

}  // namespace parley::signaling::sqlite
