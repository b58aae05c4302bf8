#include "client/core/room_view.hpp"

namespace parley::client {

void RoomView::enter(const api::Joined& joined, SlotPart part) {
  clear();
  room_ = joined.room();
  part_ = part;
  own_member_id_ = joined.own_member_id();
  for (const api::Member& member : joined.members()) {
    if (members_.size() < kMaxMembers) members_[member.member_id()] = member;
  }
  channels_.assign(joined.talkers().member_ids().begin(), joined.talkers().member_ids().end());
}

bool RoomView::set_member(const api::Member& member) {
  const auto found = members_.find(member.member_id());
  if (found == members_.end() && members_.size() >= kMaxMembers) return false;
  members_[member.member_id()] = member;
  return true;
}

bool RoomView::remove_member(std::uint32_t member_id) { return members_.erase(member_id) > 0; }

bool RoomView::set_talkers(const api::Talkers& talkers) {
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
  if (slot < part_.first_slot || slot - part_.first_slot >= part_.slots) return 0;
  const std::size_t channel = slot - part_.first_slot;
  if (channels_.empty() || channel >= channels_.size() - 1) return 0;
  const std::uint32_t member = channels_[channel];
  if (member != 0 && member == own_member_id_) return channels_.back();
  return member;
}

}  // namespace parley::client
