#include "sfu/node/ice_tcp.hpp"

#include <array>
#include <utility>
#include <vector>

#include "net/clock.hpp"

namespace parley::sfu {

IceTcp::IceTcp(std::size_t max_connections, Handlers handlers)
    : max_connections_(max_connections), handlers_(std::move(handlers)) {}

void IceTcp::accept(net::ConnectedSocket socket, std::uint16_t local, Now now) {
  if (connections_.size() >= max_connections_ || unproven_ >= kMaxUnproven) {
    counters_.refused += 1;
    return;
  }
  const std::uint32_t id = next_id();
  auto connection = std::make_unique<Connection>();
  connection->path = {.remote = socket.remote, .local = local, .connection = id};
  connection->last_answered = now.mono;
  connection->tcp = std::make_unique<net::TcpConnection>(
      std::move(socket),
      net::TcpConnectionOptions{.max_queued_bytes = kMaxQueuedBytes,
                                .policy = net::QueuePolicy::drop_oldest},
      net::TcpConnectionHandlers{
          .on_connected = {},
          .on_bytes = [this, id](MutableBytes received) { on_bytes(id, received); },
          .on_closed = [this, id](std::string_view) { end(id, net::read_clock()); }});
  connections_.emplace(id, std::move(connection));
  counters_.accepted += 1;
  unproven_ += 1;
}

std::uint32_t IceTcp::next_id() {
  do {
    last_id_ += 1;  // 0 would mean UDP
  } while (last_id_ == 0 || connections_.contains(last_id_));
  return last_id_;
}

void IceTcp::on_bytes(std::uint32_t id, MutableBytes received) {
  Connection& connection = *connections_.at(id);
  const Now now = net::read_clock();
  connection.deframer.feed(received);
  while (const auto packet = connection.deframer.next()) {
    counters_.packets_in += 1;
    handlers_.on_packet(connection.path, *packet, now);
  }
  const bool is_broken = connection.deframer.is_broken();
  if (is_broken) {
    counters_.closed_broken += 1;
    end(id, now);
  }
  handlers_.on_batch_end(now);  // may close this connection
}

void IceTcp::flush(const PacketBatch& batch, Now now) {
  std::array<std::uint8_t, codecs::kTcpFrameHeader + kMaxDatagram> frame;
  for (const PacketBatch::Entry& entry : batch.entries()) {
    if (!entry.path.is_tcp()) continue;
    const auto found = connections_.find(entry.path.connection);
    if (found == connections_.end() || entry.size > kMaxDatagram) {
      counters_.drop_no_connection += 1;
      continue;
    }
    ByteWriter writer(frame);
    writer.u16(static_cast<std::uint16_t>(entry.size));
    writer.bytes(batch.bytes(entry));
    Connection& connection = *found->second;
    connection.last_answered = now.mono;
    if (!std::exchange(connection.is_proven, true)) unproven_ -= 1;
    const std::uint64_t dropped_before = connection.tcp->dropped_messages();
    if (connection.tcp->send(writer.written())) counters_.packets_out += 1;
    counters_.drop_queue_full += connection.tcp->dropped_messages() - dropped_before;
  }
}

void IceTcp::close(std::uint32_t connection) { forget(connection); }

void IceTcp::tick(Now now) {
  std::vector<std::uint32_t> idle;
  for (const auto& [id, connection] : connections_) {
    const Duration life = connection->is_proven ? kIdleLife : kUnprovenLife;
    if (now.mono - connection->last_answered >= life) idle.push_back(id);
  }
  counters_.closed_idle += idle.size();
  for (const std::uint32_t id : idle) end(id, now);
}

void IceTcp::forget(std::uint32_t id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (!found->second->is_proven) unproven_ -= 1;
  found->second->tcp->close();
  connections_.erase(found);
}

void IceTcp::end(std::uint32_t id, Now now) {
  forget(id);
  handlers_.on_closed(id, now);
}

}  // namespace parley::sfu
