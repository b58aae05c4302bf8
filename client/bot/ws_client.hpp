// A WebSocket client over TLS on a loop. The only file of the client that knows libwebsockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"

struct lws_context;

namespace parley::client {

// Pauses of a client whose connection was lost.
inline constexpr Backoff::Limits kReconnect{.first = std::chrono::milliseconds(200),
                                            .longest = std::chrono::seconds(2)};

struct WsOptions {
  std::string host;
  std::uint16_t port = 443;
  std::string path = "/ws";
  std::string subprotocol = "parley.v1";
  std::size_t max_message_bytes = 256 * 1024;  // received; longer: the connection is closed
  std::size_t max_queued_bytes = 64 * 1024;    // waiting to leave; more: the connection is closed
};

struct WsHandlers {
  std::function<void()> on_open;
  std::function<void(Bytes message)> on_message;  // one whole binary message
  // The connection ended or never came to be; `reason` is one sentence without a full stop.
  std::function<void(std::string_view reason)> on_closed;
};

// libwebsockets on a loop, with the authorities it trusts: one for all clients that share them.
class WsLibrary {
 public:
  // `ca_file` is PEM. not_found: it cannot be read; io: the library refused.
  static Result<std::shared_ptr<WsLibrary>> start(net::Loop& loop, const std::string& ca_file);
  WsLibrary(const WsLibrary&) = delete;
  WsLibrary& operator=(const WsLibrary&) = delete;
  ~WsLibrary();

 private:
  friend class WsClient;
  explicit WsLibrary(net::Loop& loop) : loop_(loop) {}
  net::Loop& loop_;
  lws_context* context_ = nullptr;
};

class WsClient {
 public:
  WsClient(std::shared_ptr<WsLibrary> library, WsOptions options, WsHandlers handlers);
  WsClient(const WsClient&) = delete;
  WsClient& operator=(const WsClient&) = delete;
  ~WsClient();

  // Gives up the connection there is, quietly, and starts a new one. on_open or on_closed follows,
  // from a later loop turn or from within this call.
  void connect();
  // Ignored while no connection is open.
  void send(std::string message);
  // Sends what waits, then closes.
  void close();
  [[nodiscard]] bool has_unsent() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace parley::client
