// Records of the directory as messages, and back. Times of messages are whole seconds.
#pragma once

#include "protocol/admin.pb.h"
#include "signaling/admin/admin_desk.hpp"
#include "signaling/directory/directory.hpp"

namespace parley::signaling {

[[nodiscard]] std::uint64_t to_seconds(WallTime time);
[[nodiscard]] WallTime to_time(std::uint64_t seconds);
// 0: no bound.
[[nodiscard]] std::optional<WallTime> to_bound(std::uint64_t seconds);

// What the record itself says, and nothing else: as in admin.Records.
[[nodiscard]] admin::User to_message(const User& user);
[[nodiscard]] admin::Device to_message(const Device& device);
[[nodiscard]] admin::Room to_message(const RoomRecord& room);
[[nodiscard]] admin::Mission to_message(const Mission& mission);
[[nodiscard]] admin::Membership to_message(const MembershipRecord& membership);

[[nodiscard]] User to_record(const admin::User& user);
[[nodiscard]] Device to_record(const admin::Device& device);
[[nodiscard]] RoomRecord to_record(const admin::Room& room);
[[nodiscard]] Mission to_record(const admin::Mission& mission);
[[nodiscard]] MembershipRecord to_record(const admin::Membership& membership);

// For people: with names, and with who is here now.
[[nodiscard]] admin::Device show(const Device& device, const Directory& directory,
                                 const LiveView& live);
[[nodiscard]] admin::Room show(const RoomRecord& room, const LiveView& live);
[[nodiscard]] admin::Membership show(const MembershipRecord& membership,
                                     const Directory& directory);
[[nodiscard]] admin::Mission show(const Mission& mission, const Directory& directory);

}  // namespace parley::signaling
