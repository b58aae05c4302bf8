// Everything at once: export, import, and how much there is.
#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "signaling/admin/job.hpp"

namespace parley::signaling {

using Answer = Result<admin::Answer>;

namespace {

constexpr std::size_t kPart = 2000;  // records of one answer

// Fills one part of an export, from a position on.
class Exporter {
 public:
  Exporter(const admin::Export& wish, admin::Records& into)
      : is_first_(!wish.has_after()), after_(wish.after()), into_(into) {}

  // `key_of` makes a key of the two ids of a position, `place` the position of a record.
  template <class Rows, class KeyOf, class Place, class Take>
  void add(admin::Position::Kind kind, const Rows& rows, KeyOf key_of, Place place, Take take) {
    if (!is_first_ && kind < after_.kind()) return;
    const bool is_inside = !is_first_ && kind == after_.kind();
    auto next =
        is_inside ? rows.upper_bound(key_of(after_.id(), after_.second_id())) : rows.begin();
    for (; next != rows.end(); ++next) {
      if (into_.has_next()) return;
      take(next->second);
      if (--left_ > 0) continue;
      admin::Position& position = *into_.mutable_next();
      position.set_kind(kind);
      place(next->first, position);
    }
  }

  template <class Id, class Record, class Take>
  void add(admin::Position::Kind kind, const std::map<Id, Record>& rows, Take take) {
    add(
        kind, rows, [](std::uint64_t id, std::uint64_t) { return Id{id}; },
        [](Id id, admin::Position& position) { position.set_id(id.value); }, take);
  }

