#include "net/udp_receiver.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace parley::net {
namespace {

// False for families other than IPv4 and IPv6.
bool read_name(const sockaddr_in6& name, Endpoint& out) {
  if (name.sin6_family == AF_INET6) {
    out.address.is_v6 = true;
    out.port = ntohs(name.sin6_port);
    std::memcpy(out.address.bytes.data(), &name.sin6_addr, sizeof name.sin6_addr);
    return true;
  }
  if (name.sin6_family != AF_INET) return false;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
  out = {};
  out.port = ntohs(v4.sin_port);
  std::memcpy(out.address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
  return true;
}

}  // namespace

UdpReceiver::UdpReceiver(int socket, std::uint16_t local, UdpCounters& counters)
    : socket_(socket), counters_(counters) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    pieces_[i] = {.iov_base = slab_.data() + i * kMaxDatagram, .iov_len = kMaxDatagram};
    headers_[i].msg_hdr.msg_iov = &pieces_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_name = &names_[i];
    headers_[i].msg_hdr.msg_namelen = sizeof names_[i];
    datagrams_[i].from.local = local;
  }
}

UdpReceiver::Batch UdpReceiver::receive() {
  int count = -1;
  do {
    counters_.receive_calls += 1;
    count = recvmmsg(socket_, headers_.data(), kBatch, 0, nullptr);
  } while (count < 0 && errno == EINTR);
  // Errors are EAGAIN, or an ICMP error of something sent earlier.
  const auto received = static_cast<std::size_t>(std::max(count, 0));
  std::size_t taken = 0;
  for (std::size_t slot = 0; slot < received; ++slot) {
    if (take(slot, datagrams_[taken])) taken += 1;
    headers_[slot].msg_hdr.msg_namelen = sizeof names_[slot];  // the kernel wrote it
  }
  return {.datagrams = std::span(datagrams_).first(taken), .is_last = received < kBatch};
}

bool UdpReceiver::take(std::size_t slot, Datagram& out) {
  const mmsghdr& message = headers_[slot];
  counters_.packets_in += 1;
  counters_.bytes_in += message.msg_len;
  if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
    counters_.drop_too_long += 1;
    return false;
  }
  out.bytes = {slab_.data() + slot * kMaxDatagram, message.msg_len};
  return read_name(names_[slot], out.from.remote);
}

}  // namespace parley::net
