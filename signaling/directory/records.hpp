// Who belongs to the organisation: users, devices, rooms, memberships, missions. Plain values as
// the directory holds them; rows.hpp has them as a store keeps them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "protocol/floor.pb.h"
#include "signaling/identity/member_rights.hpp"

namespace parley::signaling {

using KeyFingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of a SubjectPublicKeyInfo
using EnrolmentId = std::array<std::uint8_t, 16>;     // SHA-256 of a one-time code, cut

// From when until when something is valid. No bound: for ever.
struct Validity {
  std::optional<WallTime> from = {};
  std::optional<WallTime> until = {};
  [[nodiscard]] bool contains(WallTime now) const {
    return (!from || *from <= now) && (!until || now < *until);
  }
  friend bool operator==(const Validity&, const Validity&) = default;
};

struct User {
  UserId id = {};
  std::string name = {};        // unique; a display name
  std::string delegation = {};  // empty: none
  bool is_admin = false;
  bool may_create_rooms = false;
  bool is_guest = false;
  bool is_disabled = false;
  Validity validity = {};
  WallTime created = {};
  friend bool operator==(const User&, const User&) = default;
};

enum class DeviceState : std::uint8_t { pending, active, revoked };

struct Device {
  DeviceId id;
  UserId user;
  std::string label = {};  // told by the device; for people
  DeviceState state = DeviceState::pending;
  KeyFingerprint key = {};
  std::string public_key = {};  // SubjectPublicKeyInfo, DER
  WallTime enrolled = {};
  WallTime credential_until = {};  // of the newest credential
  std::uint64_t credential_serial = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

// A link that makes one device of a user.
struct Enrolment {
  EnrolmentId id;
  UserId user;
  WallTime until;
  // Somebody with an active device needs no approval of it for a further one where the link comes
  // from an administrator who says so (the first device of a user never does).
  bool is_approved = false;
  bool chooses_name = false;  // the user may be renamed by whoever uses the link: a guest
  DeviceId used_by = {};      // none: not yet
  friend bool operator==(const Enrolment&, const Enrolment&) = default;
};

struct RoomRecord {
  RoomId id = {};
  std::string name = {};  // unique
  floor::Policy policy = {};
  Validity open = {};     // outside, only chairs, dispatchers and administrators enter
  std::uint32_t cap = 0;  // members inside at once; 0: the service's limit
  bool is_locked = false;
  bool has_lobby = false;
  std::uint32_t next_member = 1;  // no number is given twice in a room
};

// A user's place in a room.
struct MembershipRecord {
  RoomId room;
  UserId user;
  MemberRights rights = {};
  std::uint32_t place = 0;  // of the room among those of the user, in the order they were given
  Validity validity = {};
  MissionId mission = {};  // none: not by a mission
  friend bool operator==(const MembershipRecord&, const MembershipRecord&) = default;
};

struct Mission {
  MissionId id = {};
  std::string name = {};
  Validity validity = {};
  bool is_ended = false;
  friend bool operator==(const Mission&, const Mission&) = default;
};

// A room that a device is in, or was: what survives a restart of it.
struct Stay {
  DeviceId device;
  RoomId room;
  MemberId member = {};  // its number there, the same each time it enters
  bool is_inside = false;
  std::uint32_t first_slot = 0;
  std::uint32_t slots = 0;
  bool hand_raised = false;
  friend bool operator==(const Stay&, const Stay&) = default;
};

// What survives a restart of a device's session.
struct SessionRecord {
  DeviceId device;
  std::uint32_t transport_id = 0;  // the newest it was given; grows
  PeerId peer = {};                // on the media node; none: no transport
  RoomId talk_room = {};
  bool muted = false;
};

}  // namespace parley::signaling
