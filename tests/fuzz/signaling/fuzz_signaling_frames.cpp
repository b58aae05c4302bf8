// Frames of any content from a stranger, from a member, and from the node, into a core with two
// more members in a room. Whatever comes: those two stay members, keep their media, are not told
// anything false about themselves, and are still served.
//
// The input is a sequence of frames: source (1 byte) | length (2 bytes) | bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "protocol/limits.hpp"
#include "tests/unit/signaling_core/desk.hpp"

namespace {

using namespace parley;
using namespace parley::signaling;

bool shows(const api::Joined& joined, const Desk::Page& page) {
  for (const api::Member& member : joined.members()) {
    if (member.member_id() == page.member) return member.media_connected() && !member.muted();
  }
  return false;
}

// A message of the node is a control message that passed its limits, about peers that are not ours.
void from_node(Desk& desk, Bytes frame, const Desk::Page& ann, const Desk::Page& ben) {
  control::FromNode message;
  if (!protocol::decode(frame, protocol::kMaxControlMessage, message)) return;
  // A node may close any of its own peers, and a new process has none: nothing to find there.
  const PeerId peer{message.peer_state().peer_id()};
  if (message.has_hello() || peer == ann.peer || peer == ben.peer) return;
  desk.from_node(message);
}

// Nobody asks for the floor in the name of somebody else.
void check_floor_requests(Desk& desk, const Desk::Page& ann, const Desk::Page& ben) {
  for (const control::ToNode& message : desk.take_from_node()) {
    PARLEY_CHECK(protocol::find_violation(message).empty());
    if (!message.has_floor()) continue;
    const std::uint32_t member = message.floor().member_id();
    PARLEY_CHECK(member != ann.member && member != ben.member);
  }
}

void check_untouched(Desk& desk, const Desk::Page& ann, const Desk::Page& ben) {
  PARLEY_CHECK(!desk.closed_with(ann.connection) && !desk.closed_with(ben.connection));
  for (const auto& page : {ann, ben}) {
    for (const api::ServerMessage& message : desk.take(page.connection)) {
      PARLEY_CHECK(protocol::find_violation(message).empty());
      PARLEY_CHECK(!message.has_error() && !message.has_media_lost());
      PARLEY_CHECK(message.member_left().member_id() != ann.member);
      PARLEY_CHECK(message.member_left().member_id() != ben.member);
    }
    const api::ServerMessage answer = desk.say(page.connection, join_message());
    PARLEY_CHECK(answer.has_joined() && shows(answer.joined(), ann) && shows(answer.joined(), ben));
  }
  PARLEY_CHECK(desk.node.peers.contains(ann.peer) && desk.node.peers.contains(ben.peer));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Desk desk;
  const Desk::Page ann = desk.talking("Ann");
  const Desk::Page ben = desk.talking("Ben");
  const Desk::Page hostile_member = desk.talking("Eve");
  const ConnectionId stranger = desk.open();
  desk.take_from_node();
  ByteReader reader(Bytes(data, size));
  while (reader.remaining() >= 3) {
    const std::uint8_t source = reader.u8();
    const std::size_t length = std::min<std::size_t>(reader.u16(), reader.remaining());
    const Bytes frame = reader.take(length);
    switch (source % 4) {
      case 0:
        desk.send_bytes(stranger, frame);
        break;
      case 1:
        desk.send_bytes(hostile_member.connection, frame);
        break;
      case 2:
        from_node(desk, frame, ann, ben);
        break;
      default:
        desk.advance(std::chrono::milliseconds(source));
        break;
    }
    check_floor_requests(desk, ann, ben);
    for (const ConnectionId from : {stranger, hostile_member.connection}) {
      for (const api::ServerMessage& message : desk.take(from)) {
        PARLEY_CHECK(protocol::find_violation(message).empty());
      }
    }
  }
  check_untouched(desk, ann, ben);
  return 0;
}
