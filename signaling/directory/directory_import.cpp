// Records of another directory, with the numbers they had there.
#include <algorithm>
#include <initializer_list>

#include "base/bytes.hpp"
#include "signaling/directory/checks.hpp"
#include "signaling/directory/tables.hpp"
#include "signaling/identity/authority.hpp"
#include "signaling/identity/display_name.hpp"
#include "signaling/identity/sha256.hpp"

namespace parley::signaling {
namespace {

std::unexpected<Error> in_the_way(std::string_view kind, std::string_view name) {
  return fail(ErrorCode::already_exists, "A " + std::string(kind) +
                                             " with the number or name of '" + std::string(name) +
                                             "' is here already.");
}

std::unexpected<Error> too_many(std::string_view what) {
  return fail(ErrorCode::resource_exhausted,
              "There are as many " + std::string(what) + " as there may be.");
}

Result<void> require(bool is_so, std::string_view otherwise) {
  if (is_so) return {};
  return fail(ErrorCode::invalid_argument, std::string(otherwise));
}

Result<void> check_number(bool is_there) { return require(is_there, "A record has no number."); }

// The first of them that is broken.
Result<void> all_of(std::initializer_list<Result<void>> checks) {
  const auto broken = std::ranges::find_if(checks, [](const auto& check) { return !check; });
  return broken == checks.end() ? Result<void>() : *broken;
}

}  // namespace

Result<void> Directory::import_user(const User& user, Draft& draft) {
  auto sound = all_of({check_number(!user.id.is_none()), check_name(user.name), check_user(user)});
  if (!sound) return sound;
  if (find(user.id) != nullptr || find_user(user.name) != nullptr) {
    return in_the_way("user", user.name);
  }
  if (users().size() >= tables_->limits.users) return too_many("users");
  tables_->put(user, draft);
  return {};
}

Result<void> Directory::import_device(const Device& device, Draft& draft) {
  const Bytes public_key = as_bytes(device.public_key);
  auto sound =
      all_of({check_number(!device.id.is_none()), check_public_key(public_key),
              require(device.key == sha256(public_key) && device.label.size() <= kMaxLabel &&
                          is_display_name(device.label),
                      "A device's fingerprint or label is wrong.")});
  if (!sound) return sound;
  if (find(device.id) != nullptr || find_device(device.key) != nullptr) {
    return in_the_way("device", device.label);
  }
  if (find(device.user) == nullptr) return no_such_user();
  if (devices_of(device.user).size() >= tables_->limits.devices_per_user) {
    return too_many("devices of this user");
  }
  tables_->put(device, draft);
  return {};
}

Result<void> Directory::import_room(const RoomRecord& room, Draft& draft) {
  auto sound = all_of({check_number(!room.id.is_none()), check_name(room.name), check_room(room),
                       require(room.next_member > 0, "A room counts its members from 1.")});
  if (!sound) return sound;
  if (find(room.id) != nullptr || find_room(room.name) != nullptr) {
    return in_the_way("room", room.name);
  }
  if (rooms().size() >= tables_->limits.rooms) return too_many("rooms");
  tables_->put(room, draft);
  return {};
}

Result<void> Directory::import_mission(const Mission& mission, const std::vector<RoomId>& rooms,
                                       Draft& draft) {
  auto sound = all_of({check_number(!mission.id.is_none()), check_name(mission.name),
                       check_validity(mission.validity)});
  if (!sound) return sound;
  if (find(mission.id) != nullptr || find_mission(mission.name) != nullptr) {
    return in_the_way("mission", mission.name);
  }
  if (missions().size() >= tables_->limits.missions) return too_many("missions");
  tables_->put(mission, draft);
  for (const RoomId room : rooms) {
    if (find(room) == nullptr) return no_such_room();
    tables_->put(Tables::MissionRoom(mission.id, room), draft);
  }
  return {};
}

Result<void> Directory::import_membership(const MembershipRecord& membership, Draft& draft) {
  if (find(membership.room) == nullptr) return no_such_room();
  if (find(membership.user) == nullptr) return no_such_user();
  if (auto sound = check_validity(membership.validity); !sound) return sound;
  if (!membership.mission.is_none() && find(membership.mission) == nullptr) {
    return fail(ErrorCode::not_found, "There is no such mission.");
  }
  if (find_membership(membership.room, membership.user) != nullptr) {
    return in_the_way("membership", find(membership.user)->name);
  }
  const std::size_t others = memberships_of(membership.user).size();
  if (auto place = has_place_for(membership, others); !place) return place;
  tables_->put(membership, draft);
  return {};
}

}  // namespace parley::signaling
