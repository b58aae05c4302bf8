// Processes that are killed while they commit. Whatever they acknowledged is there afterwards, and
// only whole transactions, in their order.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "signaling/store/sqlite_engine.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/store/hand_driver.hpp"
#include "tests/unit/store/postgres_server.hpp"
#include "tests/unit/store/sample_rows.hpp"

namespace parley::signaling {
namespace {

using namespace parley::test;

// Transaction n: an event and a user n, and the one room gets the name n. Every second is lazy.
Changes transaction(std::int64_t n) {
  const std::string name = std::to_string(n);
  return {put_user(user_row(n, name)), put_room(room_row(1, name)), put_event(event_row(n, name))};
}
bool is_synced(std::uint64_t n) { return n % 2 == 0; }
Durability durability(std::uint64_t n) {
  return is_synced(n) ? Durability::synced : Durability::lazy;
}

// The transactions that are there; -1: not whole, or not in their order.
std::int64_t count_transactions(StoreEngine& engine) {
  const std::vector<Row> events = engine.read(tables::kEvents).value();
  const std::vector<Row> users = engine.read(tables::kUsers).value();
  const std::vector<Row> rooms = engine.read(tables::kRooms).value();
  const auto count = static_cast<std::int64_t>(events.size());
  for (std::int64_t n = 1; n <= count; ++n) {
    if (events[static_cast<std::size_t>(n - 1)] != event_row(n, std::to_string(n))) return -1;
  }
  const bool is_whole = users.size() == events.size() &&
                        rooms.size() == std::min<std::size_t>(1, events.size()) &&
                        (rooms.empty() || rooms.front() == room_row(1, std::to_string(count)));
  return is_whole ? count : -1;
}

// A child process that tells numbers through a pipe until it is killed.
class Victim {
 public:
  template <class Work>
  explicit Victim(Work work) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      work(ends[1]);
      ::_exit(1);
    }
    ::close(ends[1]);
    numbers_ = ends[0];
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() { ::close(numbers_); }

  // Also remembered as the newest. False: it is dead.
  bool read_number() {
    return ::read(numbers_, &newest_, sizeof newest_) == static_cast<ssize_t>(sizeof newest_);
  }
  void kill() const { ::kill(pid_, SIGKILL); }
  // What it told last. It has to have been killed.
  std::int64_t bury() {
    while (read_number()) {
    }
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    return newest_;
  }

