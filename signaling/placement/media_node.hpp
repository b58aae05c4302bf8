// The media node that carries all rooms (one for now), as signaling knows it: whether its link is
// up, how far the greeting has come, which process it is, and how much it may carry.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "protocol/control.pb.h"
#include "signaling/placement/transport.hpp"

namespace parley::signaling {

class MediaNode {
 public:
  using Snapshot = std::map<PeerId, control::PeerSnapshot>;
  // A node may announce more peers than this in its snapshot only by mistake.
  static constexpr std::size_t kMaxSnapshot = 1'000'000;

  // Starts with the link down since `now`.
  explicit MediaNode(Timestamp now) : state_(Down{.since = now}) {}

  void on_link_up(Timestamp now);
  void on_link_down(Timestamp now);
  // A message came in: the link lives.
  void on_heard(Timestamp now) { heard_at_ = now; }

  enum class Greeting : std::uint8_t {
    same_process,  // its transports may have survived
    new_process,   // another boot id than before: all its transports are gone
    out_of_order,  // a second hello
  };
  Greeting on_hello(const control::NodeHello& hello);
  // False when no snapshot is awaited, or it is too large.
  bool on_peer_snapshot(const control::PeerSnapshot& peer);
  // The whole snapshot, once; nullopt when none was awaited. From here on the node is ready.
  std::optional<Snapshot> on_snapshot_end();

  // It takes requests.
  [[nodiscard]] bool is_ready() const { return std::holds_alternative<Ready>(state_); }
  [[nodiscard]] bool is_link_up() const { return !std::holds_alternative<Down>(state_); }
  // Its hello has come on this link.
  [[nodiscard]] bool has_greeted() const {
    return is_ready() || std::holds_alternative<Announcing>(state_);
  }
  [[nodiscard]] std::uint32_t max_peers() const { return max_peers_; }
  // Of its process; 0: no node was seen yet.
  [[nodiscard]] std::uint64_t boot_id() const { return boot_id_; }
  [[nodiscard]] Timestamp heard_at() const { return heard_at_; }
  // Since when the link is down; nullopt while it is up.
  [[nodiscard]] std::optional<Timestamp> down_since() const;

  // Never 0.
  [[nodiscard]] NodeRequestId next_request();

 private:
  struct Down {
    Timestamp since;
  };
  struct AwaitingHello {};  // the link is up, its hello is awaited
  struct Announcing {
    Snapshot peers;
  };
  struct Ready {};

  std::variant<Down, AwaitingHello, Announcing, Ready> state_;
  std::uint64_t boot_id_ = 0;  // 0: no node was seen yet
  std::uint32_t max_peers_ = 0;
  std::uint32_t last_request_ = 0;
  Timestamp heard_at_{};
};

}  // namespace parley::signaling
