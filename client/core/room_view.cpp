#include "client/core/room_view.hpp"

namespace parley::client {

void RoomView::enter(const api::Joined& joined) {
  clear();
  room_ = joined.room();
  own_member_id_ = joined.own_member_id();
  for (const api::Member& member : joined.members()) {
    if (members_.size() < kMaxMembers) members_[member.member_id()] = member;
  }
  channels_.assign(joined.talkers().member_ids().begin(), joined.talkers().member_ids().end());
}

bool RoomView::set_member(std::uint64_t room_id, const api::Member& member) {
  if (is_empty() || room_id != room_.room_id()) return false;
  const auto found = members_.find(member.member_id());
  if (found == members_.end() && members_.size() >= kMaxMembers) return false;
  members_[member.member_id()] = member;
  return true;
}

bool RoomView::remove_member(std::uint64_t room_id, std::uint32_t member_id) {
  if (is_empty() || room_id != room_.room_id()) return false;
  return members_.erase(member_id) > 0;
}

bool RoomView::set_talkers(const api::Talkers& talkers) {
  if (is_empty() || talkers.room_id() != room_.room_id()) return false;
  std::vector<std::uint32_t> channels(talkers.member_ids().begin(), talkers.member_ids().end());
  if (channels == channels_) return false;
  channels_ = std::move(channels);
  return true;
}

void RoomView::clear() {
  room_.Clear();
  own_member_id_ = 0;
  members_.clear();
  channels_.clear();
}

std::vector<api::Member> RoomView::members() const {
  std::vector<api::Member> list;
  list.reserve(members_.size());
  for (const auto& [id, member] : members_) list.push_back(member);
  return list;
}

std::uint32_t RoomView::member_in_slot(std::uint8_t slot) const {
  if (channels_.empty() || slot >= channels_.size() - 1) return 0;
  const std::uint32_t member = channels_[slot];
  if (member != 0 && member == own_member_id_) return channels_.back();
  return member;
}

}  // namespace parley::client
