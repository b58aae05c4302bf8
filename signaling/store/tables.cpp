#include "signaling/store/tables.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace parley::signaling {
namespace {

constexpr ColumnType kNumber = ColumnType::number;
constexpr ColumnType kText = ColumnType::text;
constexpr ColumnType kBlob = ColumnType::blob;

// Times are microseconds since 1970; 0 in a bound: none.
constexpr Column kOrganisationColumns[] = {{"id", kNumber}, {"name", kText}, {"created", kNumber}};
constexpr Column kUserColumns[] = {{"id", kNumber},          {"name", kText},
                                   {"delegation", kText},    {"is_admin", kNumber},
                                   {"may_create", kNumber},  {"is_guest", kNumber},
                                   {"is_disabled", kNumber}, {"valid_from", kNumber},
                                   {"valid_until", kNumber}, {"created", kNumber}};
constexpr Column kDeviceColumns[] = {{"id", kNumber},
                                     {"owner", kNumber},
                                     {"label", kText},
                                     {"state", kNumber},
                                     {"fingerprint", kBlob},
                                     {"public_key", kBlob},
                                     {"enrolled", kNumber},
                                     {"credential_until", kNumber},
                                     {"credential_serial", kNumber}};
constexpr Column kEnrolmentColumns[] = {{"id", kBlob},
                                        {"owner", kNumber},
                                        {"valid_until", kNumber},
                                        {"is_approved", kNumber},
                                        {"chooses_name", kNumber},
                                        {"used_by", kNumber}};
constexpr Column kRoomColumns[] = {
    {"id", kNumber},        {"name", kText},        {"policy", kBlob},
    {"opens", kNumber},     {"closes", kNumber},    {"cap", kNumber},
    {"is_locked", kNumber}, {"has_lobby", kNumber}, {"next_member", kNumber}};
constexpr Column kMissionColumns[] = {{"id", kNumber},
                                      {"name", kText},
                                      {"valid_from", kNumber},
                                      {"valid_until", kNumber},
                                      {"is_ended", kNumber}};
constexpr Column kMissionRoomColumns[] = {{"mission", kNumber}, {"room", kNumber}};
constexpr Column kMembershipColumns[] = {
    {"room", kNumber},        {"member", kNumber},    {"role", kNumber},  {"may_talk", kNumber},
    {"max_tier", kNumber},    {"max_level", kNumber}, {"place", kNumber}, {"valid_from", kNumber},
    {"valid_until", kNumber}, {"mission", kNumber}};
constexpr Column kSessionColumns[] = {{"device", kNumber},
                                      {"transport", kNumber},
                                      {"peer", kNumber},
                                      {"talk_room", kNumber},
                                      {"muted", kNumber}};
constexpr Column kStayColumns[] = {
    {"device", kNumber},     {"room", kNumber},  {"member", kNumber},     {"is_inside", kNumber},
    {"first_slot", kNumber}, {"slots", kNumber}, {"hand_raised", kNumber}};
constexpr Column kEventColumns[] = {{"number", kNumber}, {"at", kNumber},      {"kind", kNumber},
                                    {"actor", kNumber},  {"person", kNumber},  {"device", kNumber},
                                    {"room", kNumber},   {"mission", kNumber}, {"code", kNumber},
                                    {"detail", kText},   {"hash", kBlob}};

// "user" is a reserved word in SQL: owner, member and person stand for it.
constexpr std::string_view kSteps[] = {
    R"sql(
    CREATE TABLE organisation (id BIGINT PRIMARY KEY, name TEXT NOT NULL, created BIGINT NOT NULL);
    CREATE TABLE users (
      id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, delegation TEXT NOT NULL,
      is_admin BIGINT NOT NULL, may_create BIGINT NOT NULL, is_guest BIGINT NOT NULL,
      is_disabled BIGINT NOT NULL, valid_from BIGINT NOT NULL, valid_until BIGINT NOT NULL,
      created BIGINT NOT NULL);
    CREATE TABLE devices (
      id BIGINT PRIMARY KEY, owner BIGINT NOT NULL REFERENCES users (id), label TEXT NOT NULL,
      state BIGINT NOT NULL, fingerprint BYTEA NOT NULL UNIQUE, public_key BYTEA NOT NULL,
      enrolled BIGINT NOT NULL, credential_until BIGINT NOT NULL,
      credential_serial BIGINT NOT NULL);
    CREATE TABLE enrolments (
      id BYTEA PRIMARY KEY, owner BIGINT NOT NULL REFERENCES users (id),
      valid_until BIGINT NOT NULL, is_approved BIGINT NOT NULL,
      chooses_name BIGINT NOT NULL, used_by BIGINT NOT NULL);
    CREATE TABLE rooms (
      id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, policy BYTEA NOT NULL,
      opens BIGINT NOT NULL, closes BIGINT NOT NULL, cap BIGINT NOT NULL,
      is_locked BIGINT NOT NULL, has_lobby BIGINT NOT NULL, next_member BIGINT NOT NULL);
    CREATE TABLE missions (
      id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, valid_from BIGINT NOT NULL,
      valid_until BIGINT NOT NULL, is_ended BIGINT NOT NULL);
    CREATE TABLE mission_rooms (
      mission BIGINT NOT NULL REFERENCES missions (id), room BIGINT NOT NULL REFERENCES rooms (id),
      PRIMARY KEY (mission, room));
    CREATE TABLE memberships (
      room BIGINT NOT NULL REFERENCES rooms (id), member BIGINT NOT NULL REFERENCES users (id),
      role BIGINT NOT NULL, may_talk BIGINT NOT NULL, max_tier BIGINT NOT NULL,
      max_level BIGINT NOT NULL, place BIGINT NOT NULL, valid_from BIGINT NOT NULL,
      valid_until BIGINT NOT NULL, mission BIGINT NOT NULL,
      PRIMARY KEY (room, member));
    CREATE TABLE sessions (
      device BIGINT PRIMARY KEY REFERENCES devices (id), transport BIGINT NOT NULL,
      peer BIGINT NOT NULL, talk_room BIGINT NOT NULL, muted BIGINT NOT NULL);
    CREATE TABLE stays (
      device BIGINT NOT NULL REFERENCES devices (id), room BIGINT NOT NULL REFERENCES rooms (id),
      member BIGINT NOT NULL, is_inside BIGINT NOT NULL, first_slot BIGINT NOT NULL,
      slots BIGINT NOT NULL, hand_raised BIGINT NOT NULL,
      PRIMARY KEY (device, room));
    CREATE TABLE events (
      number BIGINT PRIMARY KEY, at BIGINT NOT NULL, kind BIGINT NOT NULL, actor BIGINT NOT NULL,
      person BIGINT NOT NULL, device BIGINT NOT NULL, room BIGINT NOT NULL,
      mission BIGINT NOT NULL, code BIGINT NOT NULL, detail TEXT NOT NULL, hash BYTEA NOT NULL);
    )sql",
};

