// The rooms of a session: which are joined, in which slots, and what is known of them.
#include <algorithm>
#include <utility>

#include "client/core/session.hpp"

namespace parley::client {
namespace {

// Slots for a room of which the policy is not known yet: those of an OPEN one.
constexpr std::uint8_t kUsualSlots = 4;

}  // namespace

std::uint8_t slots_needed(const floor::Policy& policy) {
  switch (policy.mode()) {
    case floor::OPEN:
    case floor::MULTI:
      return kUsualSlots;
    case floor::DUAL:
      return 3;
    default:  // one who talks, and the tail of the one before; a generated, open enum
      return 2;
  }
}

bool Session::is_wanted(const api::RoomInfo& room) const {
  return wanted_names_.empty() ||
         std::ranges::find(wanted_names_, room.name()) != wanted_names_.end();
}

RoomsGone Session::choose_rooms(const api::Session& session) {
  wanted_.clear();
  allowed_.clear();
  for (const api::RoomInfo& room : session.rooms()) {
    allowed_.insert(room.room_id());
    if (is_wanted(room)) wanted_.push_back(room);
  }
  RoomsGone gone;
  std::erase_if(rooms_, [&](const auto& entry) {
    const bool stays =
        std::ranges::find(wanted_, entry.first, &api::RoomInfo::room_id) != wanted_.end();
    if (!stays) gone.room_ids.push_back(entry.first);
    return !stays;
  });
  return gone;
}

SessionOrder Session::on_rooms_changed(const api::RoomsChanged& changed, Now now,
                                       ClientOutbox& out) {
  if (!is_connected()) return NothingToDo{};
  const std::set<std::uint64_t> before = std::exchange(allowed_, {});
  std::vector<api::RoomInfo> fresh;
  for (const api::RoomInfo& room : changed.rooms()) {
    const bool is_new = allowed_.insert(room.room_id()).second && !before.contains(room.room_id());
    if (is_new && is_wanted(room)) fresh.push_back(room);
  }
  RoomsGone gone;
  for (const std::uint64_t room_id : before) {
    if (!allowed_.contains(room_id) && forget_room(room_id)) gone.room_ids.push_back(room_id);
  }
  std::erase_if(fresh, [this](const api::RoomInfo& room) {  // its first answer is still to come
    return std::ranges::find(wanted_, room.room_id(), &api::RoomInfo::room_id) != wanted_.end();
  });
  wanted_.insert(wanted_.end(), fresh.begin(), fresh.end());
  if (phase_ == Phase::joined && !fresh.empty()) join_more(now, out);
  return gone;
}

// The last room has all the slots that were left: it is joined anew for fewer, and then those that
// came later. Rooms before it stay where they are.
void Session::join_more(Now now, ClientOutbox& out) {
  joining_ = 0;
  next_slot_ = 0;
  for (; joining_ + 1 < wanted_.size(); ++joining_) {
    const SlotPart here = room(wanted_[joining_].room_id()).part();
    const auto end = static_cast<std::uint8_t>(here.first_slot + here.slots);
    const RoomView* const next = find_room(wanted_[joining_ + 1].room_id());
    const bool stays = here.slots != 0 && here.first_slot == next_slot_ && next != nullptr &&
                       next->part().first_slot == end;
    if (!stays) break;
    next_slot_ = end;
  }
  phase_ = Phase::joining;
  join_next(now, out);
}

void Session::join(std::uint64_t room_id, SlotPart part, ClientOutbox& out) {
  api::ClientMessage message;
  message.mutable_join()->set_room_id(room_id);
  message.mutable_join()->set_first_slot(part.first_slot);
  message.mutable_join()->set_slots(part.slots);
  join_request_ = send(message, out);
}

// Rooms that are heard at the same time have slots of their own; the last one has all that are
// left.
void Session::join_next(Now now, ClientOutbox& out) {
  answer_by_ = kNever;
  if (joining_ < wanted_.size() && next_slot_ < slots_) {
    const auto left = static_cast<std::uint8_t>(slots_ - next_slot_);
    const bool is_last = joining_ + 1 == wanted_.size();
    part_ = {.first_slot = next_slot_, .slots = is_last ? left : std::min(left, kUsualSlots)};
    answer_by_ = now.mono + kAnswerLimit;
    return join(wanted_[joining_].room_id(), part_, out);
  }
  for (; joining_ < wanted_.size(); wanted_.pop_back()) {
    rooms_.erase(wanted_.back().room_id());
    out.events.emplace_back(RoomSkipped{wanted_.back()});
  }
  phase_ = Phase::joined;
  has_joined_ = true;
  if (muted_) set_muted(true, out);
}

SessionOrder Session::on_joined(std::uint32_t request_id, const api::Joined& joined, Now now,
                                ClientOutbox& out) {
  const bool is_expected = phase_ == Phase::joining && request_id == join_request_ &&
                           joined.room().room_id() == wanted_[joining_].room_id();
  if (!is_expected) return NothingToDo{};
  const bool is_last = joining_ + 1 == wanted_.size();
  if (const std::uint8_t needed = slots_needed(joined.policy()); !is_last && needed < part_.slots) {
    part_.slots = needed;
    join(joined.room().room_id(), part_, out);  // leaves the rest to the rooms that follow
  }
  next_slot_ = static_cast<std::uint8_t>(next_slot_ + part_.slots);
  rooms_[joined.room().room_id()].enter(joined, part_);
  out.events.emplace_back(RoomJoined{joined});
  ++joining_;
  join_next(now, out);
  return RoomEntered{joined};
}

// A room that cannot be joined is done without where there are others.
void Session::on_join_refused(const api::Error& error, Now now, ClientOutbox& out) {
  rooms_.erase(wanted_[joining_].room_id());
  out.events.emplace_back(RoomSkipped{wanted_[joining_]});
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(joining_));
  if (wanted_.empty() && !has_joined_) return refuse(error, out);
  join_next(now, out);
}

