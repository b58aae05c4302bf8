#include "signaling/store/postgres_engine.hpp"

#include <algorithm>
#include <limits>

#include "signaling/store/tables.hpp"

namespace parley::signaling {

using postgres::Answer;
using postgres::Connection;

Result<std::unique_ptr<PostgresEngine>> PostgresEngine::open(const std::string& conninfo,
                                                             RandomSource& random,
                                                             PostgresHooks hooks) {
  if (const Result<void> good = postgres::check_conninfo(conninfo); !good) {
    return std::unexpected(good.error());
  }
  const postgres::Owner owner{static_cast<std::int64_t>(random.next_u64())};
  Result<Connection> connection = postgres::connect(conninfo, owner);
  if (!connection) return std::unexpected(connection.error());
  PGconn* const raw = connection->get();
  const Result<Answer> greeted = postgres::run(raw, postgres::greeting());
  if (!greeted) return std::unexpected(greeted.error());
  if (const Result<void> owned = postgres::take_over(raw, owner); !owned) {
    return std::unexpected(owned.error());
  }
  const Result<Answer> prepared = postgres::run(raw, postgres::preparation());
  if (!prepared) return std::unexpected(prepared.error());
  if (PQsetnonblocking(raw, 1) != 0) return std::unexpected(postgres::error_of(raw));
  return std::unique_ptr<PostgresEngine>(
      new PostgresEngine(conninfo, owner, std::move(*connection), std::move(hooks)));
}

PostgresEngine::PostgresEngine(std::string conninfo, postgres::Owner owner, Connection connection,
                               PostgresHooks hooks)
    : conninfo_(std::move(conninfo)),
      owner_(owner),
      connection_(std::move(connection)),
      hooks_(std::move(hooks)) {
  watch_as_needed();
}

PostgresEngine::~PostgresEngine() { watch({}); }

Result<std::vector<Row>> PostgresEngine::read(const Table& table) {
  return postgres::read(connection_.get(), read_statement(table), table.columns);
}

Result<std::vector<Row>> PostgresEngine::read_last_event() {
  return postgres::read(connection_.get(), read_last_event_statement(), tables::kEvents.columns);
}

bool PostgresEngine::is_available() const {
  const bool is_connected =
      stage_ == Stage::idle || stage_ == Stage::writing || stage_ == Stage::reading;
  return is_connected && is_proved_ && queue_.written() >= suspected_;
}

Result<CommitNumber> PostgresEngine::commit(Changes changes, Durability durability) {
  if (Result<void> checked = check_changes(changes); !checked) {
    return std::unexpected(checked.error());
  }
  if (is_stopped_ || (durability == Durability::synced && !is_available())) {
    return fail(ErrorCode::unavailable, "The database cannot be written now.");
  }
  Result<CommitNumber> number = queue_.take(std::move(changes), durability);
  watch_as_needed();
  return number;
}

void PostgresEngine::read_events(EventRange range, Rows rows) {
  if (!is_available()) {
    rows(fail(ErrorCode::unavailable, "The database cannot be read now."));
    return;
  }
  if (reads_.size() >= kMaxWaitingReads) {
    rows(fail(ErrorCode::resource_exhausted, "Too many readers wait for the database."));
    return;
  }
  reads_.push_back({.range = range, .rows = std::move(rows)});
  watch_as_needed();
}

void PostgresEngine::on_ready(Timestamp now) {
  run(now, [this] {
    if (stage_ == Stage::connecting) {
      go_on_connecting();
    } else if (stage_ != Stage::away) {
      exchange();
    }
  });
}

void PostgresEngine::tick(Timestamp now) {
  if (now < deadline_) return;
  run(now, [this] {
    if (stage_ == Stage::away) {
      connect();
    } else {
      lose({.code = ErrorCode::unavailable, .message = "The database does not answer."});
    }
  });
}

// One step, and what has to be said after it.
template <class Step>
void PostgresEngine::run(Timestamp now, Step step) {
  const bool was_available = is_available();
  const CommitNumber was_committed = committed();
  const std::size_t was_reading = reads_.size();
  now_ = now;
  step();
  watch_as_needed();
  const bool has_news = was_available != is_available() || was_committed != committed() ||
                        was_reading > reads_.size();
  if (has_news) hooks_.on_committed();
}

void PostgresEngine::connect() {
  connection_ = postgres::begin_connect(conninfo_, owner_);
  if (connection_ == nullptr || PQstatus(connection_.get()) == CONNECTION_BAD) {
    lose(postgres::error_of(connection_.get()));
    return;
  }
  stage_ = Stage::connecting;
  deadline_ = now_ + kPatience;
  watch({.fd = PQsocket(connection_.get()), .read = false, .write = true});
}

void PostgresEngine::go_on_connecting() {
  // libpq may close the socket and open another one under the same number.
  watch({});
  const PostgresPollingStatusType poll = PQconnectPoll(connection_.get());
  if (poll == PGRES_POLLING_OK) {
    if (PQsetnonblocking(connection_.get(), 1) != 0)
      return lose(postgres::error_of(connection_.get()));
    ask(Stage::greeting, PQsendQuery(connection_.get(), postgres::greeting().c_str()) == 1);
  } else if (poll == PGRES_POLLING_FAILED) {
    lose(postgres::error_of(connection_.get()));
  } else {
    watch({.fd = PQsocket(connection_.get()),
           .read = poll == PGRES_POLLING_READING,
           .write = poll == PGRES_POLLING_WRITING});
  }
}

// Reads, answers, and says what comes next, until the socket has nothing more.
void PostgresEngine::exchange() {
  if (PQconsumeInput(connection_.get()) == 0) return lose(postgres::error_of(connection_.get()));
  if (stage_ != Stage::idle) deadline_ = now_ + kPatience;
  take_answers();
  if (stage_ == Stage::idle) begin_next();
  if (connection_ != nullptr && PQflush(connection_.get()) < 0) {
    lose(postgres::error_of(connection_.get()));
  }
}

void PostgresEngine::take_answers() {
  while (stage_ != Stage::away && stage_ != Stage::idle && PQisBusy(connection_.get()) == 0) {
    Answer answer(PQgetResult(connection_.get()));
    if (answer != nullptr) {
      take(std::move(answer));
    } else if (stage_ != Stage::writing) {
      on_answered();
    }
  }
}

void PostgresEngine::take(Answer answer) {
  if (const std::optional<Error> error = postgres::error_of(answer.get())) {
    if (error->code == ErrorCode::io && stage_ == Stage::writing) suspected_ = queue_.taken();
    return lose(*error);
  }
  if (PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC) return on_group_written();
  const std::string_view tag = PQcmdStatus(answer.get());
  if (tag == "COMMIT") is_group_committed_ = true;
  if (tag == "UPDATE 0") return stop_for_good("The database has lost its table of commits.");
  // The last one with rows, but for the PREPAREs after it.
  if (PQresultStatus(answer.get()) == PGRES_TUPLES_OK) rows_ = std::move(answer);
}

// A question that is no group has its whole answer.
void PostgresEngine::on_answered() {
  switch (stage_) {
    case Stage::greeting:
      return ask(Stage::preparing,
                 PQsendQuery(connection_.get(), postgres::preparation().c_str()) == 1);
    case Stage::preparing:
      return on_prepared();
    case Stage::reading: {
      stage_ = Stage::idle;
      deadline_ = kNever;
      const Read read = std::move(reads_.front());
      reads_.pop_front();
      return read.rows(postgres::rows_of(rows_.get(), tables::kEvents.columns));
    }
    case Stage::away:
    case Stage::connecting:
    case Stage::idle:
    case Stage::writing:
      return;
  }
}

void PostgresEngine::on_prepared() {
  const std::optional<postgres::Found> found = postgres::found_in(rows_.get());
  if (!found || found->owner != owner_.number) {
    return stop_for_good("Another process has written to the database: start this one again.");
  }
  if (!queue_.on_found(found->number)) {
    return stop_for_good("The database has lost what it had written: start this process again.");
  }
  stage_ = Stage::idle;
}

// In turn, where both wait: somebody who reads the whole trail holds up no change for long.
void PostgresEngine::begin_next() {
  const bool has_group = !is_proved_ || !queue_.is_all_sent();
  const bool has_read = is_proved_ && !reads_.empty();
  if (has_group && (!has_read || !is_turn_of_reads_)) return begin_group();
  if (has_read) begin_read();
}

// The first group after a loss is synced and may be empty: what it finds written, and what may have
// been lazy, is durable after it.
void PostgresEngine::begin_group() {
  const bool is_suspected = queue_.written() < suspected_;
  group_ = queue_.send(is_suspected ? 1 : std::numeric_limits<std::size_t>::max());
  if (!is_proved_) group_.durability = Durability::synced;
  is_group_committed_ = false;
  is_turn_of_reads_ = true;
  ask(Stage::writing, send_group());
}

bool PostgresEngine::send_group() {
  PGconn* const raw = connection_.get();
  bool is_sent = PQenterPipelineMode(raw) == 1 && postgres::send_sql(raw, "BEGIN") &&
                 postgres::send_durability(raw, group_.durability);
  for (CommitNumber number = group_.first; number <= group_.last; ++number) {
    for (const Write& write : queue_.transaction(number).changes) {
      is_sent = is_sent && postgres::send_write(raw, write);
    }
  }
  return is_sent && postgres::send_number(raw, group_.last) && postgres::send_sql(raw, "COMMIT") &&
         PQpipelineSync(raw) == 1;
}

void PostgresEngine::on_group_written() {
  if (!is_group_committed_ || PQexitPipelineMode(connection_.get()) != 1) {
    return lose({.code = ErrorCode::unavailable, .message = "The database did not commit."});
  }
  queue_.on_written(group_);
  stage_ = Stage::idle;
  deadline_ = kNever;
  is_proved_ = true;
  if (is_available()) pause_ = kFirstPause;
}

void PostgresEngine::begin_read() {
  is_turn_of_reads_ = false;
  ask(Stage::reading, postgres::send_read_events(connection_.get(), reads_.front().range));
}

void PostgresEngine::ask(Stage stage, bool is_sent) {
  if (!is_sent) return lose(postgres::error_of(connection_.get()));
  stage_ = stage;
  rows_.reset();
  deadline_ = now_ + kPatience;
}

void PostgresEngine::lose(const Error& error) {
  last_error_ = error.message;
  watch({});
  rows_.reset();
  connection_.reset();
  stage_ = Stage::away;
  is_proved_ = false;
  deadline_ = now_ + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
  refuse_reads();
}

void PostgresEngine::stop_for_good(const char* why) {
  is_stopped_ = true;
  lose({.code = ErrorCode::failed_precondition, .message = why});
  deadline_ = kNever;
}

void PostgresEngine::refuse_reads() {
  for (const Read& read : std::exchange(reads_, {})) {
    read.rows(fail(ErrorCode::unavailable, "The database cannot be read now."));
  }
}

void PostgresEngine::watch(Watched watched) {
  if (watched == watched_) return;
  watched_ = watched;
  hooks_.watch(watched.fd, watched.read, watched.write);
}

// A descriptor that is watched for writing is ready at once: that begins what commit() left.
void PostgresEngine::watch_as_needed() {
  if (stage_ == Stage::away || stage_ == Stage::connecting) return;
  const bool has_more = stage_ == Stage::idle && !(queue_.is_all_sent() && reads_.empty());
  const bool has_output = PQflush(connection_.get()) == 1;
  watch({.fd = PQsocket(connection_.get()), .read = true, .write = has_more || has_output});
}

}  // namespace parley::signaling
