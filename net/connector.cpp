#include "net/connector.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "net/socket_address.hpp"

namespace parley::net {

Connector::Connector(Loop& loop, const std::string& host, std::uint16_t port,
                     OnConnected on_connected, OnFailed on_failed)
    : loop_(&loop),
      host_(host),
      port_(port),
      on_connected_(std::move(on_connected)),
      on_failed_(std::move(on_failed)),
      lookup_(new uv_getaddrinfo_t) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  lookup_->data = this;
  const int started = uv_getaddrinfo(
      loop.raw(), lookup_,
      [](uv_getaddrinfo_t* done, int status, addrinfo* found) {
        auto* owner = static_cast<Connector*>(done->data);
        delete done;
        if (owner != nullptr) owner->on_resolved(status, found);
        uv_freeaddrinfo(found);
      },
      host.c_str(), nullptr, &hints);
  PARLEY_CHECK(started == 0);  // libuv refuses only wrong arguments and a lack of memory
}

Connector::~Connector() {
  if (lookup_ == nullptr) return;
  lookup_->data = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(lookup_));
}

void Connector::on_resolved(int status, const addrinfo* found) {
  lookup_ = nullptr;
  if (status != 0) {
    fail("the name " + host_ + " is not found (" + uv_strerror(status) + ")");
    return;
  }
  for (; found != nullptr && addresses_.size() < kMaxAddresses; found = found->ai_next) {
    sockaddr_storage address{};
    std::memcpy(&address, found->ai_addr, std::min<std::size_t>(found->ai_addrlen, sizeof address));
    auto endpoint = from_socket_address(address);
    if (!endpoint) continue;
    endpoint->port = port_;
    addresses_.push_back(*endpoint);
  }
  std::ranges::reverse(addresses_);
  try_next("the name " + host_ + " has no address");
}

void Connector::try_next(std::string last_failure) {
  while (!addresses_.empty()) {
    trying_ = addresses_.back();
    addresses_.pop_back();
    handle_.reset(new uv_tcp_t);
    PARLEY_CHECK(uv_tcp_init(loop_->raw(), handle_.get()) == 0);
    handle_->data = this;
    sockaddr_storage address{};
    to_socket_address(trying_, address);
    auto* request = new uv_connect_t;
    const int started =
        uv_tcp_connect(request, handle_.get(), reinterpret_cast<const sockaddr*>(&address),
                       [](uv_connect_t* done, int status) {
                         auto* owner = static_cast<Connector*>(done->handle->data);
                         delete done;
                         if (owner != nullptr) owner->on_attempt(status);
                       });
    if (started == 0) return;
    delete request;
    last_failure = "cannot connect to " + host_ + ": " + uv_strerror(started);
  }
  fail(last_failure);
}

void Connector::on_attempt(int status) {
  if (status != 0) {
    try_next("cannot connect to " + host_ + ": " + uv_strerror(status));
    return;
  }
  handle_->data = nullptr;
  const OnConnected on_connected = std::move(on_connected_);
  on_connected({.loop = loop_, .handle = std::move(handle_), .remote = trying_});
}

void Connector::fail(const std::string& reason) {
  const OnFailed on_failed = std::move(on_failed_);
  on_failed(reason);
}

}  // namespace parley::net
