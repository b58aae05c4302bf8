// What an operator does from the command line beside the running service: rooms and invitations.
// Each opens the store for a moment and prints its result.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/signaling_config.hpp"

namespace parley::signaling {

struct InviteRequest {
  std::string room;          // by name
  std::string display_name;  // proposed to the guest; may be empty
  std::optional<std::chrono::seconds> lifetime = std::nullopt;  // default: the configuration's
  bool create_room = false;
  std::string url = {};  // default: the configuration's public_url
};

// One line about the new room.
[[nodiscard]] Result<std::string> add_room(const config::SignalingServiceConfig& config,
                                           const std::string& name);
// One line for each room; empty when there is none.
[[nodiscard]] Result<std::string> list_rooms(const config::SignalingServiceConfig& config);
// The link. It works once.
[[nodiscard]] Result<std::string> make_invitation(const config::SignalingServiceConfig& config,
                                                  const InviteRequest& request);
// Makes the invitation key; already_exists when there is one.
[[nodiscard]] Result<std::string> init_key(const config::SignalingServiceConfig& config);

}  // namespace parley::signaling
