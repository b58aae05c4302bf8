// The media node of a simulated world: the switchboard and the workers of one process, which can be
// killed and started anew.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sfu/core/switchboard.hpp"
#include "sfu/core/worker_core.hpp"
#include "tests/sim/seeded_random.hpp"

namespace parley::sim {

inline constexpr std::uint16_t kMediaPort = 7500;
inline const IpAddress kNodeAddress{.bytes = {10, 0, 0, 1}};

class NodeHost {
 public:
  // What leaves the node; the world carries it.
  struct Sinks {
    std::function<void(WorkerIndex, const Path&, Bytes)> datagram;
    std::function<void(const control::FromNode&)> to_signaling;
    std::function<void(std::uint32_t connection)> close_connection;
    std::function<void(std::string)> violation;
  };

  NodeHost(std::uint16_t workers, std::uint8_t slots, SeededRandom& random,
           const sfu::DtlsContext& dtls, Sinks sinks);

  void start(Now now);
  void kill();  // no goodbye: everything in memory is gone
  [[nodiscard]] bool is_running() const { return switchboard_ != nullptr; }

  void on_datagram(WorkerIndex worker, const Path& from, MutableBytes datagram, Now now);
  void on_connection_closed(WorkerIndex worker, std::uint32_t connection, Now now);
  void on_link_up(Now now);
  void on_link_down(Now now);
  void on_message(const control::ToNode& message, Now now);
  void tick(Now now);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] std::size_t peer_count() const;
  [[nodiscard]] std::size_t room_count() const;
  // The sum over workers of one drop.
  [[nodiscard]] std::uint64_t receive_drops(sfu::Drop drop) const;

 private:
  void after_worker(WorkerIndex worker, Now now);
  void carry(sfu::SwitchboardOutbox& out, Now now);
  void check_conservation(WorkerIndex worker) const;

  std::uint16_t worker_count_;
  std::uint8_t slots_;
  SeededRandom& random_;
  const sfu::DtlsContext& dtls_;
  Sinks sinks_;
  std::unique_ptr<sfu::Switchboard> switchboard_;
  std::vector<std::unique_ptr<sfu::WorkerCore>> workers_;
  sfu::WorkerOutbox outbox_;
};

}  // namespace parley::sim
