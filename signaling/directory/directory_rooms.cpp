// Rooms and who belongs to them.
#include <limits>

#include "signaling/directory/checks.hpp"
#include "signaling/directory/tables.hpp"

namespace parley::signaling {
namespace {

bool is_same(const RoomRecord& a, const RoomRecord& b) { return to_row(a) == to_row(b); }

bool is_same_policy(const RoomRecord& a, const RoomRecord& b) {
  return a.policy.SerializeAsString() == b.policy.SerializeAsString();
}

}  // namespace

Result<RoomId> Directory::create_room(RoomRecord room, const Actor& actor, Draft& draft) {
  if (auto sound = check_name(room.name); !sound) return std::unexpected(sound.error());
  if (auto sound = check_room(room); !sound) return std::unexpected(sound.error());
  if (find_room(room.name) != nullptr) return name_taken();
  if (rooms().size() >= tables_->limits.rooms) {
    return fail(ErrorCode::resource_exhausted, "There are as many rooms as there may be.");
  }
  room.id = tables_->new_id(tables_->rooms);
  room.next_member = 1;
  const RoomId id = room.id;
  tables_->put(std::move(room), draft);
  tables_->write_down({.kind = EventKind::room_created, .room = id}, actor, draft);
  return id;
}

Result<void> Directory::change_room(const RoomRecord& room, const Actor& actor, Draft& draft) {
  const RoomRecord* const before = find(room.id);
  if (before == nullptr) return no_such_room();
  if (auto sound = check_name(room.name); !sound) return sound;
  if (auto sound = check_room(room); !sound) return sound;
  const RoomRecord* const namesake = find_room(room.name);
  if (namesake != nullptr && namesake->id != room.id) return name_taken();
  RoomRecord changed = room;
  changed.next_member = before->next_member;
  if (is_same(changed, *before)) return {};
  const EventKind kind =
      is_same_policy(changed, *before) ? EventKind::room_changed : EventKind::policy_changed;
  tables_->put(std::move(changed), draft);
  tables_->write_down({.kind = kind, .room = room.id}, actor, draft);
  return {};
}

Result<void> Directory::remove_room(RoomId id, const Actor& actor, Draft& draft) {
  if (find(id) == nullptr) return no_such_room();
  for (const MembershipRecord& membership : members_of(id)) {
    tables_->forget_stays(id, membership.user, draft);
    tables_->remove(tables_->memberships, tables::kMemberships,
                    Tables::MembershipKey(id, membership.user), draft);
  }
  for (auto next = tables_->mission_rooms.begin(); next != tables_->mission_rooms.end();) {
    const Tables::MissionRoom mission_room = (next++)->first;
    if (mission_room.second != id) continue;
    tables_->remove(tables_->mission_rooms, tables::kMissionRooms, mission_room, draft);
  }
  tables_->remove(tables_->rooms, tables::kRooms, id, draft);
  tables_->write_down({.kind = EventKind::room_removed, .room = id}, actor, draft);
  return {};
}

Result<MemberId> Directory::next_member(RoomId id, Draft& draft) {
  const RoomRecord* const room = find(id);
  if (room == nullptr) return no_such_room();
  if (room->next_member == std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::resource_exhausted, "The room has had as many members as it may.");
  }
  RoomRecord counted = *room;
  const MemberId member{counted.next_member++};
  tables_->put(std::move(counted), draft);
  return member;
}

// `others`: how many the user has.
Result<void> Directory::has_place_for(const MembershipRecord& membership,
                                      std::size_t others) const {
  if (others >= tables_->limits.memberships_per_user) {
    return fail(ErrorCode::resource_exhausted, "This user is in as many rooms as he may be.");
  }
  if (member_count(membership.room) >= tables_->limits.members_per_room) {
    return fail(ErrorCode::resource_exhausted, "This room has as many members as it may.");
  }
  return {};
}

Result<void> Directory::set_membership(const MembershipRecord& membership, const Actor& actor,
                                       Draft& draft) {
  if (find(membership.room) == nullptr) return no_such_room();
  if (find(membership.user) == nullptr) return no_such_user();
  if (auto sound = check_validity(membership.validity); !sound) return sound;
  MembershipRecord placed = membership;
  if (const MembershipRecord* const before = find_membership(membership.room, membership.user)) {
    placed.place = before->place;
    if (*before == placed) return {};
  } else {
    const auto others = memberships_of(membership.user);
    if (auto room = has_place_for(membership, others.size()); !room) return room;
    placed.place = others.empty() ? 0 : others.back().place + 1;
  }
  tables_->put(placed, draft);
  tables_->write_down({.kind = EventKind::membership_set,
                       .user = membership.user,
                       .room = membership.room,
                       .mission = membership.mission,
                       .code = static_cast<std::uint32_t>(membership.rights.role)},
                      actor, draft);
  return {};
}

Result<void> Directory::remove_membership(RoomId room, UserId user, const Actor& actor,
                                          Draft& draft) {
  const Tables::MembershipKey key(room, user);
  if (!tables_->memberships.contains(key)) {
    return fail(ErrorCode::not_found, "This user is no member of this room.");
  }
  tables_->forget_stays(room, user, draft);
  tables_->remove(tables_->memberships, tables::kMemberships, key, draft);
  tables_->write_down({.kind = EventKind::membership_removed, .user = user, .room = room}, actor,
                      draft);
  return {};
}

}  // namespace parley::signaling
