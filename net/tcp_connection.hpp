// One TCP connection on a loop, with a bounded queue of whole messages towards the network.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/handle.hpp"
#include "net/loop.hpp"
#include "net/write_queue.hpp"

namespace parley::net {

// An established connection that nobody uses yet. Destroying it closes it.
struct ConnectedSocket {
  Loop* loop;
  HandlePtr<uv_tcp_t> handle;
  Endpoint remote;
};

struct TcpConnectionOptions {
  std::size_t max_queued_bytes = 64 * 1024;
  QueuePolicy policy = QueuePolicy::drop_oldest;
};

struct TcpConnectionHandlers {
  std::function<void()> on_connected;  // connect() only
  // Bytes as they arrive; valid, and the receiver's to change, during the call.
  std::function<void(MutableBytes)> on_bytes;
  // Once, when the connection failed or was ended by the peer or by the queue's policy. The text is
  // one sentence without a full stop. Not called after close().
  std::function<void(std::string_view reason)> on_closed;
};

class TcpConnection {
 public:
  // Every handler runs in the loop's thread and may destroy this object.
  TcpConnection(ConnectedSocket socket, TcpConnectionOptions options,
                TcpConnectionHandlers handlers);
  // Starts to connect; on_connected or on_closed follows, never from within this call.
  static std::unique_ptr<TcpConnection> connect(Loop& loop, const Endpoint& remote,
                                                TcpConnectionOptions options,
                                                TcpConnectionHandlers handlers);
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;
  ~TcpConnection();

  // Queues `message` behind what waits; it leaves whole or not at all. False when it could not be
  // queued, or the connection is not open. Never calls a
  // handler: a connection ended by its policy tells on_closed in the next loop turn.
  bool send(Bytes message);
  // Stops and starts reading: backpressure.
  void pause_reading();
  void resume_reading();
  // What the kernel takes at once still leaves. No handler is called any more.
  void close();

  [[nodiscard]] const Endpoint& remote() const;
  [[nodiscard]] std::size_t queued_bytes() const;
  [[nodiscard]] std::uint64_t dropped_messages() const;

 private:
  struct State;
  explicit TcpConnection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