 private:
  bool is_first_;
  const admin::Position& after_;
  admin::Records& into_;
  std::size_t left_ = kPart;
};

bool is_same(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

admin::Mission with_rooms(const Mission& mission, const Directory& directory) {
  admin::Mission message = to_message(mission);
  for (const RoomId room : directory.rooms_of(mission.id)) message.add_room_ids(room.value);
  return message;
}

// What a record would be if it were exported: answers to other questions may be imported too.
admin::Device plain(admin::Device device) {
  device.clear_user_name();
  device.clear_is_online();
  return device;
}
admin::Room plain(admin::Room room) {
  room.clear_present();
  if (room.next_member() == 0) room.set_next_member(1);
  return room;
}
admin::Mission plain(admin::Mission mission) {
  mission.clear_members();
  std::ranges::sort(*mission.mutable_room_ids());
  return mission;
}
admin::Membership plain(admin::Membership membership) {
  membership.clear_room_name();
  membership.clear_user_name();
  return membership;
}

Result<bool> added(const Result<void>& done) {
  if (!done) return std::unexpected(done.error());
  return true;
}

std::string in_words(const admin::Imported& imported) {
  return "users=" + std::to_string(imported.users()) +
         " devices=" + std::to_string(imported.devices()) +
         " rooms=" + std::to_string(imported.rooms()) +
         " missions=" + std::to_string(imported.missions()) +
         " memberships=" + std::to_string(imported.memberships());
}

}  // namespace

Answer AdminDesk::Job::do_export(const admin::Export& wish) {
  if (!wish.has_after()) directory.record({.kind = EventKind::exported}, actor, draft);
  admin::Answer answer;
  admin::Records& records = *answer.mutable_records();
  Exporter exporter(wish, records);
  exporter.add(admin::Position::USERS, directory.users(),
               [&](const User& user) { *records.add_users() = to_message(user); });
  exporter.add(admin::Position::DEVICES, directory.devices(),
               [&](const Device& device) { *records.add_devices() = to_message(device); });
  exporter.add(admin::Position::ROOMS, directory.rooms(),
               [&](const RoomRecord& room) { *records.add_rooms() = to_message(room); });
  exporter.add(admin::Position::MISSIONS, directory.missions(), [&](const Mission& mission) {
    *records.add_missions() = with_rooms(mission, directory);
  });
  exporter.add(
      admin::Position::MEMBERSHIPS, directory.memberships(),
      [](std::uint64_t room, std::uint64_t user) { return std::pair(RoomId{room}, UserId{user}); },
      [](const auto& key, admin::Position& position) {
        position.set_id(key.first.value);
        position.set_second_id(key.second.value);
      },
      [&](const MembershipRecord& record) { *records.add_memberships() = to_message(record); });
  return answer;
}

// One record: false, it is here already, the same.
Result<bool> AdminDesk::Job::import_one(const admin::User& user) {
  const User* const before = directory.find(UserId{user.user_id()});
  if (before != nullptr && is_same(to_message(*before), user)) return false;
  return added(directory.import_user(to_record(user), draft));
}

Result<bool> AdminDesk::Job::import_one(const admin::Device& device) {
  const Device* const before = directory.find(DeviceId{device.device_id()});
  if (before != nullptr && is_same(to_message(*before), plain(device))) return false;
  return added(directory.import_device(to_record(device), draft));
}

Result<bool> AdminDesk::Job::import_one(const admin::Room& message) {
  const admin::Room room = plain(message);
  const RoomRecord* const before = directory.find(RoomId{room.room_id()});
  if (before != nullptr && is_same(to_message(*before), room)) return false;
  return added(directory.import_room(to_record(room), draft));
}

Result<bool> AdminDesk::Job::import_one(const admin::Mission& message) {
  const admin::Mission mission = plain(message);
  const Mission* const before = directory.find(MissionId{mission.mission_id()});
  if (before != nullptr && is_same(with_rooms(*before, directory), mission)) return false;
  std::vector<RoomId> rooms;
  for (const std::uint64_t room : mission.room_ids()) rooms.push_back(RoomId{room});
  return added(directory.import_mission(to_record(mission), rooms, draft));
}

Result<bool> AdminDesk::Job::import_one(const admin::Membership& membership) {
  const MembershipRecord* const before =
      directory.find_membership(RoomId{membership.room_id()}, UserId{membership.user_id()});
  if (before != nullptr && is_same(to_message(*before), plain(membership))) return false;
  return added(directory.import_membership(to_record(membership), draft));
}

// How many were added.
template <class Records>
Result<std::uint32_t> AdminDesk::Job::import_all(const Records& records) {
  std::uint32_t count = 0;
  for (const auto& record : records) {
    const auto is_added = import_one(record);
    if (!is_added) return std::unexpected(is_added.error());
    if (*is_added) ++count;
  }
  return count;
}

Answer AdminDesk::Job::do_import(const admin::Import& wish) {
  const admin::Records& records = wish.records();
  const auto users = import_all(records.users());
  if (!users) return std::unexpected(users.error());
  const auto devices = import_all(records.devices());
  if (!devices) return std::unexpected(devices.error());
  const auto rooms = import_all(records.rooms());
  if (!rooms) return std::unexpected(rooms.error());
  const auto missions = import_all(records.missions());
  if (!missions) return std::unexpected(missions.error());
  const auto memberships = import_all(records.memberships());
  if (!memberships) return std::unexpected(memberships.error());

  admin::Answer answer;
  admin::Imported& imported = *answer.mutable_imported();
  imported.set_users(*users);
  imported.set_devices(*devices);
  imported.set_rooms(*rooms);
  imported.set_missions(*missions);
  imported.set_memberships(*memberships);
  directory.record({.kind = EventKind::imported, .detail = in_words(imported)}, actor, draft);
  return answer;
}

Answer AdminDesk::Job::do_show_status() {
  const auto count = [](const auto& records, auto is_counted) {
    return static_cast<std::uint32_t>(std::ranges::count_if(
        records, [&](const auto& entry) { return is_counted(entry.second); }));
  };
  const auto size = [](const auto& records) { return static_cast<std::uint32_t>(records.size()); };
  admin::Answer answer;
  admin::Status& status = *answer.mutable_status();
  status.set_organisation(defaults.organisation);
  status.set_authority_fingerprint(std::string(as_text(defaults.authority_fingerprint)));
  status.set_users(size(directory.users()));
  status.set_guests(count(directory.users(), [](const User& user) { return user.is_guest; }));
  status.set_administrators(
      count(directory.users(), [](const User& user) { return user.is_admin; }));
  status.set_devices(size(directory.devices()));
  status.set_pending_devices(count(directory.devices(), [](const Device& device) {
    return device.state == DeviceState::pending;
  }));
  status.set_devices_online(count(
      directory.devices(), [this](const Device& device) { return live.is_online(device.id); }));
  status.set_rooms(size(directory.rooms()));
  status.set_missions(
      count(directory.missions(), [](const Mission& mission) { return !mission.is_ended; }));
  status.set_last_event(directory.last_event());
  status.set_last_hash(std::string(as_text(directory.last_hash())));
  return answer;
}

}  // namespace parley::signaling
