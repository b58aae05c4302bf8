// A PostgreSQL server that goes away at bad moments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "signaling/store/postgres_engine.hpp"
#include "tests/unit/store/hand_driver.hpp"
#include "tests/unit/store/postgres_server.hpp"
#include "tests/unit/store/sample_rows.hpp"

namespace parley::signaling {
namespace {

using namespace parley::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Connections of engines that wait for hold_commits().
constexpr const char* kWaiting =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'parley%'"
    " AND wait_event_type = 'Lock'";

class Postgres : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    const Result<void> opened = driver_.open(server_.conninfo(database_));
    ASSERT_TRUE(opened) << opened.error().message;
  }
  PostgresEngine& engine() { return driver_.engine(); }
  std::string sql(const std::string& text) { return server_.sql(database_, text); }
  std::string number_there() { return sql("SELECT number FROM commits"); }
  std::string events_there() {
    return sql("SELECT string_agg(detail, ' ' ORDER BY number) FROM events");
  }

  Result<CommitNumber> commit(std::int64_t id, Durability durability = Durability::synced) {
    return engine().commit({put_event(event_row(id, std::to_string(id)))}, durability);
  }
  [[nodiscard]] bool finish(CommitNumber number) {
    return driver_.run_until(
        [&] { return engine().committed() >= number && engine().is_available(); });
  }
  void write(std::int64_t id) { ASSERT_TRUE(finish(commit(id).value())); }
  [[nodiscard]] bool lose() {
    return driver_.run_until([this] { return !engine().is_available(); });
  }
  // The group is on its way, and no answer was read.
  void send_only() {
    ASSERT_TRUE(driver_.wants_write());
    driver_.be_ready();
  }
  // Asks again and again: the server gives no other sign.
  [[nodiscard]] bool becomes(const std::string& question, const std::string& answer) {
    constexpr int kMaxQuestions = 10'000;
    for (int i = 0; i < kMaxQuestions; ++i) {
      if (sql(question) == answer) return true;
    }
    return false;
  }
  // The network takes what the server has said so far, and the connection.
  void cut() const {
    pollfd waiting{.fd = driver_.fd(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&waiting, 1, 20'000), 1);
    std::array<char, 65536> lost{};
    EXPECT_GT(::recv(driver_.fd(), lost.data(), lost.size(), MSG_DONTWAIT), 0);
    ::shutdown(driver_.fd(), SHUT_RDWR);
  }

  // While it lives, nothing can be committed: a commit waits, as for a disk.
  std::shared_ptr<void> hold_commits() {
    sql("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS"
        " 'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN new; END';"
        "CREATE TRIGGER wait BEFORE UPDATE ON commits FOR EACH ROW EXECUTE FUNCTION wait()");
    return server_.hold(database_, "SELECT pg_advisory_lock(7)");
  }

  PostgresServer& server_ = PostgresServer::shared();
  std::string database_ = server_.create_database();
  HandDriver driver_{1};
};

TEST_F(Postgres, TellsWhenSomethingWasCommitted) {
  ASSERT_TRUE(commit(1));
  EXPECT_EQ(engine().committed(), 0U);
  EXPECT_EQ(driver_.told(), 0);
  ASSERT_TRUE(finish(1));
  EXPECT_EQ(driver_.told(), 1);
  EXPECT_EQ(engine().deadline(), kNever);
  EXPECT_FALSE(driver_.wants_write());
}

TEST_F(Postgres, RefusesAtOnceWhatHasToBeSyncedWhileItIsAway) {
  write(1);
  server_.stop();
  ASSERT_TRUE(lose());
  const auto refused = commit(2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  server_.start();
  ASSERT_TRUE(driver_.run_until([this] { return engine().is_available(); }));
  write(3);
  EXPECT_EQ(events_there(), "1 3");
}

TEST_F(Postgres, WritesWhatIsLazyWhenItIsBack) {
  server_.stop();
  ASSERT_TRUE(lose());
  for (std::int64_t id = 1; id <= 5; ++id) ASSERT_TRUE(commit(id, Durability::lazy));
  EXPECT_EQ(engine().committed(), 0U);
  server_.start();
  ASSERT_TRUE(finish(5));
  EXPECT_EQ(events_there(), "1 2 3 4 5");
}

TEST_F(Postgres, KeepsSoManyRowsWhileItIsAway) {
  server_.stop();
  ASSERT_TRUE(lose());
  const Changes many(CommitQueue::kMaxWaitingRows, put_event(event_row(1)));
  EXPECT_TRUE(engine().commit(many, Durability::lazy));
  const auto refused = commit(2, Durability::lazy);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted);
  server_.start();
}

TEST_F(Postgres, TriesAgainAfterLongerAndLongerPauses) {
  server_.stop();
  ASSERT_TRUE(lose());
  for (const int pause : {500, 1000, 2000, 4000, 8000, 10'000, 10'000}) {
    EXPECT_EQ(engine().deadline() - driver_.now(), milliseconds(pause));
    driver_.wait(milliseconds(pause) - Duration(1));
    EXPECT_EQ(engine().deadline() - driver_.now(), Duration(1));
    driver_.wait(Duration(1));
  }
  server_.start();
  ASSERT_TRUE(finish(0));
  server_.stop();
  ASSERT_TRUE(lose());
  EXPECT_EQ(engine().deadline() - driver_.now(), milliseconds(500));
  server_.start();
}

TEST_F(Postgres, DoesNotWriteTwiceWhatWasWrittenWhenTheAnswerWasLost) {
  ASSERT_TRUE(commit(1));
  send_only();
  ASSERT_TRUE(becomes("SELECT number FROM commits", "1"));
  cut();
  ASSERT_TRUE(lose());
  EXPECT_EQ(engine().committed(), 0U);
  ASSERT_TRUE(finish(1));
  write(2);
  EXPECT_EQ(events_there(), "1 2");
}

TEST_F(Postgres, WritesAgainWhatWasNotWrittenWhenTheConnectionWasLost) {
  write(1);
  std::shared_ptr<void> gate = hold_commits();
  ASSERT_TRUE(commit(2));
  send_only();
  ASSERT_TRUE(becomes(kWaiting, "1"));
  sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  ASSERT_TRUE(lose());
  EXPECT_EQ(number_there(), "1");
  gate.reset();
  ASSERT_TRUE(finish(2));
  EXPECT_EQ(events_there(), "1 2");
}

TEST_F(Postgres, CountsASilentServerAsAway) {
  std::shared_ptr<void> gate = hold_commits();
  ASSERT_TRUE(commit(1));
  send_only();
  driver_.wait(PostgresEngine::kPatience - Duration(1));
  EXPECT_TRUE(engine().is_available());
  driver_.wait(Duration(1));
  EXPECT_FALSE(engine().is_available());
  EXPECT_EQ(engine().last_error(), "The database does not answer.");
  gate.reset();
  ASSERT_TRUE(finish(1));
  EXPECT_EQ(events_there(), "1");
}

// Its transaction could be committed at any time: nobody knows until it has ended.
TEST_F(Postgres, EndsItsOwnConnectionThatStillWaits) {
  std::shared_ptr<void> gate = hold_commits();
  ASSERT_TRUE(commit(1));
  send_only();
  ASSERT_TRUE(becomes(kWaiting, "1"));
  const std::string left = sql("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  driver_.wait(PostgresEngine::kPatience);
  EXPECT_TRUE(driver_.run_until(
      [&] { return sql("SELECT count(*) FROM pg_stat_activity WHERE pid = " + left) == "0"; }));
  gate.reset();
  ASSERT_TRUE(finish(1));
  EXPECT_EQ(events_there(), "1");
}

TEST_F(Postgres, SendsAgainWhatACrashOfTheServerUndid) {
  write(1);
  ASSERT_TRUE(commit(2, Durability::lazy));
  ASSERT_TRUE(finish(2));
  ASSERT_TRUE(commit(3, Durability::lazy));
  ASSERT_TRUE(finish(3));
  server_.kill();
  server_.start();
  ASSERT_EQ(number_there(), "1") << "nothing was lost: this shows nothing";
  ASSERT_TRUE(lose());
  ASSERT_TRUE(finish(3));
  EXPECT_EQ(events_there(), "1 2 3");
  write(4);
  EXPECT_EQ(events_there(), "1 2 3 4");
}

TEST_F(Postgres, KeepsWhatIsSyncedWhenTheServerCrashes) {
  write(1);
  server_.kill();
  server_.start();
  EXPECT_EQ(events_there(), "1");
}

TEST_F(Postgres, IsAwayUntilARefusedTransactionIsTaken) {
  write(1);
  sql("INSERT INTO events SELECT 3, 0, 0, 0, 0, 0, 0, 0, 0, 'secret', ''");
  ASSERT_TRUE(commit(2));
  ASSERT_TRUE(engine().commit({put_room(room_row(5, "Bridge")), put_event(event_row(3, "3"))},
                              Durability::synced));
  ASSERT_TRUE(commit(4));
  ASSERT_TRUE(lose());
  EXPECT_THAT(engine().last_error(), HasSubstr("(23505)"));
  EXPECT_THAT(engine().last_error(), Not(HasSubstr("secret")));
  EXPECT_EQ(events_there(), "1 secret");
  ASSERT_TRUE(driver_.run_until([this] { return engine().committed() == 2; }));
  EXPECT_FALSE(engine().is_available());
  EXPECT_FALSE(commit(5));
  EXPECT_EQ(sql("SELECT count(*) FROM rooms"), "0");
  sql("DELETE FROM events WHERE number = 3");
  ASSERT_TRUE(finish(4));
  EXPECT_EQ(events_there(), "1 2 3 4");
  EXPECT_EQ(sql("SELECT count(*) FROM rooms"), "1");
}

TEST_F(Postgres, StopsForGoodWhenAnotherProcessHasWritten) {
  write(1);
  server_.stop();
  ASSERT_TRUE(lose());
  server_.start();
  HandDriver other(2);
  ASSERT_TRUE(other.open(server_.conninfo(database_)));
  EXPECT_TRUE(driver_.run_until([this] {
    return engine().last_error().find("belongs to another process") != std::string::npos;
  }));
  other.close();
  EXPECT_FALSE(driver_.run_until([this] { return engine().is_available(); }));
  EXPECT_EQ(engine().deadline(), kNever);
  EXPECT_THAT(engine().last_error(), HasSubstr("Another process has written"));
  EXPECT_FALSE(commit(2, Durability::lazy));
}

TEST_F(Postgres, StopsForGoodWhenTheDatabaseIsAnOlderOne) {
  write(1);
  write(2);
  sql("UPDATE commits SET number = 1");
  server_.stop();
  ASSERT_TRUE(lose());
  server_.start();
  EXPECT_FALSE(driver_.run_until([this] { return engine().is_available(); }));
  EXPECT_EQ(engine().deadline(), kNever);
  EXPECT_THAT(engine().last_error(), HasSubstr("has lost what it had written"));
}

TEST_F(Postgres, AnswersReadersThatItCannotServe) {
  std::vector<ErrorCode> answers;
  const auto note = [&](Result<std::vector<Row>> rows) {
    if (!rows) answers.push_back(rows.error().code);
  };
  for (std::size_t i = 0; i < PostgresEngine::kMaxWaitingReads; ++i) engine().read_events({}, note);
  EXPECT_THAT(answers, IsEmpty());
  engine().read_events({}, note);
  EXPECT_THAT(answers, ElementsAre(ErrorCode::resource_exhausted));
  answers.clear();
  send_only();
  server_.stop();
  ASSERT_TRUE(lose());
  EXPECT_THAT(answers, testing::Contains(ErrorCode::unavailable));
  answers.clear();
  engine().read_events({}, note);
  EXPECT_THAT(answers, ElementsAre(ErrorCode::unavailable));
  server_.start();
}

TEST_F(Postgres, WritesWhileSomebodyReadsOnAndOn) {
  int answers = 0;
  StoreEngine::Rows read_on = [&](const Result<std::vector<Row>>& rows) {
    if (!rows) return;
    ++answers;
    engine().read_events({}, read_on);
  };
  for (int i = 0; i < 3; ++i) engine().read_events({}, read_on);
  for (std::int64_t id = 1; id <= 10; ++id) write(id);
  const int before = answers;
  ASSERT_TRUE(driver_.run_until([&] { return answers == before + 10; }));
  EXPECT_LE(before, 40);
  read_on = [](const Result<std::vector<Row>>&) {};
}

class PostgresStart : public testing::Test {
 protected:
  Error refusal(const std::string& conninfo) {
    const Result<void> opened = HandDriver(1).open(conninfo);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  PostgresServer& server_ = PostgresServer::shared();
};

TEST_F(PostgresStart, TakesNoPassword) {
  const Error error = refusal(server_.conninfo("postgres") + " password=hunter2");
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_THAT(error.message, HasSubstr("passfile"));
  EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
  EXPECT_EQ(refusal("postgresql://u:hunter2@localhost/d").code, ErrorCode::invalid_argument);
}

TEST_F(PostgresStart, SaysThatItCannotReadItsConnectionString) {
  EXPECT_EQ(refusal("host=localhost hots=1").code, ErrorCode::invalid_argument);
  EXPECT_EQ(refusal("parley").code, ErrorCode::invalid_argument);
}

TEST_F(PostgresStart, SaysThatNobodyIsThere) {
  const TemporaryDirectory empty;
  EXPECT_EQ(refusal("host=" + empty.path().string()).code, ErrorCode::unavailable);
  EXPECT_EQ(refusal(server_.conninfo("nowhere")).code, ErrorCode::unavailable);
}

TEST_F(PostgresStart, NeedsADatabaseOfUtf8) {
  const std::string name =
      server_.create_database("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  const Error error = refusal(server_.conninfo(name));
  EXPECT_EQ(error.code, ErrorCode::failed_precondition);
  EXPECT_THAT(error.message, HasSubstr("UTF8"));
}

}  // namespace
}  // namespace parley::signaling
