// Floor control between the wire (protocol/floor.proto) and the values of sfu/floor, both ways.
// Every enumeration is mapped by name; a value that nobody has named is refused. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/time.hpp"
#include "protocol/floor.pb.h"
#include "sfu/floor/floor_arbiter.hpp"
#include "sfu/floor/floor_types.hpp"

namespace parley::sfu {

// The caller has checked the limits of the schema, so every number fits its field. None: an
// enumeration has a value, or a request a body, that this node does not know.
//
// What is absent has the default of its mode. An OPEN room whose policy does not say how many are
// forwarded has `talkers` 0: as the node is configured.
[[nodiscard]] std::optional<FloorPolicy> to_policy(const floor::Policy& from);
// Without the delegation, whose number the home of the room gives.
[[nodiscard]] std::optional<FloorRights> to_rights(const floor::Rights& from);
[[nodiscard]] std::optional<FloorRequest> to_request(const floor::Request& from);

void write_policy(const FloorPolicy& from, floor::Policy& to);
void write_grant(const GrantId& from, floor::GrantId& to);

// What a message of the arbiter is written from: the arbiter (none: the room is OPEN) as it is now.
struct FloorScene {
  const FloorArbiter* arbiter;
  const FloorPolicy& policy;
  std::span<const std::string> delegations;  // by number, from 1; [0] is the name of none
  const FloorRights* own_rights;             // of the receiver; none: the message is for all
  Timestamp now;
};
// Writes the body of `to`; room, term and numbers are the caller's.
void write_event(const FloorScene& scene, MemberId receiver, const FloorMessage& message,
                 floor::Event& to);

}  // namespace parley::sfu
