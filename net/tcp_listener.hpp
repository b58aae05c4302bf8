// Accepts TCP connections on one address.
#pragma once

#include <functional>
#include <memory>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/tcp_connection.hpp"

namespace parley::net {

class TcpListener {
 public:
  // More: a storm of connections is in hand sooner. Fewer: those who were accepted are served
  // before others are, and none of them waits so long that he gives up while everybody's work is
  // half done.
  static constexpr int kAcceptsPerTurn = 8;

  // The receiver makes a TcpConnection or TlsStream of it, or destroys it to refuse.
  using OnAccept = std::function<void(ConnectedSocket)>;

  // Port 0: the kernel chooses. IPv6 listeners carry IPv6 only. Errors: unavailable (busy,
  // not our address). `on_accept` runs in the loop's thread and must not destroy the listener.
  static Result<std::unique_ptr<TcpListener>> open(Loop& loop, const Endpoint& bind,
                                                   OnAccept on_accept);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  ~TcpListener();

  [[nodiscard]] const Endpoint& local_endpoint() const;  // with the real port

 private:
  struct State;
  explicit TcpListener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