bool Session::forget_room(std::uint64_t room_id) {
  const auto found = std::ranges::find(wanted_, room_id, &api::RoomInfo::room_id);
  const auto index = static_cast<std::size_t>(found - wanted_.begin());
  // The answer for the one that is being joined is still to come.
  if (found != wanted_.end() && (phase_ != Phase::joining || index != joining_)) {
    wanted_.erase(found);
    if (phase_ == Phase::joining && index < joining_) --joining_;
  }
  return rooms_.erase(room_id) > 0;
}

SessionOrder Session::on_left(std::uint64_t room_id) {
  if (!is_connected() || !forget_room(room_id)) return NothingToDo{};
  return RoomsGone{{room_id}};
}

SessionOrder Session::on_member_left(const api::MemberLeft& left, ClientOutbox& out) {
  RoomView* const room = find_room(left.room_id());
  if (room == nullptr) return NothingToDo{};
  if (left.member_id() == room->own_member_id()) return on_left(left.room_id());
  if (room->remove_member(left.member_id())) out.events.emplace_back(RoomChanged{left.room_id()});
  return NothingToDo{};
}

RoomView* Session::find_room(std::uint64_t room_id) {
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : &found->second;
}

bool Session::set_member(std::uint64_t room_id, const api::Member& member) {
  RoomView* room = find_room(room_id);
  return room != nullptr && room->set_member(member);
}

bool Session::set_talkers(const api::Talkers& talkers) {
  RoomView* room = find_room(talkers.room_id());
  return room != nullptr && room->set_talkers(talkers);
}

std::vector<std::uint64_t> Session::room_ids() const {
  std::vector<std::uint64_t> ids;
  for (const api::RoomInfo& room : wanted_) {
    if (rooms_.contains(room.room_id())) ids.push_back(room.room_id());
  }
  return ids;
}

const RoomView& Session::room(std::uint64_t room_id) const {
  static const RoomView kNone;
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? kNone : found->second;
}

std::uint64_t Session::room_of_slot(std::uint8_t slot) const {
  for (const auto& [room_id, room] : rooms_) {
    const SlotPart& part = room.part();
    if (slot >= part.first_slot && slot - part.first_slot < part.slots) return room_id;
  }
  return 0;
}

}  // namespace parley::client
