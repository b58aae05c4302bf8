#include "signaling/directory/tables.hpp"

namespace parley::signaling {
namespace {

template <class Index, class Key, class Value>
void keep(Index& index, bool is_there, Key key, Value value) {
  if (is_there) {
    index.insert_or_assign(std::move(key), std::move(value));
  } else {
    index.erase(key);
  }
}

template <class Set, class Entry>
void keep(Set& index, bool is_there, Entry entry) {
  if (is_there) {
    index.insert(std::move(entry));
  } else {
    index.erase(entry);
  }
}

}  // namespace

void Directory::Tables::index(const User& user, bool is_there) {
  keep(users_by_name, is_there, user.name, user.id);
}

void Directory::Tables::index(const Device& device, bool is_there) {
  keep(devices_by_key, is_there, device.key, device.id);
  keep(devices_by_user, is_there, std::pair(device.user, device.id));
}

void Directory::Tables::index(const Enrolment& enrolment, bool is_there) {
  keep(enrolments_by_end, is_there, std::pair(enrolment.until, enrolment.id));
}

void Directory::Tables::index(const RoomRecord& room, bool is_there) {
  keep(rooms_by_name, is_there, room.name, room.id);
}

void Directory::Tables::index(const Mission& mission, bool is_there) {
  keep(missions_by_name, is_there, mission.name, mission.id);
}

void Directory::Tables::index(const MembershipRecord& membership, bool is_there) {
  keep(rooms_by_user, is_there, std::pair(membership.user, membership.room));
  std::size_t& count = member_counts[membership.room];
  count = is_there ? count + 1 : count - 1;
  if (count == 0) member_counts.erase(membership.room);
}

bool Directory::Tables::is_rooted(const Device& device) const {
  return users.contains(device.user);
}
bool Directory::Tables::is_rooted(const Enrolment& enrolment) const {
  return users.contains(enrolment.user);
}
bool Directory::Tables::is_rooted(const MembershipRecord& membership) const {
  return rooms.contains(membership.room) && users.contains(membership.user);
}
bool Directory::Tables::is_rooted(const MissionRoom& mission_room) const {
  return missions.contains(mission_room.first) && rooms.contains(mission_room.second);
}
bool Directory::Tables::is_rooted(const SessionRecord& session) const {
  return devices.contains(session.device);
}
bool Directory::Tables::is_rooted(const Stay& stay) const {
  return devices.contains(stay.device) && rooms.contains(stay.room);
}

void Directory::Tables::put(User user, Draft& draft) {
  const UserId id = user.id;
  put(users, tables::kUsers, id, std::move(user), draft);
}

void Directory::Tables::put(Device device, Draft& draft) {
  const DeviceId id = device.id;
  put(devices, tables::kDevices, id, std::move(device), draft);
}

void Directory::Tables::put(Enrolment enrolment, Draft& draft) {
  put(enrolments, tables::kEnrolments, enrolment.id, enrolment, draft);
}

void Directory::Tables::put(RoomRecord room, Draft& draft) {
  const RoomId id = room.id;
  put(rooms, tables::kRooms, id, std::move(room), draft);
}

void Directory::Tables::put(Mission mission, Draft& draft) {
  const MissionId id = mission.id;
  put(missions, tables::kMissions, id, std::move(mission), draft);
}

void Directory::Tables::put(MembershipRecord membership, Draft& draft) {
  put(memberships, tables::kMemberships, MembershipKey(membership.room, membership.user),
      membership, draft);
}

void Directory::Tables::put(MissionRoom mission_room, Draft& draft) {
  put(mission_rooms, tables::kMissionRooms, mission_room, mission_room, draft);
}

void Directory::Tables::write_down(Event event, const Actor& actor, Draft& draft) {
  event.number = last_event + 1;
  event.at = actor.now;
  event.actor = actor.device;
  const EventHash hash = chain(last_hash, event);
  draft.undo_.push_back([this, number = last_event, before = last_hash] {
    last_event = number;
    last_hash = before;
  });
  draft.writes_.push_back({.kind = Write::Kind::put,
                           .table = &tables::kEvents,
                           .row = to_row(StoredEvent{.event = event, .hash = hash})});
  last_event = event.number;
  last_hash = hash;
  draft.events_.push_back(std::move(event));
}

void Directory::Tables::forget_device(DeviceId device, Draft& draft) {
  for (auto next = stays.lower_bound({device, RoomId{}});
       next != stays.end() && next->first.first == device;) {
    remove(stays, tables::kStays, StayKey((next++)->first), draft);
  }
  remove(sessions, tables::kSessions, device, draft);
}

void Directory::Tables::forget_stays(RoomId room, UserId user, Draft& draft) {
  for (auto next = devices_by_user.lower_bound({user, DeviceId{}});
       next != devices_by_user.end() && next->first == user; ++next) {
    remove(stays, tables::kStays, StayKey(next->second, room), draft);
  }
}

}  // namespace parley::signaling