 private:
  pid_t pid_ = -1;
  int numbers_ = -1;
  std::int64_t newest_ = 0;
};

void tell(int pipe, std::int64_t number) {
  if (::write(pipe, &number, sizeof number) != static_cast<ssize_t>(sizeof number)) ::_exit(2);
}

// In a victim: SQLite's write number `writes_left` is its last, and half done where `is_torn`.
int writes_left = 0;
bool is_torn = false;

ssize_t last_write(int fd, const void* data, std::size_t size, off_t offset) {
  if (--writes_left > 0) return ::pwrite(fd, data, size, offset);
  if (is_torn) static_cast<void>(::pwrite(fd, data, size / 2, offset));
  ::raise(SIGKILL);
  return -1;
}

void die_while_committing(const std::string& path, int pipe) {
  sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
  for (const char* const name : {"pwrite", "pwrite64"}) {
    if (system->xGetSystemCall(system, name) == nullptr) continue;
    system->xSetSystemCall(system, name, reinterpret_cast<sqlite3_syscall_ptr>(&last_write));
  }
  for (;;) {  // opened and closed in between: both write too
    const auto engine = SqliteEngine::open(path);
    if (!engine) ::_exit(3);
    std::int64_t n = count_transactions(**engine);
    tell(pipe, n);
    for (int i = 0; i < 30; ++i) {
      ++n;
      if (!(*engine)->commit(transaction(n), durability(static_cast<std::uint64_t>(n)))) ::_exit(4);
      tell(pipe, n);
    }
  }
}

TEST(SqliteCrash, LosesNothingThatWasAcknowledged) {
  constexpr int kPoints = 200;
  constexpr int kPointsOfAFile = 10;
  SeededRandom random(11);
  std::unique_ptr<TemporaryDirectory> directory;
  int in_flight = 0;
  for (int point = 0; point < kPoints; ++point) {
    if (point % kPointsOfAFile == 0) directory = std::make_unique<TemporaryDirectory>();
    const std::string path = (directory->path() / "parley.db").string();
    const auto writes = static_cast<int>(1 + random.next_u32() % 600);
    is_torn = random.happens(50);
    Victim victim([&](int pipe) {
      writes_left = writes;
      die_while_committing(path, pipe);
    });
    const std::int64_t acknowledged = victim.bury();
    const auto engine = SqliteEngine::open(path);
    ASSERT_TRUE(engine) << engine.error().message;
    const std::int64_t found = count_transactions(**engine);
    ASSERT_GE(found, acknowledged) << "point " << point << ", write " << writes;
    ASSERT_LE(found, acknowledged + 1) << "point " << point << ", write " << writes;
    if (found > acknowledged) ++in_flight;
  }
  RecordProperty("written_but_not_acknowledged", in_flight);
}

constexpr std::int64_t kOutstanding = 3;

void commit_until_killed(const std::string& conninfo, std::uint64_t seed, int pipe) {
  HandDriver driver(seed);
  if (!driver.open(conninfo)) ::_exit(3);
  const std::int64_t before = count_transactions(driver.engine());
  std::int64_t told = before;
  tell(pipe, told);
  for (std::int64_t n = before;;) {
    const auto committed = [&] {
      return before + static_cast<std::int64_t>(driver.engine().committed());
    };
    while (n < committed() + kOutstanding) {
      // While the server is away, the synced ones are refused: it is killed soon.
      const auto next = static_cast<std::uint64_t>(n + 1);
      if (!driver.engine().commit(transaction(n + 1), durability(next))) break;
      ++n;
    }
    // False: the server was killed, and we are next.
    if (!driver.run_until([&] { return committed() > told; })) continue;
    told = committed();
    tell(pipe, told);
  }
}

TEST(PostgresCrash, LosesNothingThatWasAcknowledged) {
  constexpr int kPoints = 60;
  PostgresServer& server = PostgresServer::shared();
  const std::string conninfo = server.conninfo(server.create_database());
  SeededRandom random(12);
  for (int point = 0; point < kPoints; ++point) {
    const bool kills_server = point % 4 == 3;
    const std::uint64_t seed = random.next_u64();
    Victim victim([&](int pipe) { commit_until_killed(conninfo, seed, pipe); });
    for (std::uint32_t i = 1 + random.next_u32() % 20; i > 0; --i) {
      ASSERT_TRUE(victim.read_number());
    }
    if (kills_server) server.kill();
    victim.kill();
    const std::int64_t acknowledged = victim.bury();
    if (kills_server) server.start();
    HandDriver driver(seed + 1);
    const Result<void> opened = driver.open(conninfo);
    ASSERT_TRUE(opened) << opened.error().message;
    const std::int64_t found = count_transactions(driver.engine());
    // What was lazy may go with the server.
    const std::int64_t durable = kills_server ? acknowledged - acknowledged % 2 : acknowledged;
    ASSERT_GE(found, durable) << "point " << point;
    ASSERT_LE(found, acknowledged + kOutstanding) << "point " << point;
  }
}

// The server alone dies: the engine that lives has everything written in the end.
TEST(PostgresCrash, IsSurvivedByWhatWasTaken) {
  constexpr int kPoints = 12;
  PostgresServer& server = PostgresServer::shared();
  SeededRandom random(13);
  HandDriver driver(1);
  ASSERT_TRUE(driver.open(server.conninfo(server.create_database())));
  PostgresEngine& engine = driver.engine();
  std::int64_t taken = 0;
  for (int point = 0; point < kPoints; ++point) {
    for (std::uint32_t i = random.next_u32() % 40; i > 0; --i) {
      const std::int64_t next = taken + 1;
      ASSERT_TRUE(engine.commit(transaction(next), durability(static_cast<std::uint64_t>(next))));
      taken = next;
      if (random.happens(50)) driver.be_ready();
    }
    const CommitNumber acknowledged = engine.committed();
    server.kill();
    server.start();
    ASSERT_TRUE(driver.run_until([&] { return !engine.is_available(); }));
    EXPECT_GE(engine.committed(), acknowledged);
    ASSERT_TRUE(driver.run_until([&] {
      return engine.committed() == static_cast<CommitNumber>(taken) && engine.is_available();
    }));
    ASSERT_EQ(count_transactions(engine), taken) << "point " << point;
  }
}

}  // namespace
}  // namespace parley::signaling
