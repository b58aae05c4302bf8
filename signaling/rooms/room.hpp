// One room as its members see it: who is in it, and who is heard. In memory; the store keeps what
// must outlive the process.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "protocol/floor.pb.h"
#include "signaling/rooms/floor_sequence.hpp"

namespace parley::signaling {

struct Member {
  MemberId id;
  DeviceId device;
  UserId user;
  std::string name;
  std::string device_label = {};
  bool muted = false;
  bool media_connected = false;
  floor::Role role = floor::TALKER;
  std::string delegation = {};
  bool hand_raised = false;
};

class Room {
 public:
  Room(RoomId id, std::string name, floor::Policy policy = {})
      : id_(id), name_(std::move(name)), policy_(std::move(policy)) {}

  // resource_exhausted: `max_members` are in; already_exists: this member is.
  [[nodiscard]] Result<void> join(Member member, std::size_t max_members);
  // False when the member was not in. Its channels become free.
  bool leave(MemberId member);
  [[nodiscard]] Member* find(MemberId member);

  // Who is heard in channel 0, 1, ... (api.Talkers); none: free. Strangers count as none. True when
  // that changed something.
  bool set_talkers(std::vector<MemberId> channels);

  void set_name(std::string name) { name_ = std::move(name); }
  // The rules of its floor. True when that changed something.
  bool set_policy(const floor::Policy& policy);
  // How far its floor has come, as the media node tells it.
  [[nodiscard]] FloorSequence& floor_sequence() { return floor_sequence_; }

  [[nodiscard]] RoomId id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const floor::Policy& policy() const { return policy_; }
  [[nodiscard]] const std::map<MemberId, Member>& members() const { return members_; }
  [[nodiscard]] const std::vector<MemberId>& talkers() const { return talkers_; }

 private:
  RoomId id_;
  std::string name_;
  floor::Policy policy_;
  FloorSequence floor_sequence_;
  std::map<MemberId, Member> members_;
  std::vector<MemberId> talkers_;
};

}  // namespace parley::signaling
