// One UDP socket on a loop: datagrams come in batches of recvmmsg, stamped once per batch, and go
// out in batches of sendmmsg. The only place that knows UDP sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/loop.hpp"
#include "net/udp_counters.hpp"
#include "net/udp_receiver.hpp"

namespace parley::net {

struct UdpPortOptions {
  Endpoint bind;            // port 0: the kernel chooses
  std::uint16_t local = 0;  // becomes Path::local of what is received, and selects what is sent
  // 0: the kernel's default. Without CAP_NET_ADMIN the kernel gives at most net.core.rmem_max and
  // wmem_max.
  int receive_buffer_bytes = 4 << 20;
  int send_buffer_bytes = 4 << 20;
};

class UdpPort {
 public:
  using OnBatch = std::function<void(std::span<Datagram> batch, Now now)>;

  // IPv6 ports carry IPv6 only. Errors: unavailable (busy, not our address). `on_batch`
  // runs in the loop's thread and must not destroy the port.
  static Result<std::unique_ptr<UdpPort>> open(Loop& loop, const UdpPortOptions& options,
                                               OnBatch on_batch);
  UdpPort(const UdpPort&) = delete;
  UdpPort& operator=(const UdpPort&) = delete;
  ~UdpPort();

  // Sends those datagrams of `batch` whose path is UDP and has this port's `local` index; to each
  // destination in their order, several in one message where they fit (SendPlan). Never waits:
  // what the kernel does not take now is dropped and counted, since late audio is worthless.
  void flush(const PacketBatch& batch);

  [[nodiscard]] const Endpoint& local_endpoint() const;  // with the real port
  [[nodiscard]] const UdpCounters& counters() const;
  // What the kernel gave, its own bookkeeping included: twice what it granted (socket(7)).
  [[nodiscard]] int receive_buffer_bytes() const;
  [[nodiscard]] int send_buffer_bytes() const;

 private:
  struct State;
  explicit UdpPort(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
