// The inside of a directory: its tables with their indexes, and how a change is made, written down
// and undone.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "signaling/directory/directory.hpp"
#include "signaling/directory/rows.hpp"
#include "signaling/store/tables.hpp"

namespace parley::signaling {

struct Directory::Tables {
  using MembershipKey = std::pair<RoomId, UserId>;
  using StayKey = std::pair<DeviceId, RoomId>;
  using MissionRoom = std::pair<MissionId, RoomId>;

  Tables(DirectoryLimits bounds, RandomSource& source) : limits(bounds), random(source) {}
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  // Puts a record in its table, or takes it out; keeps the indexes.
  template <class Key, class Record>
  void set(std::map<Key, Record>& rows, const Key& key, std::optional<Record> record) {
    const auto found = rows.find(key);
    if (found != rows.end()) index(found->second, false);
    if (record) {
      index(*record, true);
      rows.insert_or_assign(found, key, std::move(*record));
    } else if (found != rows.end()) {
      rows.erase(found);
    }
  }

  // The same, written down in a draft.
  template <class Key, class Record>
  void put(std::map<Key, Record>& rows, const Table& table, const Key& key, Record record,
           Draft& draft) {
    note(rows, key, draft);
    draft.writes_.push_back({.kind = Write::Kind::put, .table = &table, .row = to_row(record)});
    set(rows, key, std::optional(std::move(record)));
  }
  template <class Key, class Record>
  void remove(std::map<Key, Record>& rows, const Table& table, Key key, Draft& draft) {
    const auto found = rows.find(key);
    if (found == rows.end()) return;
    Row row = to_row(found->second);
    row.resize(table.key_columns);
    note(rows, key, draft);
    draft.writes_.push_back({.kind = Write::Kind::remove, .table = &table, .row = std::move(row)});
    set(rows, key, std::optional<Record>());
  }

  void put(User user, Draft& draft);
  void put(Device device, Draft& draft);
  void put(Enrolment enrolment, Draft& draft);
  void put(RoomRecord room, Draft& draft);
  void put(Mission mission, Draft& draft);
  void put(MembershipRecord membership, Draft& draft);
  void put(MissionRoom mission_room, Draft& draft);
  void write_down(Event event, const Actor& actor, Draft& draft);

  // What is deleted with something else.
  void forget_device(DeviceId device, Draft& draft);
  void forget_stays(RoomId room, UserId user, Draft& draft);

  template <class Id, class Record>
  Id new_id(const std::map<Id, Record>& rows) {
    for (;;) {
      const Id id{random.next_u64()};
      if (!id.is_none() && !rows.contains(id)) return id;
    }
  }

  // Whether everything the record refers to is there.
  [[nodiscard]] bool is_rooted(const Device& device) const;
  [[nodiscard]] bool is_rooted(const Enrolment& enrolment) const;
  [[nodiscard]] bool is_rooted(const MembershipRecord& membership) const;
  [[nodiscard]] bool is_rooted(const MissionRoom& mission_room) const;
  [[nodiscard]] bool is_rooted(const SessionRecord& session) const;
  [[nodiscard]] bool is_rooted(const Stay& stay) const;
  template <class Record>
  [[nodiscard]] bool is_rooted(const Record&) const {
    return true;
  }

  void index(const User& user, bool is_there);
  void index(const Device& device, bool is_there);
  void index(const Enrolment& enrolment, bool is_there);
  void index(const RoomRecord& room, bool is_there);
  void index(const Mission& mission, bool is_there);
  void index(const MembershipRecord& membership, bool is_there);
  void index(const MissionRoom&, bool) {}
  void index(const SessionRecord&, bool) {}
  void index(const Stay&, bool) {}

  DirectoryLimits limits;
  RandomSource& random;

  std::map<UserId, User> users;
  std::map<DeviceId, Device> devices;
  std::map<EnrolmentId, Enrolment> enrolments;
  std::map<RoomId, RoomRecord> rooms;
  std::map<MissionId, Mission> missions;
  std::map<MissionRoom, MissionRoom> mission_rooms;
  std::map<MembershipKey, MembershipRecord> memberships;
  std::map<DeviceId, SessionRecord> sessions;
  std::map<StayKey, Stay> stays;
  std::uint64_t last_event = 0;
  EventHash last_hash{};

  std::map<std::string, UserId, std::less<>> users_by_name;
  std::map<std::string, RoomId, std::less<>> rooms_by_name;
  std::map<std::string, MissionId, std::less<>> missions_by_name;
  std::map<KeyFingerprint, DeviceId> devices_by_key;
  std::set<std::pair<WallTime, EnrolmentId>> enrolments_by_end;
  std::set<std::pair<UserId, DeviceId>> devices_by_user;
  std::set<std::pair<UserId, RoomId>> rooms_by_user;
  std::map<RoomId, std::size_t> member_counts;

 private:
  template <class Key, class Record>
  void note(std::map<Key, Record>& rows, const Key& key, Draft& draft) {
    const auto found = rows.find(key);
    std::optional<Record> before;
    if (found != rows.end()) before = found->second;
    draft.undo_.push_back([this, &rows, key, before] { set(rows, key, before); });
  }
};

}  // namespace parley::signaling
