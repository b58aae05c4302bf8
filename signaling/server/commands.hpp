// What an operator does from the command line beside the running service: rooms and invitations.
// Each opens the store for a moment and prints its result.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/signaling_config.hpp"
#include "protocol/floor.pb.h"
#include "signaling/identity/member_rights.hpp"

namespace parley::signaling {

// What a room is to become.
struct RoomRequest {
  std::string name;
  bool from_defaults = false;                      // first forget all rules it had
  std::optional<floor::Mode> mode = std::nullopt;  // nullopt: as it is; of a new room: open
  floor::Policy rules = {};                        // those that are present change
};

struct InviteRequest {
  std::vector<std::string> rooms;  // by name, 1 to kMaxAdmissions
  // For all rooms (one item, or none for the default), or one item for each.
  std::vector<floor::Role> roles = {};
  std::vector<floor::Tier> tiers = {};
  std::vector<std::uint8_t> levels = {};
  std::string delegation = {};
  std::string display_name = {};  // proposed to the guest; may be empty
  std::optional<std::chrono::seconds> lifetime = std::nullopt;  // default: the configuration's
  bool create_room = false;
  std::string url = {};  // default: the configuration's public_url
};

// Makes the room, or changes the rules of its floor. One line about it. invalid_argument: rules
// that do not go together.
[[nodiscard]] Result<std::string> set_room(const config::SignalingServiceConfig& config,
                                           const RoomRequest& request);
// One line for each room: id, mode, name. Empty when there is none.
[[nodiscard]] Result<std::string> list_rooms(const config::SignalingServiceConfig& config);
// The link. It works once.
[[nodiscard]] Result<std::string> make_invitation(const config::SignalingServiceConfig& config,
                                                  const InviteRequest& request);
// Makes the invitation key; already_exists when there is one.
[[nodiscard]] Result<std::string> init_key(const config::SignalingServiceConfig& config);

}  // namespace parley::signaling
