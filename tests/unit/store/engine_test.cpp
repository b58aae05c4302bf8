// What every engine has to do, asked of each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "signaling/store/sqlite_engine.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/store/hand_driver.hpp"
#include "tests/unit/store/postgres_server.hpp"
#include "tests/unit/store/sample_rows.hpp"

namespace parley::signaling {
namespace {

using namespace parley::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// One place that an engine keeps rows in, and the engine that has it open.
class Place {
 public:
  virtual ~Place() = default;
  virtual Result<void> open() = 0;
  virtual void close() = 0;
  virtual StoreEngine& engine() = 0;
  virtual bool wait_for(const std::function<bool()>& done) = 0;
  // Opens it while it is open.
  virtual Result<void> open_second() = 0;
  // Closed: runs SQL behind the engine's back.
  virtual void run_sql(const std::string& sql) = 0;
};

class SqlitePlace : public Place {
 public:
  Result<void> open() override { return keep(SqliteEngine::open(path())); }
  void close() override { engine_.reset(); }
  StoreEngine& engine() override { return *engine_; }
  bool wait_for(const std::function<bool()>& done) override { return done(); }
  Result<void> open_second() override {
    const auto opened = SqliteEngine::open(path());
    if (!opened) return std::unexpected(opened.error());
    return {};
  }
  void run_sql(const std::string& sql) override {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

 protected:
  Result<void> keep(Result<std::unique_ptr<SqliteEngine>> opened) {
    if (!opened) return std::unexpected(opened.error());
    engine_ = std::move(*opened);
    return {};
  }

 private:
  [[nodiscard]] std::string path() const { return (directory_.path() / "parley.db").string(); }
  TemporaryDirectory directory_;
  std::unique_ptr<SqliteEngine> engine_;
};

class MemoryPlace final : public SqlitePlace {
 public:
  Result<void> open() override { return keep(SqliteEngine::open_in_memory()); }
};

class PostgresPlace final : public Place {
 public:
  Result<void> open() override {
    driver_ = std::make_unique<HandDriver>(1);
    return driver_->open(conninfo_);
  }
  void close() override { driver_.reset(); }
  StoreEngine& engine() override { return driver_->engine(); }
  bool wait_for(const std::function<bool()>& done) override { return driver_->run_until(done); }
  Result<void> open_second() override { return HandDriver(2).open(conninfo_); }
  void run_sql(const std::string& sql) override {
    ASSERT_EQ(PostgresServer::shared().sql(database_, sql), "");
  }

