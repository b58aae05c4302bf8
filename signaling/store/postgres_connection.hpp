// libpq as the engine sees it: a connection, its answers, rows as parameters and rows out of
// answers, and the SQL that only PostgreSQL knows. Nothing here waits, but for what says so.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "signaling/store/engine.hpp"

namespace parley::signaling::postgres {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
struct Clear {
  void operator()(PGresult* answer) const { PQclear(answer); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

// Which process this is, in the table of commits and in the list of the server's connections.
struct Owner {
  std::int64_t number;
  [[nodiscard]] std::string application_name() const;
};

// invalid_argument: libpq cannot read it, or it holds a password.
[[nodiscard]] Result<void> check_conninfo(const std::string& conninfo);
// Waits: for the start. unavailable: with libpq's reason.
[[nodiscard]] Result<Connection> connect(const std::string& conninfo, Owner owner);
// To be continued with PQconnectPoll. nullptr: no memory.
[[nodiscard]] Connection begin_connect(const std::string& conninfo, Owner owner);

// The answer as an error; nothing: it is none. What the server says of values is left out.
[[nodiscard]] std::optional<Error> error_of(const PGresult* answer);
[[nodiscard]] Error error_of(const PGconn* connection);

// Wait: for the start. One or several statements; a table.
[[nodiscard]] Result<Answer> run(PGconn* connection, const std::string& sql);
[[nodiscard]] Result<std::vector<Row>> read(PGconn* connection, const std::string& sql,
                                            std::span<const Column> columns);
// Brings the schema up to date and makes `owner` the owner, with nothing written yet. Waits: for
// the start. failed_precondition: a newer version wrote it, or it does not keep UTF-8.
[[nodiscard]] Result<void> take_over(PGconn* connection, Owner owner);

// Settings of a connection, and the lock that only one process has. Ends what is left of an earlier
// connection of the same process, so that it is known what became of its transaction.
[[nodiscard]] std::string greeting();
// Who wrote last, and what: one row of owner and number. Then it prepares every statement.
[[nodiscard]] std::string preparation();
struct Found {
  std::int64_t owner;
  CommitNumber number;
};
[[nodiscard]] std::optional<Found> found_in(const PGresult* answer);

// Send, as far as the socket takes it. False: the connection is lost.
[[nodiscard]] bool send_sql(PGconn* connection, const char* sql);
[[nodiscard]] bool send_write(PGconn* connection, const Write& write);
[[nodiscard]] bool send_durability(PGconn* connection, Durability durability);
[[nodiscard]] bool send_number(PGconn* connection, CommitNumber number);
[[nodiscard]] bool send_read_events(PGconn* connection, EventRange range);

[[nodiscard]] std::vector<Row> rows_of(const PGresult* answer, std::span<const Column> columns);

}  // namespace parley::signaling::postgres
