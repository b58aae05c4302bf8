// One room as its members see it: who is in it, and who is heard. In memory; the store keeps what
// must outlive the process.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace parley::signaling {

struct Member {
  MemberId id;
  SessionId session;
  std::string name;
  bool muted = false;
  bool media_connected = false;
};

class Room {
 public:
  Room(RoomId id, std::string name) : id_(id), name_(std::move(name)) {}

  // resource_exhausted: `max_members` are in; already_exists: this member is.
  [[nodiscard]] Result<void> join(Member member, std::size_t max_members);
  // False when the member was not in. Its channels become free.
  bool leave(MemberId member);
  [[nodiscard]] Member* find(MemberId member);

  // Who is heard in channel 0, 1, ... (api.Talkers); none: free. Strangers count as none. True when
  // that changed something.
  bool set_talkers(std::vector<MemberId> channels);

  [[nodiscard]] RoomId id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::map<MemberId, Member>& members() const { return members_; }
  [[nodiscard]] const std::vector<MemberId>& talkers() const { return talkers_; }

 private:
  RoomId id_;
  std::string name_;
  std::map<MemberId, Member> members_;
  std::vector<MemberId> talkers_;
};

}  // namespace parley::signaling
