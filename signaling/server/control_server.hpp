// The listener for the media node: mutual TLS 1.3, framed control messages. One node at a time; a
// second connection replaces the first, because it is the same node that came back before its old
// connection was seen to be dead.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/tls_context.hpp"
#include "protocol/control.pb.h"

namespace parley::signaling {

struct ControlServerOptions {
  Endpoint listen;  // port 0: any free port
  net::TlsFiles files;
};

// Called in the loop's thread, never from within a call of the server.
struct ControlHandlers {
  std::function<void(std::string_view node_name)> on_up;     // the name in its certificate
  std::function<void(const control::FromNode&)> on_message;  // passed protocol::decode
  // A violation of the protocol by the node counts as the end of its link.
  std::function<void(std::string_view reason)> on_down;
  // A connection that proved nothing.
  std::function<void(const Endpoint& remote, std::string_view reason)> on_refused;
};

class ControlServer {
 public:
  // Errors: those of net::TlsContext::load, and unavailable.
  static Result<std::unique_ptr<ControlServer>> start(net::Loop& loop, ControlServerOptions options,
                                                      ControlHandlers handlers);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] bool has_node() const;
  // Dropped while there is no node. A node that does not read is disconnected: on_down follows.
  void send(const control::ToNode& message);
  // Sends what waits and closes. on_down is not called.
  void disconnect();
  // Reads the certificate files again, for new connections. On an error the old ones stay.
  [[nodiscard]] Result<void> renew_certificate();

 private:
  struct State;
  explicit ControlServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::signaling
