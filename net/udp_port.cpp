#include "net/udp_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "net/clock.hpp"
#include "net/descriptor.hpp"
#include "net/handle.hpp"
#include "net/socket_address.hpp"

namespace parley::net {
namespace {

// Datagrams longer than kMaxDatagram arrive cut, with MSG_TRUNC set.
constexpr std::size_t kSlot = kMaxDatagram;
// System calls per readable event, so that a flood cannot starve timers and other sockets.
constexpr int kMaxBatchesPerEvent = 8;

void set_option(int fd, int level, int name, int value) {
  // Best effort: the kernel bounds buffer sizes by itself.
  static_cast<void>(setsockopt(fd, level, name, &value, sizeof value));
}

// The buffers of recvmmsg and sendmmsg, set up once.
struct Messages {
  std::array<mmsghdr, UdpPort::kBatch> headers{};
  std::array<iovec, UdpPort::kBatch> pieces{};
  std::array<sockaddr_storage, UdpPort::kBatch> addresses{};

  Messages() {
    for (std::size_t i = 0; i < headers.size(); ++i) {
      headers[i].msg_hdr.msg_iov = &pieces[i];
      headers[i].msg_hdr.msg_iovlen = 1;
      headers[i].msg_hdr.msg_name = &addresses[i];
    }
  }
};

}  // namespace

struct UdpPort::State {
  State(int fd, UdpPortOptions opts, OnBatch handler)
      : socket(fd), options(std::move(opts)), on_batch(std::move(handler)) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      receiving.pieces[i] = {.iov_base = slab.data() + i * kSlot, .iov_len = kSlot};
    }
  }

  void on_readable();
  [[nodiscard]] int receive_batch();
  void deliver(int count);
  void send(std::size_t count);

  Descriptor socket;  // closed after the poll handle has stopped: see ~UdpPort
  UdpPortOptions options;
  OnBatch on_batch;
  Endpoint local;
  UdpCounters counters;
  std::array<std::uint8_t, kBatch * kSlot> slab;
  Messages receiving;
  Messages sending;
  HandlePtr<uv_poll_t> poll;
};

UdpCounters& UdpCounters::operator+=(const UdpCounters& other) {
  packets_in += other.packets_in;
  bytes_in += other.bytes_in;
  packets_out += other.packets_out;
  bytes_out += other.bytes_out;
  drop_too_long += other.drop_too_long;
  drop_send_buffer_full += other.drop_send_buffer_full;
  drop_send_refused += other.drop_send_refused;
  return *this;
}

UdpPort::UdpPort(std::unique_ptr<State> state) : state_(std::move(state)) {}

UdpPort::~UdpPort() = default;

Result<std::unique_ptr<UdpPort>> UdpPort::open(Loop& loop, const UdpPortOptions& options,
                                               OnBatch on_batch) {
  const int family = options.bind.address.is_v6 ? AF_INET6 : AF_INET;
  const int fd = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(bind_error("UDP", options.bind, errno));
  auto state = std::make_unique<State>(fd, options, std::move(on_batch));
  if (family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (options.receive_buffer_bytes > 0) {
    set_option(fd, SOL_SOCKET, SO_RCVBUF, options.receive_buffer_bytes);
  }
  if (options.send_buffer_bytes > 0) {
    set_option(fd, SOL_SOCKET, SO_SNDBUF, options.send_buffer_bytes);
  }
  sockaddr_storage address{};
  socklen_t size = to_socket_address(options.bind, address);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    return std::unexpected(bind_error("UDP", options.bind, errno));
  }
  size = sizeof address;
  PARLEY_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  state->local = from_socket_address(address).value();

  state->poll.reset(new uv_poll_t);
  PARLEY_CHECK(uv_poll_init(loop.raw(), state->poll.get(), fd) == 0);
  state->poll->data = state.get();
  const int started = uv_poll_start(state->poll.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
    if (poll->data != nullptr) static_cast<State*>(poll->data)->on_readable();
  });
  PARLEY_CHECK(started == 0);
  return std::unique_ptr<UdpPort>(new UdpPort(std::move(state)));
}

void UdpPort::State::on_readable() {
  for (int i = 0; i < kMaxBatchesPerEvent; ++i) {
    const int count = receive_batch();
    if (count > 0) deliver(count);
    if (count < static_cast<int>(kBatch)) return;
  }
}

int UdpPort::State::receive_batch() {
  for (mmsghdr& message : receiving.headers) {
    message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  }
  int count = -1;
  do {
    count = recvmmsg(socket.get(), receiving.headers.data(), kBatch, 0, nullptr);
  } while (count < 0 && errno == EINTR);
  return count;  // errors are EAGAIN, or an ICMP error of something sent earlier
}

void UdpPort::State::deliver(int count) {
  const Now now = read_clock();
  std::array<Datagram, kBatch> batch;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const mmsghdr& message = receiving.headers[i];
    counters.packets_in += 1;
    counters.bytes_in += message.msg_len;
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      counters.drop_too_long += 1;
      continue;
    }
    const auto remote = from_socket_address(receiving.addresses[i]);
    if (!remote) continue;  // cannot be: the socket has one of both families
    batch[taken] = {.from = {.remote = *remote, .local = options.local},
                    .bytes = {slab.data() + i * kSlot, message.msg_len}};
    taken += 1;
  }
  if (taken > 0) on_batch(std::span(batch).first(taken), now);
}

void UdpPort::flush(const PacketBatch& batch) {
  State& state = *state_;
  std::size_t count = 0;
  for (const PacketBatch::Entry& entry : batch.entries()) {
    if (entry.path.is_tcp() || entry.path.local != state.options.local) continue;
    const Bytes bytes = batch.bytes(entry);
    // sendmmsg only reads: the const cast is for its signature.
    state.sending.pieces[count] = {.iov_base = const_cast<std::uint8_t*>(bytes.data()),
                                   .iov_len = bytes.size()};
    state.sending.headers[count].msg_hdr.msg_namelen =
        to_socket_address(entry.path.remote, state.sending.addresses[count]);
    count += 1;
    if (count == kBatch) {
      state.send(count);
      count = 0;
    }
  }
  if (count > 0) state.send(count);
}

void UdpPort::State::send(std::size_t count) {
  std::size_t next = 0;
  while (next < count) {
    const int sent = sendmmsg(socket.get(), sending.headers.data() + next,
                              static_cast<unsigned>(count - next), 0);
    if (sent > 0) {
      for (int i = 0; i < sent; ++i) counters.bytes_out += sending.pieces[next++].iov_len;
      counters.packets_out += static_cast<std::uint64_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
      counters.drop_send_buffer_full += count - next;
      return;
    }
    counters.drop_send_refused += 1;  // only the first one was refused: go on behind it
    next += 1;
  }
}

const Endpoint& UdpPort::local_endpoint() const { return state_->local; }

const UdpCounters& UdpPort::counters() const { return state_->counters; }

}  // namespace parley::net