// "a, b, c" of some columns.
std::string list(std::span<const Column> columns) {
  std::string text;
  for (const Column& column : columns) {
    if (!text.empty()) text += ", ";
    text += column.name;
  }
  return text;
}

std::string parameters(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) text += (i == 1 ? "$" : ", $") + std::to_string(i);
  return text;
}

}  // namespace

namespace tables {
const Table kOrganisation{"organisation", kOrganisationColumns, 1};
const Table kUsers{"users", kUserColumns, 1};
const Table kDevices{"devices", kDeviceColumns, 1};
const Table kEnrolments{"enrolments", kEnrolmentColumns, 1};
const Table kRooms{"rooms", kRoomColumns, 1};
const Table kMissions{"missions", kMissionColumns, 1};
const Table kMissionRooms{"mission_rooms", kMissionRoomColumns, 2};
const Table kMemberships{"memberships", kMembershipColumns, 2};
const Table kSessions{"sessions", kSessionColumns, 1};
const Table kStays{"stays", kStayColumns, 2};
const Table kEvents{"events", kEventColumns, 1, true};
}  // namespace tables

std::span<const Table* const> all_tables() {
  using namespace tables;
  static constexpr std::array<const Table*, 11> kAll = {
      &kOrganisation, &kUsers,       &kDevices,  &kEnrolments, &kRooms, &kMissions,
      &kMissionRooms, &kMemberships, &kSessions, &kStays,      &kEvents};
  return kAll;
}

const Table* find_table(std::string_view name) {
  const auto found = std::ranges::find(all_tables(), name, &Table::name);
  return found == all_tables().end() ? nullptr : *found;
}

std::span<const std::string_view> schema_steps() { return kSteps; }

std::int64_t newest_version() { return kVersionsBefore + std::ssize(kSteps); }

std::string put_statement(const Table& table) {
  std::string text = "INSERT INTO " + std::string(table.name) + " (" + list(table.columns) +
                     ") VALUES (" + parameters(table.columns.size()) + ")";
  if (table.is_append_only) return text;
  text += " ON CONFLICT (" + list(table.columns.first(table.key_columns)) + ") DO ";
  const auto others = table.columns.subspan(table.key_columns);
  if (others.empty()) return text + "NOTHING";
  std::string changes;
  for (const Column& column : others) {
    changes += changes.empty() ? "UPDATE SET " : ", ";
    changes += std::string(column.name) + " = excluded." + std::string(column.name);
  }
  return text + changes;
}

std::string remove_statement(const Table& table) {
  std::string text = "DELETE FROM " + std::string(table.name);
  for (std::size_t i = 0; i < table.key_columns; ++i) {
    text += (i == 0 ? " WHERE " : " AND ") + std::string(table.columns[i].name) + " = $" +
            std::to_string(i + 1);
  }
  return text;
}

std::string read_statement(const Table& table) {
  return "SELECT " + list(table.columns) + " FROM " + std::string(table.name) + " ORDER BY " +
         list(table.columns.first(table.key_columns));
}

std::string read_events_statement() {
  return "SELECT " + list(tables::kEvents.columns) +
         " FROM events WHERE number > $1 ORDER BY number LIMIT $2";
}

std::string read_last_event_statement() {
  return "SELECT " + list(tables::kEvents.columns) + " FROM events ORDER BY number DESC LIMIT 1";
}

}  // namespace parley::signaling
