// A node with its switchboard, driven by control messages as signaling sends them, and clients
// whose media is real: rooms with a floor, at virtual time. The member id of a peer is the number
// of its peer id, unless it is told otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/control.pb.h"
#include "protocol/ticket.hpp"
#include "sfu/core/switchboard.hpp"
#include "tests/support/test_call.hpp"

namespace parley::test {

struct JoinSettings {
  floor::Mode mode = floor::PTT;
  floor::Role role = floor::TALKER;
  floor::Tier max_tier = floor::ROUTINE;
  bool may_talk = true;
  std::uint32_t first_slot = 0;
  std::uint32_t slots = 0;
  MemberId member{};
};

class FloorCall {
 public:
  // With `home_share` 1 the members of a room spread over the workers.
  explicit FloorCall(std::uint16_t workers = 1, std::uint64_t seed = 1,
                     std::size_t home_share = 64);

  // What signaling sends to have the peer added, with a ticket that is good.
  [[nodiscard]] control::ToNode make_add(const TestPeer& peer, RoomId home);
  // A connected transport that is in no room yet.
  TestPeer& connect(RoomId home);
  void join(TestPeer& peer, RoomId room, const JoinSettings& settings = {});
  TestPeer& join(RoomId room, const JoinSettings& settings = {});
  void leave(const TestPeer& peer, RoomId room, bool is_expelled = false);
  void set_talk_room(const TestPeer& peer, RoomId room, std::uint32_t change_id = 0,
                     std::optional<std::uint32_t> first_timestamp = {});
  void set_signaling(const TestPeer& peer, bool is_connected);
  void set_link(bool is_up);
  void control(const control::ToNode& message);

  void ask(const TestPeer& from, floor::Request request, RoomId room);
  void press(const TestPeer& from, RoomId room, std::uint32_t req_id,
             std::optional<std::uint32_t> first_timestamp = {}, floor::Tier tier = floor::ROUTINE);
  void release(const TestPeer& from, RoomId room, const floor::GrantId& grant,
               std::optional<std::uint32_t> last_timestamp = {});
  void cancel(const TestPeer& from, RoomId room, std::uint32_t req_id);
  void set_policy(const TestPeer& from, RoomId room, floor::Mode mode);

  void say(TestPeer& peer, std::string_view words);
  void send(const TestPeer& peer, std::vector<std::uint8_t> datagram);
  void pass(Duration duration);

  // What was told to this member, or to everybody, since the last take.
  [[nodiscard]] std::vector<floor::Event> take_told(const TestPeer& to);
  // The last event for this member of which `has` is true; an empty one: there is none.
  [[nodiscard]] floor::Event last_told(const TestPeer& to, bool (floor::Event::*has)() const) const;
  [[nodiscard]] floor::GrantId grant_of(const TestPeer& peer) const {
    return last_told(peer, &floor::Event::has_granted).granted().grant();
  }
  [[nodiscard]] std::vector<control::FromNode> take_messages();
  [[nodiscard]] static std::vector<std::string> words_heard(TestPeer& peer);

  [[nodiscard]] TestCall& call() { return call_; }
  [[nodiscard]] sfu::Switchboard& switchboard() { return switchboard_; }
  // Sums over the workers.
  [[nodiscard]] std::uint64_t dropped(sfu::Drop drop) const;
  [[nodiscard]] sfu::FloorNumbers numbers();
  // Carries what the workers have said meanwhile.
  void settle();

 private:
  void carry(sfu::SwitchboardOutbox& out);
  [[nodiscard]] static std::uint32_t member_of(const TestPeer& peer);

  std::uint16_t workers_;
  TestCall call_;
  protocol::TicketMint mint_;
  sfu::Switchboard switchboard_;
  std::vector<control::FloorTold> told_;
  std::vector<control::FromNode> messages_;
};

}  // namespace parley::test
