#include "signaling/rooms/room.hpp"

#include <algorithm>

namespace parley::signaling {

Result<void> Room::join(Member member, std::size_t max_members) {
  if (members_.contains(member.id)) {
    return fail(ErrorCode::already_exists, "This member is in the room already.");
  }
  if (members_.size() >= max_members) {
    return fail(ErrorCode::resource_exhausted, "This room is full.");
  }
  const MemberId id = member.id;
  members_.emplace(id, std::move(member));
  return {};
}

bool Room::leave(MemberId member) {
  std::ranges::replace(talkers_, member, MemberId{});
  return members_.erase(member) > 0;
}

Member* Room::find(MemberId member) {
  const auto found = members_.find(member);
  return found == members_.end() ? nullptr : &found->second;
}

bool Room::set_policy(const floor::Policy& policy) {
  if (policy.SerializeAsString() == policy_.SerializeAsString()) return false;
  policy_ = policy;
  return true;
}

bool Room::set_talkers(std::vector<MemberId> channels) {
  for (MemberId& member : channels) {
    if (!members_.contains(member)) member = MemberId{};
  }
  if (channels == talkers_) return false;
  talkers_ = std::move(channels);
  return true;
}

}  // namespace parley::signaling
