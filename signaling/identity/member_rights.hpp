// What a person may do in one room.
#pragma once

#include <cstdint>

#include "protocol/floor.pb.h"

namespace parley::signaling {

inline constexpr std::uint8_t kMaxLevel = 15;  // Rights.max_level in floor.proto

// floor.Rights without the delegation, which a person has in all rooms.
struct MemberRights {
  floor::Role role = floor::TALKER;
  bool may_talk = true;
  floor::Tier max_tier = floor::EMERGENCY;
  std::uint8_t max_level = 0;
  friend bool operator==(const MemberRights&, const MemberRights&) = default;
};

}  // namespace parley::signaling
