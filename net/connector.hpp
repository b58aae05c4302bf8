// Finds a host by name and connects to the first of its addresses that answers.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "net/handle.hpp"
#include "net/loop.hpp"
#include "net/tcp_connection.hpp"

namespace parley::net {

class Connector {
 public:
  using OnConnected = std::function<void(ConnectedSocket)>;
  using OnFailed = std::function<void(std::string reason)>;
  static constexpr std::size_t kMaxAddresses = 8;  // of one name; the rest is not tried

  // One of both handlers is called, once, in a later loop turn; it may destroy this object.
  Connector(Loop& loop, const std::string& host, std::uint16_t port, OnConnected on_connected,
            OnFailed on_failed);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();

 private:
  void on_resolved(int status, const addrinfo* found);
  void try_next(std::string last_failure);
  void on_attempt(int status);
  void fail(const std::string& reason);

  Loop* loop_;
  std::string host_;
  std::uint16_t port_;
  OnConnected on_connected_;
  OnFailed on_failed_;
  uv_getaddrinfo_t* lookup_ = nullptr;  // while it is under way; its callback frees it
  std::vector<Endpoint> addresses_;     // not tried yet, last one first
  Endpoint trying_;
  HandlePtr<uv_tcp_t> handle_;
};

}  // namespace parley::net
