// From the core's values to the schema's messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "protocol/client.pb.h"
#include "signaling/core/session.hpp"
#include "signaling/placement/transport.hpp"
#include "signaling/rooms/room.hpp"

namespace parley::signaling {

[[nodiscard]] api::ServerMessage error_message(api::Error::Code code, std::string_view why,
                                               bool fatal);
[[nodiscard]] api::ServerMessage joined_message(const Room& room, const Place& own,
                                                std::string_view delegation);
[[nodiscard]] api::ServerMessage member_joined_message(const Room& room, const Member& member);
[[nodiscard]] api::ServerMessage member_changed_message(const Room& room, const Member& member);
[[nodiscard]] api::ServerMessage member_left_message(const Room& room, MemberId member,
                                                     api::MemberLeft::Reason reason);
[[nodiscard]] api::ServerMessage talkers_message(const Room& room);
[[nodiscard]] api::ServerMessage media_lost_message(TransportId transport);
[[nodiscard]] floor::Rights rights_message(const MemberRights& rights, std::string_view delegation);
// The number of a member in api.Member and floor.Event.
[[nodiscard]] std::uint32_t wire_id(MemberId member);

}  // namespace parley::signaling
