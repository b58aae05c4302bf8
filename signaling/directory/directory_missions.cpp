// Missions: people and rooms for a time, ended all at once.
#include <algorithm>

#include "signaling/directory/checks.hpp"
#include "signaling/directory/tables.hpp"

namespace parley::signaling {

Result<MissionId> Directory::create_mission(Mission mission, const std::vector<UserId>& users,
                                            const std::vector<RoomId>& rooms, const Actor& actor,
                                            Draft& draft) {
  if (auto sound = check_name(mission.name); !sound) return std::unexpected(sound.error());
  if (auto sound = check_validity(mission.validity); !sound) {
    return std::unexpected(sound.error());
  }
  if (find_mission(mission.name) != nullptr) return name_taken();
  if (missions().size() >= tables_->limits.missions) {
    return fail(ErrorCode::resource_exhausted, "There are as many missions as there may be.");
  }
  mission.id = tables_->new_id(tables_->missions);
  mission.is_ended = false;
  const MissionId id = mission.id;
  const Validity validity = mission.validity;
  tables_->put(std::move(mission), draft);
  tables_->write_down({.kind = EventKind::mission_created, .mission = id}, actor, draft);
  for (const RoomId room : rooms) {
    if (find(room) == nullptr) return no_such_room();
    tables_->put(Tables::MissionRoom(id, room), draft);
    for (const UserId user : users) {
      if (find_membership(room, user) != nullptr) continue;  // it outlives the mission
      const auto added = set_membership(
          {.room = room, .user = user, .validity = validity, .mission = id}, actor, draft);
      if (!added) return std::unexpected(added.error());
    }
  }
  return id;
}

Result<std::vector<DeviceId>> Directory::end_mission(MissionId id, const Actor& actor,
                                                     Draft& draft) {
  const Mission* const mission = find(id);
  if (mission == nullptr) return fail(ErrorCode::not_found, "There is no such mission.");
  if (mission->is_ended) {
    return fail(ErrorCode::failed_precondition, "This mission has ended already.");
  }
  Mission ended = *mission;
  ended.is_ended = true;
  tables_->put(std::move(ended), draft);
  tables_->write_down({.kind = EventKind::mission_ended, .mission = id}, actor, draft);

  std::vector<UserId> people;
  for (const MembershipRecord& membership : members_of(id)) {
    // It was there a moment ago.
    (void)remove_membership(membership.room, membership.user, actor, draft);
    people.push_back(membership.user);
  }
  for (const RoomId room : rooms_of(id)) {
    RoomRecord locked = *find(room);
    locked.is_locked = true;
    (void)change_room(locked, actor, draft);  // its rules were checked when it was made
  }
  return revoke_guests(people, actor, draft);
}

// Who was here for the mission only has nothing left to do here.
std::vector<DeviceId> Directory::revoke_guests(std::vector<UserId> people, const Actor& actor,
                                               Draft& draft) {
  std::ranges::sort(people);
  const auto repeated = std::ranges::unique(people);
  people.erase(repeated.begin(), repeated.end());
  std::vector<DeviceId> revoked;
  for (const UserId user : people) {
    if (!find(user)->is_guest || !memberships_of(user).empty()) continue;
    for (const DeviceId device : devices_of(user)) {
      if (find(device)->state == DeviceState::revoked) continue;
      (void)revoke_device(device, actor, draft);
      revoked.push_back(device);
    }
  }
  return revoked;
}

}  // namespace parley::signaling
