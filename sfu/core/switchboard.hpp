// The node's side of the control protocol, without its link: places rooms and peers on workers,
// turns control messages into worker commands and worker events into control messages, and
// remembers every peer so that a fresh link gets a snapshot. Media never depends on it. Pure; owned
// by the node's main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "protocol/control.pb.h"
#include "sfu/core/ticket_gate.hpp"
#include "sfu/core/worker_core.hpp"

namespace parley::sfu {

struct SwitchboardConfig {
  std::string node_name;
  std::uint64_t boot_id;
  std::uint16_t workers = 1;
  std::uint32_t max_peers = 5000;
  std::uint32_t max_room_peers = 1000;  // of one room, over all workers
  // A room's members are kept on its home worker until that worker has this many peers more than
  // the least loaded one; then they spread over all. More: a large room uses few cores. Less: small
  // rooms pay for messages between workers.
  std::size_t home_share = 64;
  // The first term of a floor; each room that comes into being has a greater one. Greater than any
  // of an earlier process: the time of its start in Unix seconds.
  std::uint32_t first_term = 1;
};

struct SwitchboardOutbox {
  std::vector<control::FromNode> to_signaling;  // dropped by the shell while the link is down
  std::vector<std::pair<WorkerIndex, WorkerCommand>> to_workers;
};

// A member of an arbitrated room whose transport has ended keeps its place this long: its next
// transport finds its grant, its hand and its emergency as they were. More: places are taken by
// people who are gone. Less: a client that comes back late begins anew.
inline constexpr Duration kLostMemberHold = std::chrono::seconds(60);

class Switchboard {
 public:
  explicit Switchboard(SwitchboardConfig config);
  ~Switchboard();
  // The link is up: says hello and sends the snapshot.
  void on_link_up(Timestamp now, SwitchboardOutbox& out);
  void on_link_down(Timestamp now, SwitchboardOutbox& out);
  // A message that passed protocol::decode.
  void on_message(const control::ToNode& message, Now now, SwitchboardOutbox& out);
  void on_worker_event(WorkerIndex worker, const WorkerEvent& event, Timestamp now,
                       SwitchboardOutbox& out);
  [[nodiscard]] std::size_t peer_count() const;
  [[nodiscard]] const TicketFaultCounts& refused_tickets() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::sfu
