#include "net/udp_sender.hpp"

#include <arpa/inet.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace parley::net {
namespace {

// Kernels before 4.18 do not know the option, and would send a message of segments as one datagram.
bool has_segmentation(int socket) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(socket, IPPROTO_UDP, UDP_SEGMENT, &value, &size) == 0;
}

bool is_buffer_full(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

// What a kernel says that cannot cut this message: no checksums in the device (EIO), a path with a
// small MTU (EINVAL, EMSGSIZE), no support (ENOPROTOOPT, EOPNOTSUPP).
bool is_segmentation_refused(int error) {
  return error == EIO || error == EINVAL || error == EMSGSIZE || error == ENOPROTOOPT ||
         error == EOPNOTSUPP;
}

}  // namespace

UdpSender::UdpSender(int socket, bool is_v6, UdpCounters& counters)
    : socket_(socket), is_v6_(is_v6), counters_(counters), can_segment_(has_segmentation(socket)) {
  for (std::size_t i = 0; i < kMaxMessages; ++i) {
    msghdr& header = headers_[i].msg_hdr;
    header.msg_name = &names_[i];
    header.msg_namelen = is_v6_ ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    names_[i].sin6_family = is_v6_ ? AF_INET6 : AF_INET;
    header.msg_control = &controls_[i];
    cmsghdr& control = reinterpret_cast<cmsghdr&>(controls_[i]);
    control.cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    control.cmsg_level = IPPROTO_UDP;
    control.cmsg_type = UDP_SEGMENT;
  }
}

void UdpSender::flush(const PacketBatch& batch, std::uint16_t local) {
  for (auto rest = batch.entries(); !rest.empty();) {
    const auto entries = rest.first(std::min(rest.size(), SendPlan::kMaxEntries));
    rest = rest.subspan(entries.size());
    plan_.make(entries, local, can_segment_);
    for (const SendPlan::Run& run : plan_.runs()) add(batch, entries, run);
    send();
  }
}

void UdpSender::add(const PacketBatch& batch, std::span<const PacketBatch::Entry> entries,
                    const SendPlan::Run& run) {
  if (entries[run.first].path.remote.address.is_v6 != is_v6_) {
    counters_.drop_send_refused += run.segments;  // no socket of this family has such a peer
    return;
  }
  if (run.segments == 1 || can_segment_) {
    add_message(batch, entries, run.first, run.segments);
    return;
  }
  std::uint32_t entry = run.first;
  for (std::uint32_t i = 0; i < run.segments; ++i, entry = plan_.next(entry)) {
    add_message(batch, entries, entry, 1);
  }
}

void UdpSender::add_message(const PacketBatch& batch, std::span<const PacketBatch::Entry> entries,
                            std::uint32_t first, std::uint32_t segments) {
  if (messages_ == kMaxMessages || segments > kMaxPieces - pieces_used_) send();
  msghdr& header = headers_[messages_].msg_hdr;
  header.msg_iov = &pieces_[pieces_used_];
  header.msg_iovlen = segments;
  header.msg_controllen = 0;
  if (segments > 1) {
    const auto size = static_cast<std::uint16_t>(entries[first].size);
    std::memcpy(CMSG_DATA(reinterpret_cast<cmsghdr*>(&controls_[messages_])), &size, sizeof size);
    header.msg_controllen = sizeof(Control);
  }
  write_name(messages_, entries[first].path.remote);
  for (std::uint32_t i = 0, entry = first;;) {
    const Bytes bytes = batch.bytes(entries[entry]);
    // sendmmsg only reads: the const cast is for its signature.
    pieces_[pieces_used_++] = {.iov_base = const_cast<std::uint8_t*>(bytes.data()),
                               .iov_len = bytes.size()};
    if (++i == segments) break;
    entry = plan_.next(entry);
  }
  messages_ += 1;
}

void UdpSender::write_name(std::size_t message, const Endpoint& remote) {
  if (is_v6_) {
    sockaddr_in6& name = names_[message];
    name.sin6_port = htons(remote.port);
    std::memcpy(&name.sin6_addr, remote.address.bytes.data(), sizeof name.sin6_addr);
    return;
  }
  auto& name = reinterpret_cast<sockaddr_in&>(names_[message]);
  name.sin_port = htons(remote.port);
  std::memcpy(&name.sin_addr, remote.address.bytes.data(), sizeof name.sin_addr);
}

void UdpSender::send() {
  std::size_t next = 0;
  while (next < messages_) {
    counters_.send_calls += 1;
    const int sent = sendmmsg(socket_, &headers_[next], static_cast<unsigned>(messages_ - next), 0);
    if (sent > 0) {
      count_sent(next, static_cast<std::size_t>(sent));
      next += static_cast<std::size_t>(sent);
    } else {
      next += on_refused(next, errno);
    }
  }
  messages_ = 0;
  pieces_used_ = 0;
}

void UdpSender::count_sent(std::size_t from, std::size_t count) {
  for (std::size_t i = from; i < from + count; ++i) {
    const std::size_t segments = headers_[i].msg_hdr.msg_iovlen;
    counters_.packets_out += segments;
    counters_.bytes_out += headers_[i].msg_len;
    if (segments == 1) continue;
    counters_.segmented_out += segments;
    refused_in_a_row_ = 0;
  }
}

std::size_t UdpSender::on_refused(std::size_t at, int error) {
  if (error == EINTR) return 0;
  if (is_buffer_full(error)) return drop_for_full_buffer(at);
  const msghdr& message = headers_[at].msg_hdr;
  if (message.msg_iovlen == 1 || !is_segmentation_refused(error)) {
    counters_.drop_send_refused += message.msg_iovlen;  // only this one: go on behind it
    return 1;
  }
  counters_.segmentation_refused += 1;
  refused_in_a_row_ += 1;
  if (refused_in_a_row_ == kMaxRefusedInARow) can_segment_ = false;
  send_one_by_one(message);
  return 1;
}

std::size_t UdpSender::drop_for_full_buffer(std::size_t at) {
  std::size_t packets = 0;
  std::size_t next = at;
  for (; next < messages_ && packets < kDropStep; ++next) {
    packets += headers_[next].msg_hdr.msg_iovlen;
  }
  counters_.drop_send_buffer_full += packets;
  return next - at;
}

void UdpSender::send_one_by_one(const msghdr& message) {
  msghdr single = message;
  single.msg_controllen = 0;
  single.msg_iovlen = 1;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i, ++single.msg_iov) {
    ssize_t sent = -1;
    do {
      counters_.send_calls += 1;
      sent = sendmsg(socket_, &single, 0);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
      counters_.packets_out += 1;
      counters_.bytes_out += static_cast<std::uint64_t>(sent);
    } else if (is_buffer_full(errno)) {
      counters_.drop_send_buffer_full += 1;
    } else {
      counters_.drop_send_refused += 1;
    }
  }
}

}  // namespace parley::net
