#include "signaling/store/postgres_connection.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/bytes.hpp"
#include "signaling/store/tables.hpp"

namespace parley::signaling::postgres {
namespace {

constexpr int kBinary = 1;
constexpr const char* kLockRefused = "55P03";  // lock_not_available

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
struct FreeText {
  void operator()(char* text) const { PQfreemem(text); }
};

// libpq's sentences end in a line break, and may have several lines.
Error unavailable(std::string_view reason) {
  std::string text;
  for (const char c : reason) {
    if (c != '\n') {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  while (text.ends_with(' ') || text.ends_with('.')) text.pop_back();
  return {.code = ErrorCode::unavailable, .message = "The database: " + text + "."};
}

// What stands before `dbname` gives way to it, what stands behind it does not. Another process that
// takes over learns after half a minute that this one's machine is gone.
class Settings {
 public:
  Settings(const std::string& conninfo, Owner owner)
      : conninfo_(conninfo), name_(owner.application_name()) {}
  [[nodiscard]] PGconn* connect() const { return PQconnectdbParams(kKeys, values_.data(), 1); }
  [[nodiscard]] PGconn* begin() const { return PQconnectStartParams(kKeys, values_.data(), 1); }

 private:
  static constexpr const char* kKeys[] = {
      "connect_timeout", "tcp_user_timeout", "keepalives_idle",  "target_session_attrs",
      "dbname",          "client_encoding",  "application_name", nullptr};
  std::string conninfo_;
  std::string name_;
  std::array<const char*, 8> values_ = {
      "5", "5000", "10", "read-write", conninfo_.c_str(), "UTF8", name_.c_str(), nullptr};
};

Connection quiet(PGconn* connection) {
  Connection made(connection);
  if (made != nullptr) {
    PQsetNoticeReceiver(made.get(), [](void*, const PGresult*) {}, nullptr);
  }
  return made;
}

// Parameters in PostgreSQL's binary format: numbers are 8 bytes, big-endian.
class Parameters {
 public:
  explicit Parameters(const Row& row) : numbers_(row.size()) {
    for (const Value& value : row) add(value);
  }
  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  void add(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      std::array<std::uint8_t, 8>& bytes = numbers_[values_.size()];
      ByteWriter(bytes).u64(static_cast<std::uint64_t>(*number));
      add(bytes.data(), bytes.size());
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      add(text->data(), text->size());
    } else {
      const Blob& blob = std::get<Blob>(value);
      add(blob.data(), blob.size());
    }
  }
  // A null pointer would be NULL.
  void add(const void* data, std::size_t size) {
    values_.push_back(data == nullptr ? "" : static_cast<const char*>(data));
    lengths_.push_back(static_cast<int>(size));
    formats_.push_back(kBinary);
  }

  std::vector<std::array<std::uint8_t, 8>> numbers_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

bool send_prepared(PGconn* connection, const std::string& name, const Row& row) {
  const Parameters parameters(row);
  return PQsendQueryPrepared(connection, name.c_str(), parameters.count(), parameters.values(),
                             parameters.lengths(), parameters.formats(), kBinary) == 1;
}

std::string name_of(Write::Kind kind, const Table& table) {
  return (kind == Write::Kind::put ? "put_" : "remove_") + std::string(table.name);
}

std::string prepare(const std::string& name, const std::string& sql) {
  return "PREPARE " + name + " AS " + sql + ";";
}

Value value_of(const PGresult* answer, int row, int column, ColumnType type) {
  const char* const data = PQgetvalue(answer, row, column);
  const auto size = static_cast<std::size_t>(PQgetlength(answer, row, column));
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(data), size);
  switch (type) {
    case ColumnType::number:
      return static_cast<std::int64_t>(ByteReader(bytes).u64());
    case ColumnType::text:
      return std::string(data, size);
    case ColumnType::blob:
      break;
  }
  return Blob(bytes.begin(), bytes.end());
}

Result<void> run_steps(PGconn* connection) {
  static constexpr Column kVersion[] = {{"version", ColumnType::number}};
  Result<Answer> done = run(connection,
                            "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY);"
                            "CREATE TABLE IF NOT EXISTS commits (id BIGINT PRIMARY KEY,"
                            " owner BIGINT NOT NULL, number BIGINT NOT NULL)");
  if (!done) return std::unexpected(done.error());
  const Result<std::vector<Row>> rows =
      read(connection, "SELECT coalesce(max(version), 0) FROM migrations", kVersion);
  if (!rows) return std::unexpected(rows.error());
  const auto version = std::get<std::int64_t>(rows->front().front());
  if (version > newest_version()) return fail(ErrorCode::failed_precondition, kNewerVersion);
  for (std::int64_t next = std::max(version, kVersionsBefore); next < newest_version(); ++next) {
    const auto step = static_cast<std::size_t>(next - kVersionsBefore);
    done = run(connection, std::string(schema_steps()[step]) + "; INSERT INTO migrations VALUES (" +
                               std::to_string(next + 1) + ")");
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

Result<void> check_server(PGconn* connection) {
  constexpr int kOldestServer = 140'000;
  if (PQserverVersion(connection) < kOldestServer) {
    return fail(ErrorCode::failed_precondition, "The database needs PostgreSQL 14 or newer.");
  }
  const char* const encoding = PQparameterStatus(connection, "server_encoding");
  if (encoding == nullptr || std::strcmp(encoding, "UTF8") != 0) {
    return fail(ErrorCode::failed_precondition, "The database has to be made with encoding UTF8.");
  }
  return {};
}

}  // namespace

std::string Owner::application_name() const {
  return "parley-" + std::to_string(static_cast<std::uint64_t>(number));
}

Result<void> check_conninfo(const std::string& conninfo) {
  char* text = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(conninfo.c_str(), &text));
  const std::unique_ptr<char, FreeText> reason(text);
  if (options == nullptr) {
    return fail(ErrorCode::invalid_argument,
                "The connection string of the database cannot be read (key=value, or a URI).");
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if ((keyword != "password" && keyword != "sslpassword") || option->val == nullptr) continue;
    return fail(ErrorCode::invalid_argument,
                "A password does not belong into the connection string of the database: put it "
                "into a file with mode 0600 and name that as passfile.");
  }
  return {};
}

Result<Connection> connect(const std::string& conninfo, Owner owner) {
  Connection made = quiet(Settings(conninfo, owner).connect());
  if (PQstatus(made.get()) != CONNECTION_OK) return std::unexpected(error_of(made.get()));
  return made;
}

Connection begin_connect(const std::string& conninfo, Owner owner) {
  return quiet(Settings(conninfo, owner).begin());
}

std::optional<Error> error_of(const PGresult* answer) {
  const ExecStatusType status = PQresultStatus(answer);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC) {
    return std::nullopt;
  }
  const char* const code = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  if (code == nullptr) return unavailable(PQresultErrorMessage(answer));
  if (std::strcmp(code, kLockRefused) == 0) {
    return Error{.code = ErrorCode::failed_precondition,
                 .message = "The database belongs to another process that runs now."};
  }
  // 08: the connection; 57: an operator ended it.
  const std::string_view kind(code, 2);
  const char* const said = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  Error error = unavailable((said == nullptr ? "" : said) + std::string(" (") + code + ")");
  if (kind != "08" && kind != "57") error.code = ErrorCode::io;
  return error;
}

Error error_of(const PGconn* connection) {
  if (connection == nullptr) return unavailable("out of memory");
  return unavailable(PQerrorMessage(connection));
}

Result<Answer> run(PGconn* connection, const std::string& sql) {
  Answer answer(PQexec(connection, sql.c_str()));
  if (answer == nullptr) return std::unexpected(error_of(connection));
  if (std::optional<Error> error = error_of(answer.get())) return std::unexpected(*error);
  return answer;
}

Result<std::vector<Row>> read(PGconn* connection, const std::string& sql,
                              std::span<const Column> columns) {
  const Answer answer(
      PQexecParams(connection, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kBinary));
  if (answer == nullptr) return std::unexpected(error_of(connection));
  if (const std::optional<Error> error = error_of(answer.get())) return std::unexpected(*error);
  return rows_of(answer.get(), columns);
}

Result<void> take_over(PGconn* connection, Owner owner) {
  if (Result<void> checked = check_server(connection); !checked) return checked;
  Result<Answer> done = run(connection, "BEGIN; SET LOCAL synchronous_commit = on");
  if (!done) return std::unexpected(done.error());
  if (Result<void> steps = run_steps(connection); !steps) return steps;
  const Parameters parameters({owner.number});
  const Answer owned(PQexecParams(connection,
                                  "INSERT INTO commits VALUES (1, $1, 0) ON CONFLICT (id) DO"
                                  " UPDATE SET owner = excluded.owner, number = 0",
                                  parameters.count(), nullptr, parameters.values(),
                                  parameters.lengths(), parameters.formats(), kBinary));
  if (const std::optional<Error> error = error_of(owned.get())) return std::unexpected(*error);
  done = run(connection, "COMMIT");
  if (!done) return std::unexpected(done.error());
  return {};
}

// The lock is waited for: a process that has just ended may still be there for the server.
std::string greeting() {
  return "SET default_transaction_isolation = 'read committed'; SET lock_timeout = '2s';"
         "SET idle_in_transaction_session_timeout = '10s'; SET tcp_keepalives_idle = 10;"
         "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
         "SET tcp_user_timeout = '25s';"
         "SELECT count(pg_terminate_backend(a.pid)) FROM pg_locks l"
         " JOIN pg_stat_activity a ON a.pid = l.pid"
         " WHERE l.locktype = 'advisory' AND l.classid = 1885434476 AND l.objid = 1"
         " AND l.objsubid = 2 AND a.datname = current_database()"
         " AND a.application_name = current_setting('application_name')"
         " AND a.pid <> pg_backend_pid();"
         "SELECT pg_advisory_lock(1885434476, 1)";
}

// The client gives up on a silent server before statement_timeout ends a statement there: ended by
// the server, a COMMIT that waits for a standby would count as done.
std::string preparation() {
  std::string sql =
      "SELECT owner, number FROM commits WHERE id = 1;"
      "PREPARE set_durability (text) AS SELECT set_config('synchronous_commit', $1, true),"
      " set_config('statement_timeout', '10s', true);";
  sql += prepare("set_number", "UPDATE commits SET number = $1 WHERE id = 1");
  sql += prepare("read_events", read_events_statement());
  for (const Table* table : all_tables()) {
    sql += prepare(name_of(Write::Kind::put, *table), put_statement(*table));
    if (table->is_append_only) continue;
    sql += prepare(name_of(Write::Kind::remove, *table), remove_statement(*table));
  }
  return sql;
}

std::optional<Found> found_in(const PGresult* answer) {
  if (PQntuples(answer) != 1 || PQnfields(answer) != 2) return std::nullopt;
  return Found{.owner = std::strtoll(PQgetvalue(answer, 0, 0), nullptr, 10),
               .number = std::strtoull(PQgetvalue(answer, 0, 1), nullptr, 10)};
}

bool send_sql(PGconn* connection, const char* sql) {
  return PQsendQueryParams(connection, sql, 0, nullptr, nullptr, nullptr, nullptr, kBinary) == 1;
}

bool send_write(PGconn* connection, const Write& write) {
  return send_prepared(connection, name_of(write.kind, *write.table), write.row);
}

bool send_durability(PGconn* connection, Durability durability) {
  return send_prepared(connection, "set_durability",
                       {durability == Durability::synced ? std::string("on") : std::string("off")});
}

bool send_number(PGconn* connection, CommitNumber number) {
  return send_prepared(connection, "set_number", {static_cast<std::int64_t>(number)});
}

bool send_read_events(PGconn* connection, EventRange range) {
  return send_prepared(connection, "read_events",
                       {static_cast<std::int64_t>(range.after), std::int64_t{range.limit}});
}

std::vector<Row> rows_of(const PGresult* answer, std::span<const Column> columns) {
  std::vector<Row> rows(static_cast<std::size_t>(PQntuples(answer)));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const Column& column : columns) {
      rows[i].push_back(
          value_of(answer, static_cast<int>(i), static_cast<int>(rows[i].size()), column.type));
    }
  }
  return rows;
}

}  // namespace parley::signaling::postgres