 private:
  std::string database_ = PostgresServer::shared().create_database();
  std::string conninfo_ = PostgresServer::shared().conninfo(database_);
  std::unique_ptr<HandDriver> driver_;
};

template <class SomePlace>
std::unique_ptr<Place> make() {
  return std::make_unique<SomePlace>();
}
using MakePlace = std::unique_ptr<Place> (*)();

class Engine : public testing::TestWithParam<std::pair<const char*, MakePlace>> {
 protected:
  void SetUp() override { open(); }
  void open() {
    const Result<void> opened = place_->open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  StoreEngine& engine() { return place_->engine(); }

  CommitNumber write(Changes changes, Durability durability = Durability::synced) {
    const Result<CommitNumber> number = engine().commit(std::move(changes), durability);
    if (!number) {
      ADD_FAILURE() << number.error().message;
      return 0;
    }
    EXPECT_TRUE(place_->wait_for([&] { return engine().committed() >= *number; }));
    return *number;
  }
  std::vector<Row> rows(const Table& table) { return engine().read(table).value(); }
  std::vector<Row> events(EventRange range) {
    std::optional<Result<std::vector<Row>>> answer;
    engine().read_events(range, [&](Result<std::vector<Row>> rows) { answer = std::move(rows); });
    EXPECT_TRUE(place_->wait_for([&] { return answer.has_value(); }));
    return answer->value();
  }

  std::unique_ptr<Place> place_ = GetParam().second();
};
class LastingEngine : public Engine {};

constexpr auto kName = [](const auto& info) { return std::string(info.param.first); };
INSTANTIATE_TEST_SUITE_P(All, Engine,
                         testing::Values(std::pair("SqliteFile", &make<SqlitePlace>),
                                         std::pair("SqliteMemory", &make<MemoryPlace>),
                                         std::pair("Postgres", &make<PostgresPlace>)),
                         kName);
INSTANTIATE_TEST_SUITE_P(All, LastingEngine,
                         testing::Values(std::pair("SqliteFile", &make<SqlitePlace>),
                                         std::pair("Postgres", &make<PostgresPlace>)),
                         kName);

TEST_P(Engine, StartsWithEveryTableEmpty) {
  for (const Table* table : all_tables()) EXPECT_THAT(rows(*table), IsEmpty()) << table->name;
  EXPECT_THAT(engine().read_last_event().value(), IsEmpty());
  EXPECT_EQ(engine().committed(), 0U);
  EXPECT_TRUE(engine().is_available());
}

TEST_P(Engine, PutsReplacesAndRemoves) {
  EXPECT_EQ(write({put_room(room_row(5, "Bridge", {1})), put_room(room_row(6, "Deck"))}), 1U);
  EXPECT_EQ(write({put_room(room_row(5, "Engine", {2, 3}))}), 2U);
  EXPECT_THAT(rows(tables::kRooms),
              ElementsAre(room_row(5, "Engine", {2, 3}), room_row(6, "Deck")));
  EXPECT_EQ(write({remove(tables::kRooms, {number(5)})}), 3U);
  EXPECT_THAT(rows(tables::kRooms), ElementsAre(room_row(6, "Deck")));
  EXPECT_EQ(engine().committed(), 3U);
}

TEST_P(Engine, RemovesWhatIsNotThere) {
  EXPECT_EQ(write({remove(tables::kRooms, {number(5)})}), 1U);
}

TEST_P(Engine, TakesAnEmptyTransaction) { EXPECT_EQ(write({}), 1U); }

TEST_P(Engine, KeepsTheOrderWithinATransaction) {
  write({put_room(room_row(1, "Bridge")), remove(tables::kRooms, {number(1)}),
         put_room(room_row(2, "Bridge")), put_room(room_row(2, "Deck")),
         put_room(room_row(3, "Bridge"))});
  EXPECT_THAT(rows(tables::kRooms), ElementsAre(room_row(2, "Deck"), room_row(3, "Bridge")));
}

TEST_P(Engine, HasRowsThatAreAllKey) {
  const Row mission = {number(9), std::string("Rescue"), number(0), number(0), number(0)};
  const Row both = {number(9), number(5)};
  write({put_room(room_row(5, "Bridge")), put(tables::kMissions, mission),
         put(tables::kMissionRooms, both), put(tables::kMissionRooms, both)});
  EXPECT_THAT(rows(tables::kMissionRooms), ElementsAre(both));
  write({remove(tables::kMissionRooms, both)});
  EXPECT_THAT(rows(tables::kMissionRooms), IsEmpty());
}

// One row of every table: the columns of the schema are those of the tables.
TEST_P(Engine, WritesEveryTable) {
  Changes changes;
  for (const Table* table : all_tables()) {
    Row row;
    for (const Column& column : table->columns) {
      if (column.type == ColumnType::number) row.emplace_back(number(1));
      if (column.type == ColumnType::text) row.emplace_back(std::string("text"));
      if (column.type == ColumnType::blob) row.emplace_back(Blob{1, 2});
    }
    changes.push_back(put(*table, row));
  }
  write(changes);
  for (const Write& written : changes) {
    EXPECT_THAT(rows(*written.table), ElementsAre(written.row)) << written.table->name;
  }
  Changes removal;
  for (const Write& written : changes) {
    if (written.table->is_append_only) continue;
    Row key = written.row;
    key.resize(written.table->key_columns);
    removal.insert(removal.begin(), remove(*written.table, key));
  }
  write(removal);
  for (const Write& gone : removal) EXPECT_THAT(rows(*gone.table), IsEmpty());
}

TEST_P(Engine, ReadsInTheOrderOfKeys) {
  write({put_user(user_row(3, "C")), put_user(user_row(-1, "A")), put_user(user_row(0, "B"))});
  EXPECT_THAT(rows(tables::kUsers),
              ElementsAre(user_row(-1, "A"), user_row(0, "B"), user_row(3, "C")));
  write({put(tables::kEnrolments, enrolment_row({0xFF}, 0)),
         put(tables::kEnrolments, enrolment_row({0x01, 0x00}, 0)),
         put(tables::kEnrolments, enrolment_row({0x01}, 0))});
  EXPECT_THAT(rows(tables::kEnrolments),
              ElementsAre(enrolment_row({0x01}, 0), enrolment_row({0x01, 0x00}, 0),
                          enrolment_row({0xFF}, 0)));
}

TEST_P(Engine, KeepsNumbersOfAllBits) {
  using Limits = std::numeric_limits<std::int64_t>;
  write({put_user(user_row(Limits::min(), "least")), put_user(user_row(-1, "minus one")),
         put_user(user_row(Limits::max(), "most"))});
  EXPECT_THAT(rows(tables::kUsers),
              ElementsAre(user_row(Limits::min(), "least"), user_row(-1, "minus one"),
                          user_row(Limits::max(), "most")));
  write({remove(tables::kUsers, {number(Limits::min())})});
  EXPECT_THAT(rows(tables::kUsers), SizeIs(2));
}

TEST_P(Engine, KeepsTextsAsTheyAre) {
  const std::string texts[] = {"",
                               "'; DROP TABLE users; --",
                               "\"double\" `back` \\slash \\x41 $1 ?1 :a @b %s",
                               "line\nbreak\r\ttab\x01\x7F",
                               "\xF0\x9F\x93\xBB radio \xF4\x8F\xBF\xBF",
                               "\xEF\xBB\xBF mark, \xEF\xBF\xBF last",
                               "NULL",
                               std::string(100'000, 'x')};
  std::int64_t id = 0;
  std::vector<Row> expected;
  Changes changes;
  for (const std::string& text : texts) {
    expected.push_back(event_row(++id, text));
    changes.push_back(put_event(expected.back()));
  }
  write(changes);
  EXPECT_EQ(rows(tables::kEvents), expected);
}

TEST_P(Engine, KeepsBlobsAsTheyAre) {
  Blob all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  const std::vector<Row> expected = {
      event_row(1, "", {}),        event_row(2, "", {0}),
      event_row(3, "", all),       event_row(4, "", {'\\', 'x', '4'}),
      event_row(5, "", {0xFF, 0}), event_row(6, "", Blob(100'000, 0))};
  Changes changes;
  for (const Row& row : expected) changes.push_back(put_event(row));
  write(changes);
  EXPECT_EQ(rows(tables::kEvents), expected);
}

TEST_P(Engine, RefusesATextThatNoDatabaseKeeps) {
  using namespace std::string_literals;
  for (const std::string& text : {"a\0b"s, "\xC0\x80"s, "\xED\xA0\x80"s, "\xFF"s, "\xF0\x9F"s}) {
    const auto refused = engine().commit(
        {put_room(room_row(5, "Deck")), put_user(user_row(1, text))}, Durability::synced);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::io);
  }
  EXPECT_EQ(write({put_room(room_row(6, "Bridge"))}), 1U);
  EXPECT_THAT(rows(tables::kRooms), ElementsAre(room_row(6, "Bridge")));
}

TEST_P(Engine, ReadsEventsInRanges) {
  Changes changes;
  for (std::int64_t id = 1; id <= 25; ++id) changes.push_back(put_event(event_row(id)));
  write(changes);
  EXPECT_THAT(events({.after = 0, .limit = 2}), ElementsAre(event_row(1), event_row(2)));
  EXPECT_THAT(events({.after = 23, .limit = 10}), ElementsAre(event_row(24), event_row(25)));
  EXPECT_THAT(events({.after = 25, .limit = 10}), IsEmpty());
  EXPECT_THAT(events({}), SizeIs(25));
  EXPECT_THAT(engine().read_last_event().value(), ElementsAre(event_row(25)));
}

TEST_P(Engine, WritesManyTransactionsInTheirOrder) {
  constexpr std::int64_t kMany = 2'500;
  for (std::int64_t i = 1; i <= kMany; ++i) {
    const auto durability = i % 100 == 0 ? Durability::synced : Durability::lazy;
    const auto taken = engine().commit(
        {put_room(room_row(5, "Room " + std::to_string(i))), put_event(event_row(i))}, durability);
    ASSERT_EQ(taken.value(), static_cast<CommitNumber>(i));
  }
  ASSERT_TRUE(place_->wait_for([&] { return engine().committed() == kMany; }));
  EXPECT_THAT(rows(tables::kRooms), ElementsAre(room_row(5, "Room 2500")));
  EXPECT_THAT(rows(tables::kEvents), SizeIs(kMany));
}

TEST_P(LastingEngine, KeepsEverythingOverARestart) {
  write({put_user(user_row(1, "Ann")), put_room(room_row(5, "Bridge", {1}))});
  write({put_event(event_row(1, "first"))}, Durability::lazy);
  place_->close();
  open();
  EXPECT_EQ(engine().committed(), 0U);
  EXPECT_THAT(rows(tables::kUsers), ElementsAre(user_row(1, "Ann")));
  EXPECT_THAT(rows(tables::kRooms), ElementsAre(room_row(5, "Bridge", {1})));
  EXPECT_THAT(engine().read_last_event().value(), ElementsAre(event_row(1, "first")));
  EXPECT_EQ(write({put_event(event_row(2))}), 1U);
}

TEST_P(LastingEngine, HasOneOwner) {
  const Result<void> second = place_->open_second();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::failed_precondition);
  EXPECT_THAT(second.error().message, HasSubstr("belongs to another process that runs now"));
  EXPECT_EQ(write({put_user(user_row(1, "Ann"))}), 1U);
  place_->close();
  EXPECT_TRUE(place_->open_second());
}

TEST_P(LastingEngine, RefusesWhatANewerVersionWrote) {
  place_->close();
  place_->run_sql("INSERT INTO migrations VALUES (99)");
  const Result<void> opened = place_->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::failed_precondition);
  EXPECT_THAT(opened.error().message, HasSubstr("newer version"));
}

}  // namespace
}  // namespace parley::signaling
