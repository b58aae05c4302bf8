// What a client knows of one room it is in: members, and who is heard in which slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "protocol/client.pb.h"

namespace parley::client {

// The slots of the transport in which a room is heard: channel c in slot first_slot + c.
struct SlotPart {
  std::uint8_t first_slot = 0;
  std::uint8_t slots = 20;
};

class RoomView {
 public:
  // As many as one Joined may carry; a member beyond is not shown (the server refuses him before).
  static constexpr std::size_t kMaxMembers = 1000;

  void enter(const api::Joined& joined, SlotPart part);
  // Each returns false when it changes nothing.
  bool set_member(const api::Member& member);
  bool remove_member(std::uint32_t member_id);
  bool set_talkers(const api::Talkers& talkers);
  void clear();

  [[nodiscard]] bool is_empty() const { return room_.room_id() == 0; }
  [[nodiscard]] const api::RoomInfo& room() const { return room_; }
  [[nodiscard]] std::uint32_t own_member_id() const { return own_member_id_; }
  [[nodiscard]] std::vector<api::Member> members() const;
  [[nodiscard]] const SlotPart& part() const { return part_; }
  // The channel rule of api.Talkers: channel c is heard in its slot, but who holds channel c
  // himself hears the last channel there. 0: nobody, or a slot of another room.
  [[nodiscard]] std::uint32_t member_in_slot(std::uint8_t slot) const;

 private:
  api::RoomInfo room_;
  SlotPart part_;
  std::uint32_t own_member_id_ = 0;
  std::map<std::uint32_t, api::Member> members_;
  std::vector<std::uint32_t> channels_;
};

}  // namespace parley::client
