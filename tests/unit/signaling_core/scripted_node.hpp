// The media node's side of the control link for tests: keeps what it is told, answers by values.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "protocol/control.pb.h"

namespace parley::signaling {

class ScriptedNode {
 public:
  struct Peer {
    control::PeerState::State state = control::PeerState::CONNECTING;
    std::set<RoomId> rooms;
  };

  // Hello, one snapshot of each peer, end.
  [[nodiscard]] std::vector<control::FromNode> greet() const;
  // Its answers to one message.
  [[nodiscard]] std::vector<control::FromNode> receive(const control::ToNode& message);
  // The peer's state changes.
  [[nodiscard]] control::FromNode set_state(PeerId peer, control::PeerState::State state);
  // The process is started anew.
  void restart() {
    ++boot_id;
    peers.clear();
  }

  std::uint64_t boot_id = 77;
  std::uint32_t version = 2;
  std::uint32_t max_peers = 100;
  bool answers = true;   // false: AddPeer stays without an answer
  bool refuses = false;  // AddPeer is answered with OFFER_REFUSED
  std::map<PeerId, Peer> peers;
  std::vector<control::ToNode> received;
  std::string ticket_key;  // of the newest welcome
};

}  // namespace parley::signaling
