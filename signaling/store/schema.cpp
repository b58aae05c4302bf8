#include "signaling/store/schema.hpp"

#include <array>

#include "signaling/store/statement.hpp"

namespace parley::signaling {
namespace {

// Step n makes version n + 1 out of version n. A step that was released is never changed.
constexpr std::array kSteps = {
    // Member numbers come from rooms.next_member, so that none is given twice in a room.
    R"sql(
    CREATE TABLE rooms (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      next_member INTEGER NOT NULL DEFAULT 1
    );
    CREATE TABLE sessions (
      id INTEGER PRIMARY KEY,
      room INTEGER NOT NULL REFERENCES rooms(id),
      member INTEGER NOT NULL,
      display_name TEXT NOT NULL,
      token_current BLOB NOT NULL,
      token_next BLOB NOT NULL,
      token_salt BLOB NOT NULL,
      expires INTEGER NOT NULL,
      joined INTEGER NOT NULL DEFAULT 0,
      muted INTEGER NOT NULL DEFAULT 0,
      transport INTEGER NOT NULL DEFAULT 0,
      peer INTEGER NOT NULL DEFAULT 0,
      UNIQUE (room, member)
    );
    CREATE TABLE redemptions (
      invitation BLOB PRIMARY KEY,
      not_after INTEGER NOT NULL,
      session INTEGER NOT NULL,
      retry_key BLOB NOT NULL
    );
    )sql",
};

Result<std::uint64_t> version_of(sqlite3* database) {
  Statement query(database, "SELECT max(version) FROM migrations");
  const Result<Step> step = query.step();
  if (!step) return std::unexpected(step.error());
  return query.number(0);
}

Result<void> run_step(sqlite3* database, std::uint64_t version) {
  Result<void> done = run_sql(database, kSteps[version]);
  if (!done) return done;
  return Statement(database, "INSERT INTO migrations (version) VALUES (?)").bind(version + 1).run();
}

}  // namespace

Result<void> migrate(sqlite3* database) {
  // One transaction: two processes that open a new file at once must not both create it.
  Transaction transaction(database);
  if (!transaction.begun()) return transaction.begun();
  Result<void> done =
      run_sql(database, "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)");
  if (!done) return done;
  const Result<std::uint64_t> version = version_of(database);
  if (!version) return std::unexpected(version.error());
  if (*version > kSteps.size()) {
    return fail(ErrorCode::failed_precondition,
                "The database was written by a newer version of Parley.");
  }
  for (std::uint64_t next = *version; next < kSteps.size(); ++next) {
    done = run_step(database, next);
    if (!done) return done;
  }
  return transaction.commit();
}

}  // namespace parley::signaling
