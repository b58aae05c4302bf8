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
    // A session may enter several rooms; a room has rules of its own (floor.Policy, serialised).
    // Those
    // who are there stay what they were: talkers of their one room, who may declare an emergency.
    R"sql(
    ALTER TABLE rooms ADD COLUMN policy BLOB NOT NULL DEFAULT x'';
    ALTER TABLE sessions RENAME TO sessions_1;
    CREATE TABLE sessions (
      id INTEGER PRIMARY KEY,
      display_name TEXT NOT NULL,
      delegation TEXT NOT NULL,
      token_current BLOB NOT NULL,
      token_next BLOB NOT NULL,
      token_salt BLOB NOT NULL,
      expires INTEGER NOT NULL,
      muted INTEGER NOT NULL DEFAULT 0,
      transport INTEGER NOT NULL DEFAULT 0,
      peer INTEGER NOT NULL DEFAULT 0,
      talk_room INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO sessions SELECT id, display_name, '', token_current, token_next, token_salt,
      expires, muted, transport, peer, iif(joined, room, 0) FROM sessions_1;
    CREATE TABLE memberships (
      session INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
      place INTEGER NOT NULL,
      room INTEGER NOT NULL REFERENCES rooms(id),
      member INTEGER NOT NULL,
      role INTEGER NOT NULL,
      may_talk INTEGER NOT NULL,
      max_tier INTEGER NOT NULL,
      max_level INTEGER NOT NULL,
      joined INTEGER NOT NULL DEFAULT 0,
      first_slot INTEGER NOT NULL DEFAULT 0,
      slots INTEGER NOT NULL DEFAULT 0,
      hand_raised INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (session, place),
      UNIQUE (room, member)
    ) WITHOUT ROWID;
    INSERT INTO memberships SELECT id, 0, room, member, 0, 1, 4, 0, joined, 0, 0, 0
      FROM sessions_1;
    DROP TABLE sessions_1;
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
