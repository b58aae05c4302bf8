// One WebSocket of one client, from the first frame to the last.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/ids.hpp"
#include "signaling/core/token_bucket.hpp"

namespace parley::signaling {

struct AwaitingHello {};
struct AwaitingSignIn {
  std::string challenge;  // for the signatures of Enrol and Login
};
struct SignedIn {
  DeviceId device;
};
using ConnectionStage = std::variant<AwaitingHello, AwaitingSignIn, SignedIn>;

struct Connection {
  ConnectionStage stage;
  TokenBucket rate;
  TokenBucket floor_rate;  // of floor.Request alone: buttons are pressed faster than rooms entered
  std::uint32_t refused = 0;  // messages that were not even handled
};

}  // namespace parley::signaling
