#include "net/udp_sink.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/packet_batch.hpp"
#include "net/socket_address.hpp"
#include "net/udp_socket.hpp"

namespace parley::net {
namespace {

// The kernel's stamp, or the epoch.
WallTime arrival_of(const msghdr& message) {
  if (message.msg_controllen == 0) return {};
  const cmsghdr* const control = CMSG_FIRSTHDR(&message);
  if (control == nullptr || control->cmsg_type != SCM_TIMESTAMPNS) return {};
  timespec stamp{};
  std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
  return WallTime(std::chrono::duration_cast<Duration>(std::chrono::seconds(stamp.tv_sec) +
                                                       std::chrono::nanoseconds(stamp.tv_nsec)));
}

}  // namespace

struct UdpDrain::State {
  static constexpr std::size_t kControl = CMSG_SPACE(sizeof(timespec));

  std::array<std::uint8_t, kBatch * kMaxDatagram> slab;
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> pieces{};
  alignas(cmsghdr) std::array<std::array<std::uint8_t, kControl>, kBatch> controls{};
  std::array<SunkDatagram, kBatch> datagrams;
};

UdpDrain::UdpDrain() : state_(std::make_unique<State>()) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    state_->pieces[i] = {.iov_base = state_->slab.data() + i * kMaxDatagram,
                         .iov_len = kMaxDatagram};
    state_->headers[i].msg_hdr.msg_iov = &state_->pieces[i];
    state_->headers[i].msg_hdr.msg_iovlen = 1;
    state_->headers[i].msg_hdr.msg_control = state_->controls[i].data();
  }
}

UdpDrain::~UdpDrain() = default;

Result<std::unique_ptr<UdpSink>> UdpSink::open(const UdpSinkOptions& options) {
  const auto fd = open_udp_socket(options.bind);
  if (!fd) return std::unexpected(fd.error());
  std::unique_ptr<UdpSink> sink(new UdpSink(*fd));
  set_buffer(*fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_bytes);
  if (options.stamped) {
    const int on = 1;
    static_cast<void>(setsockopt(*fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on));
  }
  auto local = bind_udp_socket(*fd, options.bind);
  if (!local) return std::unexpected(std::move(local.error()));
  sink->local_ = *local;
  return sink;
}

UdpSink::~UdpSink() = default;

bool UdpSink::send(const Endpoint& to, Bytes datagram) {
  sockaddr_storage address{};
  const socklen_t size = to_socket_address(to, address);
  ssize_t sent = -1;
  do {
    sent = ::sendto(socket_.get(), datagram.data(), datagram.size(), 0,
                    reinterpret_cast<const sockaddr*>(&address), size);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

std::span<SunkDatagram> UdpSink::receive(UdpDrain& drain) {
  UdpDrain::State& state = *drain.state_;
  int count = -1;
  do {
    for (mmsghdr& header : state.headers) header.msg_hdr.msg_controllen = UdpDrain::State::kControl;
    count = recvmmsg(socket_.get(), state.headers.data(), UdpDrain::kBatch, 0, nullptr);
  } while (count < 0 && errno == EINTR);
  std::size_t taken = 0;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const mmsghdr& header = state.headers[at];
    if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
    state.datagrams[taken++] = {
        .bytes = MutableBytes(state.slab).subspan(at * kMaxDatagram, header.msg_len),
        .arrival = arrival_of(header.msg_hdr)};
  }
  return std::span(state.datagrams).first(taken);
}

}  // namespace parley::net
