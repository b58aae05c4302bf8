#include "net/udp_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "base/check.hpp"
#include "net/clock.hpp"
#include "net/descriptor.hpp"
#include "net/handle.hpp"
#include "net/udp_sender.hpp"
#include "net/udp_socket.hpp"

namespace parley::net {
namespace {

// Datagrams per readable event, so that a flood cannot starve timers and other sockets.
constexpr std::size_t kMaxDatagramsPerEvent = 512;
constexpr std::size_t kMaxBatchesPerEvent = kMaxDatagramsPerEvent / UdpReceiver::kBatch;

int socket_option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  PARLEY_CHECK(getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0);
  return value;
}

}  // namespace

struct UdpPort::State {
  State(int fd, const UdpPortOptions& options, OnBatch handler)
      : socket(fd),
        local_index(options.local),
        on_batch(std::move(handler)),
        receiver(fd, options.local, counters),
        sender(fd, options.bind.address.is_v6, counters) {}

  void on_readable();

  Descriptor socket;  // closed after the poll handle has stopped: see ~UdpPort
  const std::uint16_t local_index;
  const OnBatch on_batch;
  Endpoint local;
  UdpCounters counters;
  UdpReceiver receiver;
  UdpSender sender;
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
  receive_calls += other.receive_calls;
  send_calls += other.send_calls;
  segmented_out += other.segmented_out;
  segmentation_refused += other.segmentation_refused;
  return *this;
}

UdpPort::UdpPort(std::unique_ptr<State> state) : state_(std::move(state)) {}

UdpPort::~UdpPort() = default;

Result<std::unique_ptr<UdpPort>> UdpPort::open(Loop& loop, const UdpPortOptions& options,
                                               OnBatch on_batch) {
  const auto fd = open_udp_socket(options.bind);
  if (!fd) return std::unexpected(fd.error());
  auto state = std::make_unique<State>(*fd, options, std::move(on_batch));
  if (options.bind.address.is_v6) {
    const int on = 1;
    PARLEY_CHECK(setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
  }
  set_buffer(*fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_bytes);
  set_buffer(*fd, SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer_bytes);
  auto local = bind_udp_socket(*fd, options.bind);
  if (!local) return std::unexpected(std::move(local.error()));
  state->local = *local;

  state->poll.reset(new uv_poll_t);
  PARLEY_CHECK(uv_poll_init(loop.raw(), state->poll.get(), *fd) == 0);
  state->poll->data = state.get();
  const int started = uv_poll_start(state->poll.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
    if (poll->data != nullptr) static_cast<State*>(poll->data)->on_readable();
  });
  PARLEY_CHECK(started == 0);
  return std::unique_ptr<UdpPort>(new UdpPort(std::move(state)));
}

void UdpPort::State::on_readable() {
  for (std::size_t i = 0; i < kMaxBatchesPerEvent; ++i) {
    const UdpReceiver::Batch batch = receiver.receive();
    if (!batch.datagrams.empty()) on_batch(batch.datagrams, read_clock());
    if (batch.is_last) return;
  }
}

void UdpPort::flush(const PacketBatch& batch) { state_->sender.flush(batch, state_->local_index); }

const Endpoint& UdpPort::local_endpoint() const { return state_->local; }

const UdpCounters& UdpPort::counters() const { return state_->counters; }

int UdpPort::receive_buffer_bytes() const { return socket_option(state_->socket.get(), SO_RCVBUF); }

int UdpPort::send_buffer_bytes() const { return socket_option(state_->socket.get(), SO_SNDBUF); }

}  // namespace parley::net
