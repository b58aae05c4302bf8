// A UDP socket that nobody waits for: it stands in no event loop, and what has come is taken in
// batches when its owner has time. For measurements: a socket in epoll would charge the wake-up of
// its reader to whoever sends.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/descriptor.hpp"

namespace parley::net {

struct SunkDatagram {
  MutableBytes bytes;  // in the drain's slab: valid, and the receiver's to change, until the next
  WallTime arrival{};  // from the kernel when the sink is stamped; else the epoch
};

// The buffers of recvmmsg, shared by all sinks of a thread.
class UdpDrain {
 public:
  static constexpr std::size_t kBatch = 64;  // datagrams per system call
  UdpDrain();
  UdpDrain(const UdpDrain&) = delete;
  UdpDrain& operator=(const UdpDrain&) = delete;
  ~UdpDrain();

 private:
  friend class UdpSink;
  struct State;
  std::unique_ptr<State> state_;
};

struct UdpSinkOptions {
  Endpoint bind;  // port 0: the kernel chooses
  // Asked for past the kernel's limit (SO_RCVBUFFORCE) where the process may, else within it.
  int receive_buffer_bytes = 4 << 20;
  // The kernel stamps what arrives. One such socket makes it stamp every packet of the machine.
  bool stamped = false;
};

class UdpSink {
 public:
  // Errors: unavailable (address busy or not ours, too many descriptors).
  static Result<std::unique_ptr<UdpSink>> open(const UdpSinkOptions& options);
  UdpSink(const UdpSink&) = delete;
  UdpSink& operator=(const UdpSink&) = delete;
  ~UdpSink();

  // False when the kernel did not take it: never waits.
  bool send(const Endpoint& to, Bytes datagram);
  // Up to kBatch datagrams; fewer than kBatch: nothing more is there now. Who sent them is not
  // asked. Longer ones than kMaxDatagram are left out.
  [[nodiscard]] std::span<SunkDatagram> receive(UdpDrain& drain);

  [[nodiscard]] const Endpoint& local_endpoint() const { return local_; }  // with the real port

 private:
  explicit UdpSink(int fd) : socket_(fd) {}
  Descriptor socket_;
  Endpoint local_;
};

}  // namespace parley::net
