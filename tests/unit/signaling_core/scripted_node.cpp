#include "tests/unit/signaling_core/scripted_node.hpp"

namespace parley::signaling {
namespace {

control::FromNode added(std::uint32_t request, const control::AddPeer& add) {
  control::FromNode message;
  message.set_request_id(request);
  control::PeerAdded& peer = *message.mutable_peer_added();
  peer.set_peer_id(add.peer_id());
  api::Connected& answer = *peer.mutable_answer();
  answer.set_ice_ufrag("node");
  answer.set_ice_pwd(std::string(22, 'p'));
  answer.set_dtls_fingerprint(std::string(32, 'f'));
  answer.set_uplink_ssrc(add.offer().uplink_ssrc());
  answer.add_slot_ssrcs(4242);
  api::Candidate& candidate = *answer.add_candidates();
  candidate.set_address("192.0.2.1");
  candidate.set_port(4000);
  candidate.set_priority(1);
  candidate.set_foundation("1");
  return message;
}

control::FromNode refused(std::uint32_t request) {
  control::FromNode message;
  message.set_request_id(request);
  message.mutable_error()->set_code(control::NodeError::OFFER_REFUSED);
  message.mutable_error()->set_message("This offer cannot be served.");
  return message;
}

}  // namespace

std::vector<control::FromNode> ScriptedNode::greet() const {
  std::vector<control::FromNode> messages(1);
  control::NodeHello& hello = *messages[0].mutable_hello();
  hello.set_min_version(version);
  hello.set_max_version(version);
  hello.set_node_name("node");
  hello.set_boot_id(boot_id);
  hello.set_workers(1);
  hello.set_max_peers(max_peers);
  for (const auto& [id, peer] : peers) {
    control::PeerSnapshot& snapshot = *messages.emplace_back().mutable_peer_snapshot();
    snapshot.set_peer_id(id.value);
    snapshot.set_state(peer.state);
    for (const RoomId room : peer.rooms) snapshot.add_room_ids(room.value);
  }
  messages.emplace_back().mutable_snapshot_end();
  return messages;
}

std::vector<control::FromNode> ScriptedNode::receive(const control::ToNode& message) {
  received.push_back(message);
  const PeerId added_peer{message.add_peer().peer_id()};
  switch (message.body_case()) {
    case control::ToNode::kAddPeer:
      if (refuses) return {refused(message.request_id())};
      peers[added_peer] = {};
      if (!answers) return {};
      return {added(message.request_id(), message.add_peer())};
    case control::ToNode::kRemovePeer:
      peers.erase(PeerId{message.remove_peer().peer_id()});
      return {};
    case control::ToNode::kJoinRoom:
      peers.at(PeerId{message.join_room().peer_id()})
          .rooms.insert(RoomId{message.join_room().room_id()});
      return {};
    case control::ToNode::kLeaveRoom:
      peers.at(PeerId{message.leave_room().peer_id()})
          .rooms.erase(RoomId{message.leave_room().room_id()});
      return {};
    case control::ToNode::kWelcome:
      ticket_key = message.welcome().ticket_key();
      return {};
    case control::ToNode::kPing: {
      std::vector<control::FromNode> pong(1);
      pong[0].mutable_pong();
      return pong;
    }
    case control::ToNode::kFloor:
    case control::ToNode::kSignalingState:
    case control::ToNode::kSetTalkRoom:
    case control::ToNode::kRenewLeases:
    case control::ToNode::BODY_NOT_SET:
      return {};
  }
  return {};
}

control::FromNode ScriptedNode::set_state(PeerId peer, control::PeerState::State state) {
  if (state == control::PeerState::CLOSED) {
    peers.erase(peer);
  } else {
    peers[peer].state = state;
  }
  control::FromNode message;
  message.mutable_peer_state()->set_peer_id(peer.value);
  message.mutable_peer_state()->set_state(state);
  return message;
}

}  // namespace parley::signaling
