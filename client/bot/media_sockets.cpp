#include "client/bot/media_sockets.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "client/core/client_core.hpp"
#include "net/clock.hpp"

namespace parley::client {
namespace {

// 200 ms of audio at the highest bitrate: older audio is worthless (security.md S9).
constexpr std::size_t kMaxTcpQueue = 16 * 1024;

Endpoint any_address(bool is_v6) { return {.address = {.bytes = {}, .is_v6 = is_v6}, .port = 0}; }

}  // namespace

MediaSockets::MediaSockets(net::Loop& loop, MediaHandlers handlers)
    : loop_(loop), handlers_(std::move(handlers)) {}

Result<std::unique_ptr<MediaSockets>> MediaSockets::open(net::Loop& loop, bool with_udp,
                                                         MediaHandlers handlers) {
  std::unique_ptr<MediaSockets> sockets(new MediaSockets(loop, std::move(handlers)));
  if (!with_udp) return sockets;
  MediaSockets* self = sockets.get();
  const auto deliver = [self](std::span<net::Datagram> batch, Now now) {
    for (net::Datagram& datagram : batch) {
      self->handlers_.on_datagram(datagram.from, datagram.bytes, now);
    }
  };
  auto ipv4 = net::UdpPort::open(loop, {.bind = any_address(false), .local = kLocalIpv4}, deliver);
  auto ipv6 = net::UdpPort::open(loop, {.bind = any_address(true), .local = kLocalIpv6}, deliver);
  if (!ipv4 && !ipv6) return std::unexpected(ipv4.error());
  if (ipv4) sockets->ipv4_ = std::move(*ipv4);
  if (ipv6) sockets->ipv6_ = std::move(*ipv6);
  return sockets;
}

void MediaSockets::send(const PacketBatch& batch) {
  if (ipv4_) ipv4_->flush(batch);
  if (ipv6_) ipv6_->flush(batch);
  for (const PacketBatch::Entry& entry : batch.entries()) {
    if (!entry.path.is_tcp()) continue;
    const auto found = connections_.find(entry.path.connection);
    if (found != connections_.end()) send_framed(found->second, batch.bytes(entry));
  }
}

// Two bytes of length, then the packet (RFC 4571 2).
void MediaSockets::send_framed(Connection& connection, Bytes packet) {
  std::array<std::uint8_t, codecs::kTcpFrameHeader + kMaxDatagram> frame{};
  ByteWriter writer(frame);
  writer.u16(static_cast<std::uint16_t>(packet.size()));
  writer.bytes(packet);
  if (writer.ok()) connection.stream->send(writer.written());
}

void MediaSockets::connect_tcp(const Endpoint& remote) {
  if (connections_.size() >= kMaxConnections) return;
  const std::uint32_t id = next_connection_++;
  auto stream = net::TcpConnection::connect(
      loop_, remote, {.max_queued_bytes = kMaxTcpQueue, .policy = net::QueuePolicy::drop_oldest},
      {.on_connected = [this, id, remote] { handlers_.on_tcp_connected(remote, id); },
       .on_bytes = [this, id](MutableBytes bytes) { on_bytes(id, bytes); },
       .on_closed = [this, id](std::string_view) { on_closed(id); }});
  connections_.emplace(id,
                       Connection{.stream = std::move(stream), .deframer = {}, .remote = remote});
}

void MediaSockets::on_bytes(std::uint32_t id, MutableBytes bytes) {
  auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Path from{.remote = found->second.remote, .connection = id};
  const Now now = net::read_clock();
  found->second.deframer.feed(bytes);
  while (const auto packet = found->second.deframer.next()) {
    handlers_.on_datagram(from, *packet, now);
    found = connections_.find(id);  // the core may have closed it
    if (found == connections_.end()) return;
  }
  if (found->second.deframer.is_broken()) on_closed(id);
}

void MediaSockets::on_closed(std::uint32_t id) {
  if (connections_.erase(id) > 0) handlers_.on_tcp_closed(id);
}

void MediaSockets::close_tcp(std::uint32_t connection) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  found->second.stream->close();
  connections_.erase(found);
}

std::uint64_t MediaSockets::send_drops() const {
  std::uint64_t drops = 0;
  for (const net::UdpPort* port : {ipv4_.get(), ipv6_.get()}) {
    if (port == nullptr) continue;
    drops += port->counters().drop_send_buffer_full + port->counters().drop_send_refused;
  }
  return drops;
}

}  // namespace parley::client
