// One decision about security, as it is written down for ever. Ids, never names: those are resolved
// for display. The numbers of the kinds are stable; a kind is never used for something else.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace parley::signaling {

enum class EventKind : std::uint16_t {
  organisation_created = 1,
  user_created = 10,
  user_changed = 11,
  user_disabled = 12,
  user_enabled = 13,
  user_removed = 14,
  enrolment_created = 20,
  enrolment_withdrawn = 21,
  device_enrolled = 30,
  device_approved = 31,
  device_revoked = 32,
  device_renewed = 33,
  device_recognised = 34,  // by a certificate or by OIDC: `detail` names the door
  login = 40,
  login_refused = 41,
  logout = 42,
  room_created = 50,
  room_changed = 51,
  room_removed = 52,
  policy_changed = 53,  // of the floor
  membership_set = 60,
  membership_removed = 61,
  joined = 70,
  left = 71,
  join_refused = 72,
  waits_in_lobby = 73,
  admitted = 74,
  turned_away = 75,
  expelled = 76,
  mission_created = 80,
  mission_changed = 81,
  mission_ended = 82,
  revocation_confirmed = 90,  // by the media node
  revocation_unconfirmed = 91,
  admin_refused = 95,
  imported = 96,
  exported = 97,
};

struct Event {
  std::uint64_t number = 0;  // 1, 2, ...: no gaps
  WallTime at = {};
  EventKind kind = {};
  DeviceId actor = {};  // none: the service itself, or nobody known
  UserId user = {};     // whom it is about
  DeviceId device = {};
  RoomId room = {};
  MissionId mission = {};
  std::uint32_t code = 0;   // api.Error.Code, floor cause or role, by kind; 0: none
  std::string detail = {};  // at most 256 bytes of clean UTF-8; no names of people
};

using EventHash = std::array<std::uint8_t, 32>;

// SHA-256 over a fixed text, the hash before, and every field in a fixed binary form
// (docs/identity.md). The first event follows thirty-two zeros.
[[nodiscard]] EventHash chain(const EventHash& before, const Event& event);

}  // namespace parley::signaling
