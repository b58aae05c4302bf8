#include "signaling/placement/media_node.hpp"

namespace parley::signaling {

void MediaNode::on_link_up(Timestamp now) {
  state_ = AwaitingHello{};
  heard_at_ = now;
}

void MediaNode::on_link_down(Timestamp now) {
  if (is_link_up()) state_ = Down{.since = now};
}

MediaNode::Greeting MediaNode::on_hello(const control::NodeHello& hello) {
  if (!std::holds_alternative<AwaitingHello>(state_)) return Greeting::out_of_order;
  const bool is_new = boot_id_ != 0 && boot_id_ != hello.boot_id();
  boot_id_ = hello.boot_id();
  max_peers_ = hello.max_peers();
  state_ = Announcing{};
  return is_new ? Greeting::new_process : Greeting::same_process;
}

bool MediaNode::on_peer_snapshot(const control::PeerSnapshot& peer) {
  auto* announcing = std::get_if<Announcing>(&state_);
  if (announcing == nullptr || announcing->peers.size() >= kMaxSnapshot) return false;
  announcing->peers.insert_or_assign(PeerId{peer.peer_id()}, peer);
  return true;
}

std::optional<MediaNode::Snapshot> MediaNode::on_snapshot_end() {
  auto* announcing = std::get_if<Announcing>(&state_);
  if (announcing == nullptr) return std::nullopt;
  Snapshot peers = std::move(announcing->peers);
  state_ = Ready{};
  return peers;
}

std::optional<Timestamp> MediaNode::down_since() const {
  const auto* down = std::get_if<Down>(&state_);
  if (down == nullptr) return std::nullopt;
  return down->since;
}

NodeRequestId MediaNode::next_request() {
  if (++last_request_ == 0) ++last_request_;
  return NodeRequestId{last_request_};
}

}  // namespace parley::signaling
