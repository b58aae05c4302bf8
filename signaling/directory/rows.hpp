// Records as a store keeps them. from_row() takes rows of the right shape only (a store checks
// that) and fails with invalid_argument where a value cannot be: somebody else wrote it.
#pragma once

#include <utility>

#include "base/result.hpp"
#include "signaling/audit/event.hpp"
#include "signaling/directory/records.hpp"
#include "signaling/store/rows.hpp"

namespace parley::signaling {

struct StoredEvent {
  Event event;
  EventHash hash;
};

[[nodiscard]] Row to_row(const User& user);
[[nodiscard]] Row to_row(const Device& device);
[[nodiscard]] Row to_row(const Enrolment& enrolment);
[[nodiscard]] Row to_row(const RoomRecord& room);
[[nodiscard]] Row to_row(const Mission& mission);
[[nodiscard]] Row to_row(const MembershipRecord& membership);
[[nodiscard]] Row to_row(const SessionRecord& session);
[[nodiscard]] Row to_row(const Stay& stay);
[[nodiscard]] Row to_row(const std::pair<MissionId, RoomId>& mission_room);
[[nodiscard]] Row to_row(const StoredEvent& event);

[[nodiscard]] Result<User> user_from(const Row& row);
[[nodiscard]] Result<Device> device_from(const Row& row);
[[nodiscard]] Result<Enrolment> enrolment_from(const Row& row);
[[nodiscard]] Result<RoomRecord> room_from(const Row& row);
[[nodiscard]] Result<Mission> mission_from(const Row& row);
[[nodiscard]] Result<MembershipRecord> membership_from(const Row& row);
[[nodiscard]] Result<SessionRecord> session_from(const Row& row);
[[nodiscard]] Result<Stay> stay_from(const Row& row);
[[nodiscard]] Result<std::pair<MissionId, RoomId>> mission_room_from(const Row& row);
[[nodiscard]] Result<StoredEvent> event_from(const Row& row);

}  // namespace parley::signaling
