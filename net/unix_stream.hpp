// Messages over a connection that a UnixListener accepted: each is preceded by its length, 4 bytes
// big-endian.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "net/unix_listener.hpp"

namespace parley::net {

struct UnixStreamOptions {
  std::size_t max_message_bytes = 4 * 1024 * 1024;  // either direction; longer: closed
  std::size_t max_queued_bytes = 8 * 1024 * 1024;   // waiting to leave; more: closed
};

struct UnixStreamHandlers {
  std::function<void(Bytes message)> on_message;  // valid during the call
  // Once. One sentence without a full stop. Not after close().
  std::function<void(std::string_view reason)> on_closed;
};

class UnixStream {
 public:
  // Every handler runs in the loop's thread, never from within a call of this class, and may
  // destroy this object.
  UnixStream(UnixSocket socket, UnixStreamOptions options, UnixStreamHandlers handlers);
  UnixStream(const UnixStream&) = delete;
  UnixStream& operator=(const UnixStream&) = delete;
  ~UnixStream();

  // False when the stream is not open, the message is too long, or the queue is full; in the last
  // case the stream ends and on_closed follows in the next loop turn.
  bool send(Bytes message);
  // Backpressure: after pause_reading() no on_message until resume_reading().
  void pause_reading();
  void resume_reading();
  // What the kernel takes at once still leaves. No handler is called any more.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
