// One worker core and its clients at virtual time, joined by a perfect (or, when asked, lossy)
// network. Checks after every step that packets are conserved, and aborts when they are not.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sfu/core/worker_core.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_peer.hpp"

namespace parley::test {

[[nodiscard]] std::uint64_t sum_of(const sfu::DropCounters& drops);

class TestCall {
 public:
  explicit TestCall(sfu::WorkerConfig config = {}, std::uint64_t seed = 1);

  // A new peer with its own address. Only known to the node after add().
  TestPeer& make_peer(TestPeerSettings settings = {});
  // Adds the peer at the node and hands it the answer, when there is one.
  void add(TestPeer& peer);
  // ICE, DTLS: until the peer is connected. False when it does not get there.
  bool connect(TestPeer& peer);
  // All of it: a connected peer in `room`.
  TestPeer& join(RoomId room, bool may_send = true, TestPeerSettings settings = {});
  void command(const sfu::WorkerCommand& command);

  // Lets the peer say one frame, and delivers everything.
  void say(TestPeer& peer, std::string_view words, std::uint8_t level = 30);
  // One datagram of `peer` (or from anywhere) into the node; then everything is delivered.
  void send(const TestPeer& peer, std::vector<std::uint8_t> datagram);
  void send_from(const Path& path, std::vector<std::uint8_t> datagram);
  // Time passes; timers fire when they are due; peers renew their consent unless silent.
  void pass(Duration duration);
  void stop_checks() { checks_ = false; }
  // This part of the voice packets from the node to its peers is lost, in percent.
  void lose(unsigned percent) { loss_percent_ = percent; }

  [[nodiscard]] sfu::WorkerCore& node() { return *node_; }
  [[nodiscard]] Now now() const { return now_; }
  [[nodiscard]] SeededRandom& random() { return random_; }
  [[nodiscard]] const sfu::WorkerCounters& counters() const { return node_->counters(); }
  [[nodiscard]] std::uint64_t dropped(sfu::Drop drop) const {
    return counters().receive_drops.of(drop);
  }
  [[nodiscard]] sfu::WorkerOutbox& outbox() { return outbox_; }
  // Delivers what waits in the outbox, and what follows from it.
  void deliver();
  // Events since the last take. Answers to AddPeer have reached their peers already.
  [[nodiscard]] std::vector<sfu::WorkerEvent> take_events();
  // The last event of kind `Event` among those not taken yet.
  template <class Event>
  [[nodiscard]] std::optional<Event> last_event() const {
    for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
      if (const auto* found = std::get_if<Event>(&*event)) return *found;
    }
    return std::nullopt;
  }

 private:
  void collect_events();
  void check_conservation() const;

  SeededRandom random_;
  sfu::DtlsContext node_dtls_;
  sfu::DtlsContext client_dtls_;
  std::unique_ptr<sfu::WorkerCore> node_;
  sfu::WorkerOutbox outbox_;
  PacketBatch replies_{1U << 16, 64};
  Now now_;
  std::vector<std::unique_ptr<TestPeer>> peers_;
  std::vector<sfu::WorkerEvent> events_;
  Timestamp next_check_;
  bool checks_ = true;
  unsigned loss_percent_ = 0;
};

}  // namespace parley::test
