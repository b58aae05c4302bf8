// The ICE-TCP side of a worker (RFC 6544, passive): accepted connections, their framing (RFC 4571),
// and the bounds that keep strangers from holding them. Owned by one worker, used in its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/time.hpp"
#include "codecs/tcp_framing.hpp"
#include "net/loop.hpp"
#include "net/tcp_connection.hpp"

namespace parley::sfu {

struct IceTcpCounters {
  std::uint64_t accepted = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t refused = 0;             // connections over a limit
  std::uint64_t closed_idle = 0;         // connections that the core did not answer for too long
  std::uint64_t closed_broken = 0;       // connections with a frame longer than kMaxDatagram
  std::uint64_t drop_queue_full = 0;     // packets that a slow reader did not take in time
  std::uint64_t drop_no_connection = 0;  // packets for a connection that has gone
};

class IceTcp {
 public:
  struct Handlers {
    // One packet, the worker's to change during the call.
    std::function<void(const Path& from, MutableBytes packet, Now now)> on_packet;
    // After the packets of one read; may close any connection.
    std::function<void(Now now)> on_batch_end;
    // The peer or its queue ended this connection; close() is not needed.
    std::function<void(std::uint32_t connection, Now now)> on_closed;
  };
  // Connections that the core has never answered: they have proven nothing. More: more descriptors
  // for strangers; fewer: a crowd that joins at once has to try again.
  static constexpr std::size_t kMaxUnproven = 256;
  static constexpr Duration kUnprovenLife = std::chrono::seconds(10);
  // A proven connection is answered at least at each consent check (RFC 7675: 5 s).
  static constexpr Duration kIdleLife = std::chrono::seconds(30);
  // Voice that waits longer than this queue is late anyway: about 3 s of one stream.
  static constexpr std::size_t kMaxQueuedBytes = 64 * 1024;

  IceTcp(std::size_t max_connections, Handlers handlers);
  IceTcp(const IceTcp&) = delete;
  IceTcp& operator=(const IceTcp&) = delete;

  // A connection to the listener with index `local`. Refused, and counted, over a limit.
  void accept(net::ConnectedSocket socket, std::uint16_t local, Now now);
  // Sends those packets of `batch` whose path is a TCP connection.
  void flush(const PacketBatch& batch, Now now);
  void close(std::uint32_t connection);
  // Closes what has been idle for too long and tells on_closed; call it every few seconds.
  void tick(Now now);

  [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }
  [[nodiscard]] const IceTcpCounters& counters() const { return counters_; }

 private:
  struct Connection {
    Path path;
    Timestamp last_answered;  // or accepted
    bool is_proven = false;
    codecs::TcpDeframer deframer;
    std::unique_ptr<net::TcpConnection> tcp;
  };
  std::uint32_t next_id();
  void on_bytes(std::uint32_t id, MutableBytes received);
  void forget(std::uint32_t id);
  void end(std::uint32_t id, Now now);

  std::size_t max_connections_;
  Handlers handlers_;
  IceTcpCounters counters_;
  std::size_t unproven_ = 0;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, std::unique_ptr<Connection>> connections_;
};

}  // namespace parley::sfu
