// The server side of TLS streams: accepts connections, bounded in number until they have opened.
#pragma once

#include <functional>
#include <memory>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/tls_context.hpp"
#include "net/tls_stream.hpp"

namespace parley::net {

class TlsListener {
 public:
  // The listener keeps each stream until it has opened, so nobody else holds connections that have
  // proven nothing. Handlers must not destroy the listener.
  struct Handlers {
    // A stream whose peer has proven its certificate, before any of its messages. The receiver owns
    // it and gives it its handlers by set_handlers().
    std::function<void(std::unique_ptr<TlsStream>)> on_stream;
    // A connection that did not open: for one log line. May be empty.
    std::function<void(const Endpoint& remote, std::string_view reason)> on_refused;
  };
  static constexpr std::size_t kMaxOpening = 64;  // handshakes at once; more are refused

  static Result<std::unique_ptr<TlsListener>> open(Loop& loop, const Endpoint& bind,
                                                   TlsContext server, TlsStreamOptions options,
                                                   Handlers handlers);
  TlsListener(const TlsListener&) = delete;
  TlsListener& operator=(const TlsListener&) = delete;
  ~TlsListener();

  // For the connections accepted from now on.
  void set_context(TlsContext server);
  [[nodiscard]] const Endpoint& local_endpoint() const;  // with the real port

 private:
  struct State;
  explicit TlsListener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
