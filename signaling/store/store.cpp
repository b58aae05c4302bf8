#include "signaling/store/store.hpp"

#include <sqlite3.h>

#include <utility>

#include "protocol/limits.hpp"
#include "signaling/store/schema.hpp"
#include "signaling/store/statement.hpp"

namespace parley::signaling {
namespace {

// How long a call waits while another process holds the file for writing.
constexpr int kBusyTimeoutMs = 1000;

constexpr std::size_t kMaxPolicy = 1024;  // bytes; the largest that keeps its limits has 200

std::unexpected<Error> no_such_room() {
  return fail(ErrorCode::not_found, "There is no such room.");
}

Result<void> check_policy(const floor::Policy& policy) {
  const std::string violation = protocol::find_violation(policy);
  if (violation.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              "A rule of the floor is outside its limit: " + violation);
}

Result<RoomRecord> read_room(const Statement& row) {
  RoomRecord room{.id = RoomId{row.number(0)}, .name = row.text(1)};
  // It was checked before it was written: whatever else stands there is damage.
  if (!protocol::decode(as_bytes(row.data(2)), kMaxPolicy, room.policy)) {
    return fail(ErrorCode::io, "The database holds a damaged policy of a room.");
  }
  return room;
}

Result<RoomRecord> only_room(Statement& query) {
  const Result<Step> step = query.step();
  if (!step) return std::unexpected(step.error());
  if (*step == Step::done) return no_such_room();
  return read_room(query);
}

}  // namespace

void Store::CloseDatabase::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Store::Store(Database database) : database_(std::move(database)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& path) {
  // SQLite would take these for a database that is gone at the end.
  if (path.empty() || path == ":memory:") {
    return fail(ErrorCode::invalid_argument, "The database needs a file name.");
  }
  return open_uri(path);
}

Result<Store> Store::open_in_memory() { return open_uri(":memory:"); }

Result<Store> Store::open_uri(const std::string& path) {
  sqlite3* opened = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database(opened);
  if (result != SQLITE_OK) {
    return fail(ErrorCode::io,
                "The database " + path + " cannot be opened: " + sqlite3_errstr(result) + ".");
  }
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, kBusyTimeoutMs);
  Result<void> ready = run_sql(opened,
                               "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                               "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
                               "PRAGMA trusted_schema=OFF");
  if (ready) ready = migrate(opened);
  if (!ready) return std::unexpected(ready.error());
  return Store(std::move(database));
}

Result<RoomRecord> Store::create_room(RoomId id, std::string_view name,
                                      const floor::Policy& policy) {
  static_assert(kMaxRoomName == kMaxDisplayName);
  if (id.is_none() || name.empty() || !is_display_name(name)) {
    return fail(ErrorCode::invalid_argument,
                "A room needs an id and a name of 1 to 64 bytes without control characters.");
  }
  if (Result<void> checked = check_policy(policy); !checked) {
    return std::unexpected(checked.error());
  }
  Transaction transaction(database_.get());
  if (!transaction.begun()) return std::unexpected(transaction.begun().error());
  Statement count(database_.get(), "SELECT count(*) FROM rooms");
  if (const Result<Step> step = count.step(); !step) return std::unexpected(step.error());
  if (count.number(0) >= kMaxRooms) {
    return fail(ErrorCode::resource_exhausted, "There are as many rooms as this service can hold.");
  }
  Statement insert(database_.get(), "INSERT INTO rooms (id, name, policy) VALUES (?, ?, ?)");
  insert.bind(id.value).bind(name).bind(as_bytes(policy.SerializeAsString()));
  Result<void> done = insert.run();
  if (done) done = transaction.commit();
  if (!done && done.error().code == ErrorCode::already_exists) {
    return fail(ErrorCode::already_exists, "There is a room of this name already.");
  }
  if (!done) return std::unexpected(done.error());
  return RoomRecord{.id = id, .name = std::string(name), .policy = policy};
}

Result<void> Store::set_policy(RoomId id, const floor::Policy& policy) {
  if (Result<void> checked = check_policy(policy); !checked) return checked;
  Statement update(database_.get(), "UPDATE rooms SET policy = ? WHERE id = ?");
  const Result<void> done = update.bind(as_bytes(policy.SerializeAsString())).bind(id.value).run();
  if (!done) return done;
  if (sqlite3_changes(database_.get()) == 0) return no_such_room();
  return {};
}

Result<std::vector<RoomRecord>> Store::rooms() {
  Statement query(database_.get(), "SELECT id, name, policy FROM rooms ORDER BY name");
  std::vector<RoomRecord> rooms;
  for (;;) {
    const Result<Step> step = query.step();
    if (!step) return std::unexpected(step.error());
    if (*step == Step::done) return rooms;
    Result<RoomRecord> room = read_room(query);
    if (!room) return std::unexpected(room.error());
    rooms.push_back(*std::move(room));
  }
}

Result<RoomRecord> Store::find_room(RoomId id) {
  Statement query(database_.get(), "SELECT id, name, policy FROM rooms WHERE id = ?");
  return only_room(query.bind(id.value));
}

Result<RoomRecord> Store::find_room(std::string_view name) {
  Statement query(database_.get(), "SELECT id, name, policy FROM rooms WHERE name = ?");
  return only_room(query.bind(name));
}

}  // namespace parley::signaling
