#include "signaling/directory/directory.hpp"

#include <algorithm>
#include <ranges>

#include "base/check.hpp"
#include "signaling/directory/tables.hpp"

namespace parley::signaling {
namespace {

// Puts what `read` makes of each row into a table of the directory.
template <class Read, class Take>
Result<void> take_rows(const std::vector<Row>& rows, Read read, Take take) {
  for (const Row& row : rows) {
    auto record = read(row);
    if (!record) return std::unexpected(record.error());
    if (!take(std::move(*record))) {
      return fail(ErrorCode::invalid_argument, "The store refers to something that is not there.");
    }
  }
  return {};
}

template <class Map, class Key>
const typename Map::mapped_type* find_in(const Map& rows, const Key& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? nullptr : &found->second;
}

}  // namespace

Directory::Directory(DirectoryLimits limits, RandomSource& random)
    : tables_(std::make_unique<Tables>(limits, random)) {}
Directory::~Directory() = default;

Result<void> Directory::load(const Table& table, const std::vector<Row>& rows) {
  Tables& all = *tables_;
  const auto into = [&all](auto& records, auto key_of) {
    return [&all, &records, key_of](auto record) {
      if (!all.is_rooted(record)) return false;
      const auto key = key_of(record);
      all.set(records, key, std::optional(std::move(record)));
      return true;
    };
  };
  const auto id = [](const auto& record) { return record.id; };
  if (&table == &tables::kUsers) return take_rows(rows, user_from, into(all.users, id));
  if (&table == &tables::kDevices) return take_rows(rows, device_from, into(all.devices, id));
  if (&table == &tables::kEnrolments) {
    return take_rows(rows, enrolment_from, into(all.enrolments, id));
  }
  if (&table == &tables::kRooms) return take_rows(rows, room_from, into(all.rooms, id));
  if (&table == &tables::kMissions) return take_rows(rows, mission_from, into(all.missions, id));
  if (&table == &tables::kMissionRooms) {
    return take_rows(rows, mission_room_from,
                     into(all.mission_rooms, [](const auto& both) { return both; }));
  }
  if (&table == &tables::kMemberships) {
    return take_rows(rows, membership_from, into(all.memberships, [](const auto& record) {
                       return Tables::MembershipKey(record.room, record.user);
                     }));
  }
  if (&table == &tables::kSessions) {
    return take_rows(rows, session_from,
                     into(all.sessions, [](const auto& record) { return record.device; }));
  }
  if (&table == &tables::kStays) {
    return take_rows(rows, stay_from, into(all.stays, [](const auto& record) {
                       return Tables::StayKey(record.device, record.room);
                     }));
  }
  return {};  // the organisation is not the directory's; events are continued, not loaded
}

void Directory::continue_events(std::uint64_t number, const EventHash& hash) {
  tables_->last_event = number;
  tables_->last_hash = hash;
}

void Directory::undo(Draft& draft) {
  for (const auto& step : std::views::reverse(draft.undo_)) step();
  draft = {};
}

void Directory::record(Event event, const Actor& actor, Draft& draft) {
  tables_->write_down(std::move(event), actor, draft);
}

void Directory::put(const SessionRecord& session, Draft& draft) {
  tables_->put(tables_->sessions, tables::kSessions, session.device, session, draft);
}

void Directory::put(const Stay& stay, Draft& draft) {
  tables_->put(tables_->stays, tables::kStays, Tables::StayKey(stay.device, stay.room), stay,
               draft);
}

void Directory::remove_stay(DeviceId device, RoomId room, Draft& draft) {
  tables_->remove(tables_->stays, tables::kStays, Tables::StayKey(device, room), draft);
}

void Directory::remove_session(DeviceId device, Draft& draft) {
  tables_->forget_device(device, draft);
}

Result<void> Directory::may_sign_in(DeviceId id, WallTime now) const {
  const Device* const device = find(id);
  if (device == nullptr) return fail(ErrorCode::unauthenticated, "This device is not known.");
  if (device->state == DeviceState::revoked) {
    return fail(ErrorCode::unauthenticated, "This device was revoked.");
  }
  if (device->state == DeviceState::pending) {
    return fail(ErrorCode::failed_precondition, "This device has not been approved yet.");
  }
  const User* const user = find(device->user);
  PARLEY_CHECK(user != nullptr);
  if (user->is_disabled) return fail(ErrorCode::unauthenticated, "This user is disabled.");
  if (!user->validity.contains(now)) {
    return fail(ErrorCode::expired, "This user's time has not begun or is over.");
  }
  return {};
}

Result<MembershipRecord> Directory::may_stay(UserId user, RoomId id, WallTime now) const {
  const RoomRecord* const room = find(id);
  const MembershipRecord* const membership =
      find_in(tables_->memberships, Tables::MembershipKey(id, user));
  if (room == nullptr || membership == nullptr) {
    return fail(ErrorCode::not_found, "This user is no member of such a room.");
  }
  if (!membership->validity.contains(now)) {
    return fail(ErrorCode::expired, "This membership has not begun or is over.");
  }
  const bool is_leading =
      membership->rights.role == floor::CHAIR || membership->rights.role == floor::DISPATCHER;
  if (!is_leading && !room->open.contains(now)) {
    return fail(ErrorCode::expired, "The room is not open now.");
  }
  return *membership;
}

Result<MembershipRecord> Directory::may_enter(UserId user, RoomId id, WallTime now) const {
  auto membership = may_stay(user, id, now);
  if (membership && find(id)->is_locked) {
    return fail(ErrorCode::failed_precondition, "The room is locked.");
  }
  return membership;
}

std::optional<WallTime> Directory::next_change(WallTime now) const {
  std::optional<WallTime> next;
  const auto consider = [&](const Validity& validity) {
    for (const auto& bound : {validity.from, validity.until}) {
      if (bound && *bound > now && (!next || *bound < *next)) next = *bound;
    }
  };
  for (const auto& [id, user] : tables_->users) consider(user.validity);
  for (const auto& [id, room] : tables_->rooms) consider(room.open);
  for (const auto& [key, membership] : tables_->memberships) consider(membership.validity);
  for (const auto& [id, mission] : tables_->missions) {
    if (!mission.is_ended) consider(mission.validity);
  }
  return next;
}

const User* Directory::find(UserId user) const { return find_in(tables_->users, user); }
const Device* Directory::find(DeviceId device) const { return find_in(tables_->devices, device); }
const RoomRecord* Directory::find(RoomId room) const { return find_in(tables_->rooms, room); }
const Mission* Directory::find(MissionId mission) const {
  return find_in(tables_->missions, mission);
}

const User* Directory::find_user(std::string_view name) const {
  const UserId* const id = find_in(tables_->users_by_name, name);
  return id == nullptr ? nullptr : find(*id);
}

const RoomRecord* Directory::find_room(std::string_view name) const {
  const RoomId* const id = find_in(tables_->rooms_by_name, name);
  return id == nullptr ? nullptr : find(*id);
}

const Mission* Directory::find_mission(std::string_view name) const {
  const MissionId* const id = find_in(tables_->missions_by_name, name);
  return id == nullptr ? nullptr : find(*id);
}

const MembershipRecord* Directory::find_membership(RoomId room, UserId user) const {
  return find_in(tables_->memberships, Tables::MembershipKey(room, user));
}

const Device* Directory::find_device(const KeyFingerprint& key) const {
  const DeviceId* const id = find_in(tables_->devices_by_key, key);
  return id == nullptr ? nullptr : find(*id);
}

const std::map<UserId, User>& Directory::users() const { return tables_->users; }
const std::map<DeviceId, Device>& Directory::devices() const { return tables_->devices; }
const std::map<RoomId, RoomRecord>& Directory::rooms() const { return tables_->rooms; }
const std::map<MissionId, Mission>& Directory::missions() const { return tables_->missions; }
const std::map<std::pair<RoomId, UserId>, MembershipRecord>& Directory::memberships() const {
  return tables_->memberships;
}
const std::map<DeviceId, SessionRecord>& Directory::sessions() const { return tables_->sessions; }

std::vector<Stay> Directory::stays_of(DeviceId device) const {
  std::vector<Stay> found;
  for (auto next = tables_->stays.lower_bound({device, RoomId{}});
       next != tables_->stays.end() && next->first.first == device; ++next) {
    found.push_back(next->second);
  }
  return found;
}

const Stay* Directory::find_stay(DeviceId device, RoomId room) const {
  return find_in(tables_->stays, Tables::StayKey(device, room));
}

std::vector<DeviceId> Directory::devices_of(UserId user) const {
  std::vector<DeviceId> found;
  for (auto next = tables_->devices_by_user.lower_bound({user, DeviceId{}});
       next != tables_->devices_by_user.end() && next->first == user; ++next) {
    found.push_back(next->second);
  }
  return found;
}

std::vector<MembershipRecord> Directory::memberships_of(UserId user) const {
  std::vector<MembershipRecord> found;
  for (auto next = tables_->rooms_by_user.lower_bound({user, RoomId{}});
       next != tables_->rooms_by_user.end() && next->first == user; ++next) {
    found.push_back(tables_->memberships.at({next->second, user}));
  }
  std::ranges::sort(found, {}, &MembershipRecord::place);
  return found;
}

std::vector<MembershipRecord> Directory::members_of(MissionId mission) const {
  std::vector<MembershipRecord> found;
  for (const auto& [key, membership] : tables_->memberships) {
    if (membership.mission == mission) found.push_back(membership);
  }
  return found;
}

std::vector<RoomId> Directory::rooms_of(MissionId mission) const {
  std::vector<RoomId> found;
  for (auto next = tables_->mission_rooms.lower_bound({mission, RoomId{}});
       next != tables_->mission_rooms.end() && next->first.first == mission; ++next) {
    found.push_back(next->first.second);
  }
  return found;
}

std::vector<MembershipRecord> Directory::members_of(RoomId room) const {
  std::vector<MembershipRecord> found;
  for (auto next = tables_->memberships.lower_bound({room, UserId{}});
       next != tables_->memberships.end() && next->first.first == room; ++next) {
    found.push_back(next->second);
  }
  return found;
}

std::size_t Directory::member_count(RoomId room) const {
  const std::size_t* const count = find_in(tables_->member_counts, room);
  return count == nullptr ? 0 : *count;
}

std::uint64_t Directory::last_event() const { return tables_->last_event; }
const EventHash& Directory::last_hash() const { return tables_->last_hash; }

}  // namespace parley::signaling
