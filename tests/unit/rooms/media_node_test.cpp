#include "signaling/placement/media_node.hpp"

#include <gtest/gtest.h>

namespace parley::signaling {
namespace {

using std::chrono::seconds;

constexpr Timestamp at(int second) { return Timestamp(seconds(second)); }

control::NodeHello hello(std::uint64_t boot_id) {
  control::NodeHello message;
  message.set_boot_id(boot_id);
  message.set_max_peers(5);
  return message;
}

TEST(MediaNode, IsReadyOnceItsSnapshotIsComplete) {
  MediaNode node(at(0));
  EXPECT_EQ(node.down_since(), at(0));
  node.on_link_up(at(1));
  EXPECT_EQ(node.on_hello(hello(7)), MediaNode::Greeting::same_process);
  control::PeerSnapshot peer;
  peer.set_peer_id(11);
  EXPECT_TRUE(node.on_peer_snapshot(peer));
  EXPECT_FALSE(node.is_ready());
  const auto snapshot = node.on_snapshot_end();
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_TRUE(snapshot->contains(PeerId{11}));
  EXPECT_TRUE(node.is_ready());
  EXPECT_EQ(node.max_peers(), 5U);
}

TEST(MediaNode, TellsAnotherProcessByItsBootId) {
  MediaNode node(at(0));
  for (const auto& [boot_id, greeting] : {std::pair{7, MediaNode::Greeting::same_process},
                                          std::pair{7, MediaNode::Greeting::same_process},
                                          std::pair{8, MediaNode::Greeting::new_process}}) {
    node.on_link_up(at(1));
    EXPECT_EQ(node.on_hello(hello(static_cast<std::uint64_t>(boot_id))), greeting);
    node.on_link_down(at(2));
  }
}

TEST(MediaNode, RefusesMessagesOutOfOrder) {
  MediaNode node(at(0));
  EXPECT_EQ(node.on_hello(hello(7)), MediaNode::Greeting::out_of_order);
  EXPECT_FALSE(node.on_peer_snapshot({}));
  EXPECT_FALSE(node.on_snapshot_end().has_value());
  node.on_link_up(at(1));
  (void)node.on_hello(hello(7));
  EXPECT_EQ(node.on_hello(hello(7)), MediaNode::Greeting::out_of_order);
}

TEST(MediaNode, RemembersSinceWhenItIsAway) {
  MediaNode node(at(0));
  node.on_link_up(at(5));
  EXPECT_EQ(node.down_since(), std::nullopt);
  node.on_link_down(at(9));
  node.on_link_down(at(12));
  EXPECT_EQ(node.down_since(), at(9));
}

}  // namespace
}  // namespace parley::signaling
