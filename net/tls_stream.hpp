// Messages over mutual TLS 1.3 over TCP: each is preceded by its length, 4 bytes big-endian.
// OpenSSL works on memory BIOs; the socket is a TcpConnection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "net/loop.hpp"
#include "net/tcp_connection.hpp"
#include "net/tls_context.hpp"

namespace parley::net {

struct TlsStreamOptions {
  std::size_t max_message_bytes = 256 * 1024;        // either direction; longer: closed
  std::size_t max_queued_bytes = 4 * 1024 * 1024;    // waiting to leave; more: closed
  Duration open_timeout = std::chrono::seconds(10);  // resolve, connect and handshake together
};

struct TlsStreamHandlers {
  // The handshake is over, and the peer's certificate is signed by our authority. In TLS 1.3 a
  // client learns only after this whether the server takes its certificate.
  std::function<void()> on_open;
  std::function<void(Bytes message)> on_message;  // valid during the call
  // Once, also when the stream never opened. One sentence without a full stop. Not after close().
  std::function<void(std::string_view reason)> on_closed;
};

class TlsStream {
 public:
  // Server: takes an accepted connection. Every handler runs in the loop's thread, never from
  // within a call of this class, and may destroy this object.
  static std::unique_ptr<TlsStream> accept(Loop& loop, ConnectedSocket socket,
                                           const TlsContext& server, TlsStreamOptions options,
                                           TlsStreamHandlers handlers);
  // Client: resolves `host` (a name or an address), tries its addresses in turn, and demands a
  // certificate of our authority for `server_name`.
  static std::unique_ptr<TlsStream> connect(Loop& loop, const std::string& host, std::uint16_t port,
                                            const std::string& server_name,
                                            const TlsContext& client, TlsStreamOptions options,
                                            TlsStreamHandlers handlers);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream();

  // For the new owner of a stream that a TlsListener accepted, within on_stream.
  void set_handlers(TlsStreamHandlers handlers);

  // False when the stream is not open, the message is too long, or the queue is full; in the last
  // case the stream ends and on_closed follows in the next loop turn.
  bool send(Bytes message);
  // Backpressure: after pause_reading() no on_message until resume_reading().
  void pause_reading();
  void resume_reading();
  // Sends a close_notify; what the kernel takes at once still leaves. No handler is called any
  // more.
  void close();

  [[nodiscard]] bool is_open() const;
  // The first DNS name of the peer's certificate, or its common name. Empty before on_open.
  [[nodiscard]] const std::string& peer_name() const;
  [[nodiscard]] const Endpoint& remote() const;

 private:
  struct State;
  explicit TlsStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
