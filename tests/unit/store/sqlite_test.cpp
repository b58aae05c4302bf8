// What SQLite alone has: files of older versions, and an answer at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "signaling/store/sqlite_engine.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/store/sample_rows.hpp"

namespace parley::signaling {
namespace {

using namespace parley::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The tables of version 1, and what version 2 made of them, with a person in a room.
constexpr const char* kVersion1 = R"sql(
  CREATE TABLE migrations (version INTEGER PRIMARY KEY);
  INSERT INTO migrations VALUES (1);
  CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    next_member INTEGER NOT NULL DEFAULT 1);
  CREATE TABLE sessions (id INTEGER PRIMARY KEY, room INTEGER NOT NULL REFERENCES rooms(id),
    member INTEGER NOT NULL, display_name TEXT NOT NULL, UNIQUE (room, member));
  CREATE TABLE redemptions (invitation BLOB PRIMARY KEY, not_after INTEGER NOT NULL,
    session INTEGER NOT NULL, retry_key BLOB NOT NULL);
  INSERT INTO rooms VALUES (5, 'Bridge', 3), (-6, 'Deck', 1);
  INSERT INTO sessions VALUES (9, 5, 2, 'Ann');
  INSERT INTO redemptions VALUES (x'01', 7, 9, x'02');
)sql";
constexpr const char* kVersion2 = R"sql(
  CREATE TABLE migrations (version INTEGER PRIMARY KEY);
  INSERT INTO migrations VALUES (1), (2);
  CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    next_member INTEGER NOT NULL DEFAULT 1, policy BLOB NOT NULL DEFAULT x'');
  CREATE TABLE redemptions (invitation BLOB PRIMARY KEY, not_after INTEGER NOT NULL,
    session INTEGER NOT NULL, retry_key BLOB NOT NULL);
  CREATE TABLE sessions (id INTEGER PRIMARY KEY, display_name TEXT NOT NULL);
  CREATE TABLE memberships (session INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    place INTEGER NOT NULL, room INTEGER NOT NULL REFERENCES rooms(id), member INTEGER NOT NULL,
    PRIMARY KEY (session, place), UNIQUE (room, member)) WITHOUT ROWID;
  INSERT INTO rooms VALUES (5, 'Bridge', 3, x'0801'), (-6, 'Deck', 1, x'');
  INSERT INTO sessions VALUES (9, 'Ann');
  INSERT INTO memberships VALUES (9, 0, 5, 2);
  INSERT INTO redemptions VALUES (x'01', 7, 9, x'02');
)sql";

class SqliteFile : public testing::Test {
 protected:
  std::unique_ptr<SqliteEngine> open() {
    auto opened = SqliteEngine::open(path_);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  ErrorCode refusal(const std::string& path) {
    const auto opened = SqliteEngine::open(path);
    EXPECT_FALSE(opened);
    return opened.error().code;
  }
  // Runs SQL behind the engine's back.
  void run_sql(const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  TemporaryDirectory directory_;
  std::string path_ = (directory_.path() / "parley.db").string();
};

Row old_room(std::int64_t id, const char* name, Blob policy, std::int64_t next_member) {
  Row row = room_row(id, name, std::move(policy));
  row.back() = number(next_member);
  return row;
}

void expect_nobody(StoreEngine& engine) {
  EXPECT_THAT(engine.read(tables::kUsers).value(), IsEmpty());
  EXPECT_THAT(engine.read(tables::kSessions).value(), IsEmpty());
  EXPECT_THAT(engine.read(tables::kMemberships).value(), IsEmpty());
}

TEST_F(SqliteFile, KeepsTheRoomsOfVersion1) {
  run_sql(kVersion1);
  for (int life = 0; life < 2; ++life) {
    const auto engine = open();
    EXPECT_THAT(engine->read(tables::kRooms).value(),
                ElementsAre(old_room(-6, "Deck", {}, 1), old_room(5, "Bridge", {}, 3)));
    expect_nobody(*engine);
  }
}

TEST_F(SqliteFile, KeepsTheRoomsOfVersion2AndTheirRules) {
  run_sql(kVersion2);
  for (int life = 0; life < 2; ++life) {
    const auto engine = open();
    EXPECT_THAT(engine->read(tables::kRooms).value(),
                ElementsAre(old_room(-6, "Deck", {}, 1), old_room(5, "Bridge", {8, 1}, 3)));
    expect_nobody(*engine);
  }
}

TEST_F(SqliteFile, LeavesNothingOfTheOldTables) {
  run_sql(kVersion2);
  open().reset();
  run_sql("CREATE TABLE redemptions (a)");  // they are not there any more
  run_sql("CREATE TABLE old_rooms (a)");
}

TEST_F(SqliteFile, ChangesAnOldFileWhollyOrNotAtAll) {
  run_sql(kVersion2);
  run_sql("CREATE TABLE users (a)");  // in the way of a step
  EXPECT_EQ(refusal(path_), ErrorCode::io);
  run_sql("DROP TABLE users; SELECT * FROM memberships");
  EXPECT_EQ(open()->read(tables::kRooms).value().size(), 2U);
}

TEST_F(SqliteFile, WritesNothingOfATransactionThatFails) {
  const auto engine = open();
  ASSERT_TRUE(engine->commit({put_event(event_row(1, "first"))}, Durability::synced));
  const auto refused = engine->commit(
      {put_room(room_row(5, "Bridge")), put_event(event_row(1, "again"))}, Durability::synced);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::io);
  EXPECT_EQ(engine->committed(), 1U);
  EXPECT_THAT(engine->read(tables::kRooms).value(), IsEmpty());
  EXPECT_THAT(engine->read(tables::kEvents).value(), ElementsAre(event_row(1, "first")));
  EXPECT_EQ(engine->commit({put_event(event_row(2))}, Durability::lazy).value(), 2U);
}

TEST_F(SqliteFile, RefusesARowThatRefersToNothing) {
  const auto engine = open();
  const Row orphan = {number(1), number(77)};
  EXPECT_FALSE(engine->commit({put(tables::kMissionRooms, orphan)}, Durability::synced));
}

TEST_F(SqliteFile, IsRefusedToASecondProcess) {
  const auto engine = open();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto opened = SqliteEngine::open(path_);
    const bool is_refused = !opened && opened.error().code == ErrorCode::failed_precondition;
    ::_exit(is_refused ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(SqliteFile, SaysWhatItCannotOpen) {
  EXPECT_EQ(refusal(""), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal(":memory:"), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal((directory_.path() / "nowhere" / "parley.db").string()), ErrorCode::io);
  std::ofstream(path_) << "This is a letter and by no means a database, however long it may be.";
  EXPECT_EQ(refusal(path_), ErrorCode::io);
}

}  // namespace
}  // namespace parley::signaling
