// The receiving side of a UDP socket: one system call takes a batch of datagrams into one slab.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "net/udp_counters.hpp"

namespace parley::net {

struct Datagram {
  Path from;
  MutableBytes bytes;  // in the port's slab: valid, and the receiver's to change, during the call
};

class UdpReceiver {
 public:
  // Datagrams per system call. The cost per datagram is flat from 16 to 256 (docs/performance.md);
  // a larger batch gathers more talkers for one flush, a smaller one takes less memory.
  static constexpr std::size_t kBatch = 128;

  struct Batch {
    std::span<Datagram> datagrams;  // valid until the next receive()
    bool is_last;                   // the socket is empty now
  };

  // Works on `socket`, which is not blocking, and counts into `counters`; both outlive it. `local`
  // becomes Path::local of every datagram.
  UdpReceiver(int socket, std::uint16_t local, UdpCounters& counters);
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  // Never waits. Datagrams longer than kMaxDatagram are counted and left out.
  [[nodiscard]] Batch receive();

 private:
  [[nodiscard]] bool take(std::size_t slot, Datagram& out);

  const int socket_;
  UdpCounters& counters_;
  std::array<mmsghdr, kBatch> headers_{};
  std::array<iovec, kBatch> pieces_{};
  std::array<sockaddr_in6, kBatch> names_{};  // large enough for sockaddr_in too
  std::array<Datagram, kBatch> datagrams_{};
  // Slots of kMaxDatagram. Longer datagrams arrive cut, with MSG_TRUNC set.
  std::array<std::uint8_t, kBatch * kMaxDatagram> slab_;
};

}  // namespace parley::net
