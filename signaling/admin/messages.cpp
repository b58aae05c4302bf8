#include "signaling/admin/messages.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"

namespace parley::signaling {

namespace {

std::uint64_t bound_seconds(const std::optional<WallTime>& bound) {
  return bound ? to_seconds(*bound) : 0;
}

Validity to_validity(std::uint64_t from, std::uint64_t until) {
  return {.from = to_bound(from), .until = to_bound(until)};
}

}  // namespace

std::uint64_t to_seconds(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0));
}

WallTime to_time(std::uint64_t seconds) {
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

std::optional<WallTime> to_bound(std::uint64_t seconds) {
  return seconds == 0 ? std::nullopt : std::optional(to_time(seconds));
}

// ---- to messages --------------------------------------------------------------------------------

admin::User to_message(const User& user) {
  admin::User message;
  message.set_user_id(user.id.value);
  message.set_name(user.name);
  message.set_delegation(user.delegation);
  message.set_is_admin(user.is_admin);
  message.set_may_create_rooms(user.may_create_rooms);
  message.set_is_guest(user.is_guest);
  message.set_is_disabled(user.is_disabled);
  message.set_from(bound_seconds(user.validity.from));
  message.set_until(bound_seconds(user.validity.until));
  message.set_created(to_seconds(user.created));
  return message;
}

admin::Device to_message(const Device& device) {
  admin::Device message;
  message.set_device_id(device.id.value);
  message.set_user_id(device.user.value);
  message.set_label(device.label);
  message.set_state(static_cast<admin::Device::State>(std::to_underlying(device.state)));
  message.set_key_fingerprint(std::string(as_text(device.key)));
  message.set_enrolled(to_seconds(device.enrolled));
  message.set_credential_until(to_seconds(device.credential_until));
  message.set_public_key(device.public_key);
  message.set_credential_serial(device.credential_serial);
  return message;
}

admin::Room to_message(const RoomRecord& room) {
  admin::Room message;
  message.set_room_id(room.id.value);
  message.set_name(room.name);
  *message.mutable_policy() = room.policy;
  message.set_opens(bound_seconds(room.open.from));
  message.set_closes(bound_seconds(room.open.until));
  message.set_cap(room.cap);
  message.set_is_locked(room.is_locked);
  message.set_has_lobby(room.has_lobby);
  message.set_next_member(room.next_member);
  return message;
}

admin::Mission to_message(const Mission& mission) {
  admin::Mission message;
  message.set_mission_id(mission.id.value);
  message.set_name(mission.name);
  message.set_from(bound_seconds(mission.validity.from));
  message.set_until(bound_seconds(mission.validity.until));
  message.set_is_ended(mission.is_ended);
  return message;
}

admin::Membership to_message(const MembershipRecord& membership) {
  admin::Membership message;
  message.set_room_id(membership.room.value);
  message.set_user_id(membership.user.value);
  message.set_role(membership.rights.role);
  message.set_may_talk(membership.rights.may_talk);
  message.set_max_tier(membership.rights.max_tier);
  message.set_max_level(membership.rights.max_level);
  message.set_from(bound_seconds(membership.validity.from));
  message.set_until(bound_seconds(membership.validity.until));
  message.set_mission_id(membership.mission.value);
  message.set_place(membership.place);
  return message;
}

// ---- from messages ------------------------------------------------------------------------------

User to_record(const admin::User& user) {
  return {.id = UserId{user.user_id()},
          .name = user.name(),
          .delegation = user.delegation(),
          .is_admin = user.is_admin(),
          .may_create_rooms = user.may_create_rooms(),
          .is_guest = user.is_guest(),
          .is_disabled = user.is_disabled(),
          .validity = to_validity(user.from(), user.until()),
          .created = to_time(user.created())};
}

Device to_record(const admin::Device& device) {
  Device record{.id = DeviceId{device.device_id()},
                .user = UserId{device.user_id()},
                .label = device.label(),
                .state = static_cast<DeviceState>(device.state()),
                .public_key = device.public_key(),
                .enrolled = to_time(device.enrolled()),
                .credential_until = to_time(device.credential_until()),
                .credential_serial = device.credential_serial()};
  const Bytes key = as_bytes(device.key_fingerprint());
  std::copy_n(key.begin(), std::min(key.size(), record.key.size()), record.key.begin());
  return record;
}

RoomRecord to_record(const admin::Room& room) {
  return {.id = RoomId{room.room_id()},
          .name = room.name(),
          .policy = room.policy(),
          .open = to_validity(room.opens(), room.closes()),
          .cap = room.cap(),
          .is_locked = room.is_locked(),
          .has_lobby = room.has_lobby(),
          .next_member = room.next_member()};
}

Mission to_record(const admin::Mission& mission) {
  return {.id = MissionId{mission.mission_id()},
          .name = mission.name(),
          .validity = to_validity(mission.from(), mission.until()),
          .is_ended = mission.is_ended()};
}

MembershipRecord to_record(const admin::Membership& membership) {
  return {.room = RoomId{membership.room_id()},
          .user = UserId{membership.user_id()},
          .rights = {.role = membership.role(),
                     .may_talk = membership.may_talk(),
                     .max_tier = membership.max_tier(),
                     .max_level = static_cast<std::uint8_t>(membership.max_level())},
          .place = membership.place(),
          .validity = to_validity(membership.from(), membership.until()),
          .mission = MissionId{membership.mission_id()}};
}

// ---- for people ---------------------------------------------------------------------------------

admin::Device show(const Device& device, const Directory& directory, const LiveView& live) {
  admin::Device message = to_message(device);
  message.clear_public_key();
  message.clear_credential_serial();
  if (const User* const user = directory.find(device.user)) message.set_user_name(user->name);
  message.set_is_online(live.is_online(device.id));
  return message;
}

admin::Room show(const RoomRecord& room, const LiveView& live) {
  admin::Room message = to_message(room);
  message.clear_next_member();
  message.set_present(live.present(room.id));
  return message;
}

admin::Membership show(const MembershipRecord& membership, const Directory& directory) {
  admin::Membership message = to_message(membership);
  if (const auto* const room = directory.find(membership.room)) message.set_room_name(room->name);
  if (const User* const user = directory.find(membership.user)) message.set_user_name(user->name);
  return message;
}

admin::Mission show(const Mission& mission, const Directory& directory) {
  admin::Mission message = to_message(mission);
  for (const RoomId room : directory.rooms_of(mission.id)) message.add_room_ids(room.value);
  for (const MembershipRecord& member : directory.members_of(mission.id)) {
    *message.add_members() = show(member, directory);
  }
  return message;
}

}  // namespace parley::signaling
