// The worker cores of one node (one, unless asked for more) and their clients at virtual time,
// joined by a perfect (or, when asked, lossy) network. Checks after every step that packets are
// conserved, and aborts when they are not.
#pragma once

#include <cstdint>
#include <deque>
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
  explicit TestCall(sfu::WorkerConfig config = {}, std::uint64_t seed = 1,
                    std::uint16_t workers = 1);

  // A new peer with its own address. Only known to the node after add().
  TestPeer& make_peer(TestPeerSettings settings = {});
  // Adds the peer at the node and hands it the answer, when there is one.
  void add(TestPeer& peer);
  // ICE, DTLS: until the peer is connected. False when it does not get there.
  bool connect(TestPeer& peer);
  // All of it: a connected peer in `room`, whose home is worker 0.
  TestPeer& join(RoomId room, bool may_send = true, TestPeerSettings settings = {});
  void command(const sfu::WorkerCommand& command, WorkerIndex worker = {});

  // Lets the peer say one frame, and delivers everything.
  void say(TestPeer& peer, std::string_view words, std::uint8_t level = 30);
  // One datagram of `peer` (or from anywhere) into the node; then everything is delivered.
  void send(const TestPeer& peer, std::vector<std::uint8_t> datagram);
  void send_from(const Path& path, std::vector<std::uint8_t> datagram, WorkerIndex worker = {});
  // Time passes; timers fire when they are due; peers renew their consent unless silent, and
  // signaling their leases unless it is gone.
  void pass(Duration duration);
  void stop_checks() { checks_ = false; }
  void stop_renewals() { renews_ = false; }
  // Everything of the node is gone, without a goodbye; the peers stay.
  void destroy_workers() { workers_.clear(); }
  // This part of the voice packets from the node to its peers is lost, in percent.
  void lose(unsigned percent) { loss_percent_ = percent; }

  // Messages between workers are lost from now on, or no longer.
  void cut_workers(bool cut) { are_workers_cut_ = cut; }
  // Messages between workers stay on their way until the next deliver() after this is over.
  void hold_workers(bool hold) { are_workers_held_ = hold; }

  [[nodiscard]] sfu::WorkerCore& node(WorkerIndex worker = {}) { return *workers_[worker.value]; }
  [[nodiscard]] Now now() const { return now_; }
  [[nodiscard]] SeededRandom& random() { return random_; }
  [[nodiscard]] const sfu::WorkerCounters& counters(WorkerIndex worker = {}) const {
    return workers_[worker.value]->counters();
  }
  [[nodiscard]] std::uint64_t dropped(sfu::Drop drop) const {
    return counters().receive_drops.of(drop);
  }
  [[nodiscard]] sfu::WorkerOutbox& outbox() { return outbox_; }
  // Delivers what `worker` has left in the outbox, and what follows from it.
  void deliver(WorkerIndex worker = {});
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
  struct Flying {
    Path path;
    std::vector<std::uint8_t> datagram;
  };

  // The end of a worker's turn: its outbox is emptied into what flies.
  void end_turn(WorkerIndex worker);
  void arrive(Flying flying);
  [[nodiscard]] Timestamp deadline() const;
  void collect_events();
  void check_conservation(WorkerIndex worker) const;
  void renew_leases();

  SeededRandom random_;
  sfu::DtlsContext node_dtls_;
  sfu::DtlsContext client_dtls_;
  std::vector<std::unique_ptr<sfu::WorkerCore>> workers_;
  sfu::WorkerOutbox outbox_;
  PacketBatch replies_{1U << 16, 64};
  Now now_;
  std::vector<std::unique_ptr<TestPeer>> peers_;
  std::vector<sfu::WorkerEvent> events_;
  Timestamp next_check_;
  Timestamp next_renewal_;
  std::deque<Flying> flying_;                  // datagrams to peers
  std::deque<sfu::OutgoingMessage> messages_;  // between workers
  bool are_workers_cut_ = false;
  bool are_workers_held_ = false;
  bool checks_ = true;
  bool renews_ = true;
  unsigned loss_percent_ = 0;
};

}  // namespace parley::test
