// One UDP socket on a loop: datagrams come in batches of recvmmsg, stamped once per batch, and go
// out in batches of sendmmsg. The only place that knows UDP sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/loop.hpp"

namespace parley::net {

struct Datagram {
  Path from;
  MutableBytes bytes;  // in the port's slab: valid, and the receiver's to change, during the call
};

struct UdpCounters {
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t drop_too_long = 0;          // received: longer than kMaxDatagram
  std::uint64_t drop_send_buffer_full = 0;  // EAGAIN: the kernel's send buffer is full
  std::uint64_t drop_send_refused = 0;      // any other error for one datagram (no route, EPERM)

  UdpCounters& operator+=(const UdpCounters& other);
};

struct UdpPortOptions {
  Endpoint bind;            // port 0: the kernel chooses
  std::uint16_t local = 0;  // becomes Path::local of what is received, and selects what is sent
  int receive_buffer_bytes = 4 << 20;  // 0: the kernel's default. The kernel may give less
  int send_buffer_bytes = 4 << 20;
};

class UdpPort {
 public:
  using OnBatch = std::function<void(std::span<Datagram> batch, Now now)>;
  static constexpr std::size_t kBatch = 64;  // datagrams per system call

  // IPv6 ports carry IPv6 only. Errors: unavailable (busy, not our address). `on_batch`
  // runs in the loop's thread and must not destroy the port.
  static Result<std::unique_ptr<UdpPort>> open(Loop& loop, const UdpPortOptions& options,
                                               OnBatch on_batch);
  UdpPort(const UdpPort&) = delete;
  UdpPort& operator=(const UdpPort&) = delete;
  ~UdpPort();

  // Sends those datagrams of `batch` whose path is UDP and has this port's `local` index. Never
  // waits: what the kernel does not take now is dropped and counted, since late audio is worthless.
  void flush(const PacketBatch& batch);

  [[nodiscard]] const Endpoint& local_endpoint() const;  // with the real port
  [[nodiscard]] const UdpCounters& counters() const;

 private:
  struct State;
  explicit UdpPort(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
