// What one UDP socket has taken in, sent and dropped.
#pragma once

#include <cstdint>

namespace parley::net {

// Of everything that is given to flush(): packets_out + drop_send_buffer_full + drop_send_refused.
struct UdpCounters {
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t drop_too_long = 0;          // received: longer than kMaxDatagram
  std::uint64_t drop_send_buffer_full = 0;  // EAGAIN: the kernel's send buffer is full
  std::uint64_t drop_send_refused = 0;      // any other error for one datagram (no route, EPERM)
  std::uint64_t receive_calls = 0;          // recvmmsg
  std::uint64_t send_calls = 0;             // sendmmsg and sendmsg
  std::uint64_t segmented_out = 0;          // of packets_out: left in a message of several segments
  std::uint64_t segmentation_refused = 0;   // such messages that had to leave packet by packet

  UdpCounters& operator+=(const UdpCounters& other);
};

}  // namespace parley::net
