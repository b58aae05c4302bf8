// Rows for tests of stores.
#pragma once

#include <string>
#include <utility>

#include "signaling/store/tables.hpp"

namespace parley::test {

using signaling::Blob;
using signaling::Changes;
using signaling::Row;
using signaling::Value;
using signaling::Write;

inline Value number(std::int64_t value) { return value; }

inline Row user_row(std::int64_t id, std::string name) {
  return {id,        std::move(name), std::string(), number(0), number(0),
          number(0), number(0),       number(0),     number(0), number(0)};
}
inline Row room_row(std::int64_t id, std::string name, Blob policy = {}) {
  return {id,        std::move(name), std::move(policy), number(0), number(0),
          number(0), number(0),       number(0),         number(1)};
}
inline Row enrolment_row(Blob id, std::int64_t owner) {
  return {std::move(id), owner, number(0), number(0), number(0), number(0)};
}
inline Row event_row(std::int64_t id, std::string detail = "", Blob hash = {7}) {
  return {id,        number(0), number(0), number(0),         number(0),      number(0),
          number(0), number(0), number(0), std::move(detail), std::move(hash)};
}

inline Write put(const signaling::Table& table, Row row) {
  return {.kind = Write::Kind::put, .table = &table, .row = std::move(row)};
}
inline Write put_user(Row row) { return put(signaling::tables::kUsers, std::move(row)); }
inline Write put_room(Row row) { return put(signaling::tables::kRooms, std::move(row)); }
inline Write put_event(Row row) { return put(signaling::tables::kEvents, std::move(row)); }
inline Write remove(const signaling::Table& table, Row key) {
  return {.kind = Write::Kind::remove, .table = &table, .row = std::move(key)};
}

}  // namespace parley::test
