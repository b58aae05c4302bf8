// HTTPS for the web application and WebSocket for clients, on libwebsockets. Nobody else sees that
// library. Lives on one loop and in its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "signaling/server/static_files.hpp"
#include "signaling/server/web_tls.hpp"

namespace parley::signaling {

inline constexpr const char* kWebSocketPath = "/ws";
inline constexpr const char* kWebSocketProtocol = "parley.v1";

struct WebServerOptions {
  std::vector<IpAddress> listen;  // at least one
  std::uint16_t port = 0;         // 0: any free port, the same on all addresses
  WebCertificate certificate;
  bool with_hsts = false;
  std::size_t max_message_bytes = 16 * 1024;  // from clients; more: closed with 1009
  std::uint32_t max_connections = 10000;
  std::uint32_t max_connections_per_address = 200;
};

struct WebServerCounters {
  std::uint64_t accepted = 0;           // TCP connections
  std::uint64_t refused_limit = 0;      // by one of the two limits
  std::uint64_t refused_origin = 0;     // WebSockets with a foreign Origin
  std::uint64_t closed_too_big = 0;     // a message above the limit
  std::uint64_t closed_not_binary = 0;  // a text message
  std::uint64_t closed_slow = 0;        // a client that did not read (SendQueue)
  std::uint64_t http_requests = 0;
};

// A WebSocket with all its messages whole. Called in the loop's thread; may call the server.
struct WebSocketHandlers {
  std::function<void(ConnectionId, const Endpoint& remote)> on_opened;
  std::function<void(ConnectionId, Bytes message)> on_message;  // valid during the call
  std::function<void(ConnectionId)> on_closed;                  // once for each on_opened
};

class WebServer {
 public:
  // Errors: not_found (certificate), unavailable (the address is busy or not ours).
  static Result<std::unique_ptr<WebServer>> start(net::Loop& loop, WebServerOptions options,
                                                  StaticFiles files, WebSocketHandlers handlers);
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  // Runs the loop until the library has let go of it; no handler is called any more.
  ~WebServer();

  [[nodiscard]] std::uint16_t port() const;
  // Exact values of Origin that may open a WebSocket; none until this is called, since one of them
  // may name the port that start() chose. A request without Origin comes from a native client and
  // is let in: only browsers send Origin, and they always do.
  void allow_origins(std::vector<std::string> origins);

  // Queues one binary message; unknown connections are ignored. A connection that does not read is
  // closed, and on_closed follows.
  void send(ConnectionId to, std::string_view message);
  // Closes with an RFC 6455 code once the queued messages have left, or after 5 s.
  void close(ConnectionId connection, std::uint16_t code);
  // Accepts nobody any more.
  void stop_listening();
  [[nodiscard]] std::size_t websocket_count() const;

  // Reads the certificate files again, for new connections. On an error the old ones stay.
  [[nodiscard]] Result<void> renew_certificate();

  [[nodiscard]] const WebServerCounters& counters() const;

 private:
  struct State;
  explicit WebServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::signaling
