// The tables of a store, for every engine, and how older ones become these.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "signaling/store/rows.hpp"

namespace parley::signaling {

namespace tables {
extern const Table kOrganisation;
extern const Table kUsers;
extern const Table kDevices;
extern const Table kEnrolments;
extern const Table kRooms;
extern const Table kMissions;
extern const Table kMissionRooms;
extern const Table kMemberships;
extern const Table kSessions;
extern const Table kStays;
extern const Table kEvents;
}  // namespace tables

// In an order in which no row refers to one of a later table.
[[nodiscard]] std::span<const Table* const> all_tables();
// nullptr: there is none of this name.
[[nodiscard]] const Table* find_table(std::string_view name);

// Versions 1 and 2 were of another shape, in SQLite only; 0 is an empty database.
inline constexpr std::int64_t kVersionsBefore = 2;

// SQL of both engines. The first step makes version kVersionsBefore + 1 out of nothing, the next
// one the version after it, ...; a step that was released is never changed. The table of migrations
// has a row for each.
[[nodiscard]] std::span<const std::string_view> schema_steps();
[[nodiscard]] std::int64_t newest_version();
inline constexpr const char* kNewerVersion =
    "The database was written by a newer version of Parley.";

// Statements for one row, with parameters $1, $2, ... in the order of the columns.
[[nodiscard]] std::string put_statement(const Table& table);
[[nodiscard]] std::string remove_statement(const Table& table);  // the key columns
[[nodiscard]] std::string read_statement(const Table& table);
// Parameters: number after which, how many.
[[nodiscard]] std::string read_events_statement();
[[nodiscard]] std::string read_last_event_statement();

}  // namespace parley::signaling
