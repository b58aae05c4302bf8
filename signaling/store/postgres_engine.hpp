// The other engine: a PostgreSQL database, version 14 or newer, owned by one process. Only open(),
// read() and read_last_event() wait. Everything else is told when the socket is ready and what time
// it is, and answers at once: it knows no loop.
//
// At every connection it takes an advisory lock, so two processes never write, and a connection of
// its own that was lost has ended before it looks what became of the transaction under way. (A
// pooler that gives every transaction another connection breaks this.)
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/random.hpp"
#include "base/time.hpp"
#include "signaling/store/commit_queue.hpp"
#include "signaling/store/engine.hpp"
#include "signaling/store/postgres_connection.hpp"

namespace parley::signaling {

struct PostgresHooks {
  // Call on_ready() when this descriptor can be read or written; in place of the one before. -1:
  // none; said before a descriptor is closed.
  std::function<void(int fd, bool read, bool write)> watch;
  // committed() grew, is_available() changed, or somebody who asked to read events was answered.
  // Called at the end of on_ready() and tick().
  std::function<void()> on_committed;
};

class PostgresEngine final : public StoreEngine {
 public:
  // A silent server counts as away after this. More would hold changes longer, less would give up
  // on a server that is busy writing to its disk.
  static constexpr Duration kPatience = std::chrono::seconds(5);
  // Between two attempts to connect, doubled after each.
  static constexpr Duration kFirstPause = std::chrono::milliseconds(500);
  static constexpr Duration kLongestPause = std::chrono::seconds(10);
  static constexpr std::size_t kMaxWaitingReads = 16;

  // Waits. `conninfo` is libpq's, without a password (passfile names a file with it); names of
  // hosts are looked up while everything else waits, so hostaddr is better. unavailable: cannot be
  // reached; failed_precondition: another process owns the database, it is older than PostgreSQL
  // 14, or not UTF-8, or was written by a newer version; invalid_argument; io.
  [[nodiscard]] static Result<std::unique_ptr<PostgresEngine>> open(const std::string& conninfo,
                                                                    RandomSource& random,
                                                                    PostgresHooks hooks);
  PostgresEngine(const PostgresEngine&) = delete;
  PostgresEngine& operator=(const PostgresEngine&) = delete;
  ~PostgresEngine() override;

  void on_ready(Timestamp now);
  void tick(Timestamp now);
  // When tick() is due. Changes in on_ready() and tick() only.
  [[nodiscard]] Timestamp deadline() const { return deadline_; }
  // Why it is away, or was last; a sentence without values of rows.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

  [[nodiscard]] Result<std::vector<Row>> read(const Table& table) override;
  [[nodiscard]] Result<std::vector<Row>> read_last_event() override;
  // A refusal of a transaction that the database alone can see (a constraint, a full disk) makes it
  // away until it takes it.
  [[nodiscard]] Result<CommitNumber> commit(Changes changes, Durability durability) override;
  [[nodiscard]] CommitNumber committed() const override { return queue_.written(); }
  [[nodiscard]] bool is_available() const override;
  // unavailable; resource_exhausted: kMaxWaitingReads.
  void read_events(EventRange range, Rows rows) override;

 private:
  enum class Stage : std::uint8_t {
    away,
    connecting,
    greeting,   // until it has the lock
    preparing,  // until it knows what was written
    idle,
    writing,  // a group
    reading,  // events
  };
  struct Read {
    EventRange range;
    Rows rows;
  };
  struct Watched {
    int fd = -1;
    bool read = false;
    bool write = false;
    friend bool operator==(const Watched&, const Watched&) = default;
  };

  PostgresEngine(std::string conninfo, postgres::Owner owner, postgres::Connection connection,
                 PostgresHooks hooks);

  template <class Step>
  void run(Timestamp now, Step step);
  void connect();
  void go_on_connecting();
  void exchange();
  void take_answers();
  void take(postgres::Answer answer);
  void on_answered();
  void on_prepared();
  void on_group_written();
  void begin_next();
  void begin_group();
  void begin_read();
  [[nodiscard]] bool send_group();
  void ask(Stage stage, bool is_sent);
  void lose(const Error& error);
  void stop_for_good(const char* why);
  void refuse_reads();
  void watch(Watched watched);
  void watch_as_needed();

  std::string conninfo_;
  postgres::Owner owner_;
  postgres::Connection connection_;
  PostgresHooks hooks_;
  CommitQueue queue_;
  std::deque<Read> reads_;

  Stage stage_ = Stage::idle;
  CommitQueue::Group group_;  // while writing
  bool is_group_committed_ = false;
  postgres::Answer rows_;  // of the question under way
  Watched watched_;
  Timestamp now_{};  // of the call under way
  Timestamp deadline_ = kNever;
  Duration pause_ = kFirstPause;
  bool is_turn_of_reads_ = false;
  bool is_proved_ = true;       // since it is connected, something was written
  bool is_stopped_ = false;     // it will not be connected again
  CommitNumber suspected_ = 0;  // up to this one each goes alone: one of them was refused
  std::string last_error_;
};

}  // namespace parley::signaling
