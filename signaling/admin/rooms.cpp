// Rooms and who belongs to them.
#include "signaling/admin/job.hpp"
#include "signaling/admin/room_rules.hpp"

namespace parley::signaling {

using Answer = Result<admin::Answer>;

Answer AdminDesk::Job::do_list_rooms(const admin::ListRooms& list) {
  admin::Answer answer;
  admin::Rooms& page = *answer.mutable_rooms();
  page.set_has_more(take_page(directory.rooms(), list.page(), [&](const RoomRecord& room) {
    *page.add_rooms() = show(room, live);
  }));
  return answer;
}

admin::Answer AdminDesk::Job::answer_room(RoomId room) const {
  admin::Answer answer;
  *answer.mutable_room() = show(*directory.find(room), live);
  return answer;
}

Answer AdminDesk::Job::do_show_room(const admin::ShowRoom& wish) {
  const auto room = find_room(directory, wish.room());
  if (!room) return std::unexpected(room.error());
  return answer_room((*room)->id);
}

Answer AdminDesk::Job::do_create_room(const admin::CreateRoom& wish) {
  RoomRecord record = to_record(wish.room());
  const auto policy = combine({}, {.mode = record.policy.mode(), .rules = record.policy});
  if (!policy) return std::unexpected(policy.error());
  record.policy = *policy;
  const auto room = directory.create_room(std::move(record), actor, draft);
  if (!room) return std::unexpected(room.error());
  return answer_room(*room);
}

Result<RoomId> AdminDesk::Job::room_or_new(const admin::Ref& ref, bool creates) {
  const auto room = find_room(directory, ref);
  if (room) return (*room)->id;
  const bool is_missing = room.error().code == ErrorCode::not_found;
  if (!creates || !is_missing || ref.id() != 0) return std::unexpected(room.error());
  return directory.create_room({.name = ref.name()}, actor, draft);
}

Answer AdminDesk::Job::do_change_room(const admin::ChangeRoom& change) {
  const auto room = room_or_new(change.room(), change.creates());
  if (!room) return std::unexpected(room.error());
  RoomRecord changed = *directory.find(*room);
  const auto mode = change.has_mode() ? std::optional(change.mode()) : std::nullopt;
  const auto policy =
      combine(changed.policy,
              {.from_defaults = change.from_defaults(), .mode = mode, .rules = change.policy()});
  if (!policy) return std::unexpected(policy.error());
  changed.policy = *policy;
  if (change.has_name()) changed.name = change.name();
  if (change.has_opens()) changed.open.from = to_bound(change.opens());
  if (change.has_closes()) changed.open.until = to_bound(change.closes());
  if (change.has_cap()) changed.cap = change.cap();
  if (change.has_is_locked()) changed.is_locked = change.is_locked();
  if (change.has_has_lobby()) changed.has_lobby = change.has_lobby();
  if (const auto done = directory.change_room(changed, actor, draft); !done) {
    return std::unexpected(done.error());
  }
  return answer_room(*room);
}

Answer AdminDesk::Job::do_remove_room(const admin::RemoveRoom& wish) {
  const auto room = find_room(directory, wish.room());
  if (!room) return std::unexpected(room.error());
  const auto removed = directory.remove_room((*room)->id, actor, draft);
  if (!removed) return std::unexpected(removed.error());
  return done();
}

Answer AdminDesk::Job::do_list_members(const admin::ListMembers& list) {
  if (list.has_user()) return list_rooms_of(list.user());
  const auto room = find_room(directory, list.room());
  if (!room) return std::unexpected(room.error());
  admin::Answer answer;
  admin::Members& page = *answer.mutable_members();
  std::uint32_t left = page_limit(list.page().limit());
  for (const MembershipRecord& member : directory.members_of((*room)->id)) {
    if (member.user.value <= list.page().after_id()) continue;
    if (left-- == 0) {
      page.set_has_more(true);
      break;
    }
    *page.add_members() = show(member, directory);
  }
  return answer;
}

Answer AdminDesk::Job::list_rooms_of(const admin::Ref& ref) const {
  const auto user = find_user(directory, ref);
  if (!user) return std::unexpected(user.error());
  admin::Answer answer;
  admin::Members& page = *answer.mutable_members();
  for (const MembershipRecord& membership : directory.memberships_of((*user)->id)) {
    *page.add_members() = show(membership, directory);
  }
  return answer;
}

Answer AdminDesk::Job::do_set_member(const admin::SetMember& change) {
  const auto room = find_room(directory, change.room());
  if (!room) return std::unexpected(room.error());
  const auto user = find_user(directory, change.user());
  if (!user) return std::unexpected(user.error());
  const RoomId room_id = (*room)->id;
  const UserId user_id = (*user)->id;
  const MembershipRecord* const before = directory.find_membership(room_id, user_id);
  MembershipRecord changed =
      before != nullptr ? *before : MembershipRecord{.room = room_id, .user = user_id};
  MemberRights& rights = changed.rights;
  if (change.has_role()) {
    rights.role = change.role();
    rights.may_talk = talks(change.role());
  }
  if (change.has_may_talk()) rights.may_talk = change.may_talk();
  if (change.has_max_tier()) rights.max_tier = change.max_tier();
  if (change.has_max_level()) rights.max_level = static_cast<std::uint8_t>(change.max_level());
  if (change.has_from()) changed.validity.from = to_bound(change.from());
  if (change.has_until()) changed.validity.until = to_bound(change.until());
  if (const auto done = directory.set_membership(changed, actor, draft); !done) {
    return std::unexpected(done.error());
  }
  admin::Answer answer;
  *answer.mutable_membership() = show(*directory.find_membership(room_id, user_id), directory);
  return answer;
}

Answer AdminDesk::Job::do_remove_member(const admin::RemoveMember& wish) {
  const auto room = find_room(directory, wish.room());
  if (!room) return std::unexpected(room.error());
  const auto user = find_user(directory, wish.user());
  if (!user) return std::unexpected(user.error());
  const auto removed = directory.remove_membership((*room)->id, (*user)->id, actor, draft);
  if (!removed) return std::unexpected(removed.error());
  return done();
}

}  // namespace parley::signaling
