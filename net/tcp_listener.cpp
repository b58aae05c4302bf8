#include "net/tcp_listener.hpp"

#include <utility>

#include "base/check.hpp"
#include "net/socket_address.hpp"

namespace parley::net {
namespace {

constexpr int kBacklog = 128;

}  // namespace

struct TcpListener::State {
  void on_connection(int status);

  Loop* loop;
  OnAccept on_accept;
  Endpoint local;
  HandlePtr<uv_tcp_t> handle;
};

TcpListener::TcpListener(std::unique_ptr<State> state) : state_(std::move(state)) {}

TcpListener::~TcpListener() = default;

Result<std::unique_ptr<TcpListener>> TcpListener::open(Loop& loop, const Endpoint& bind,
                                                       OnAccept on_accept) {
  HandlePtr<uv_tcp_t> handle(new uv_tcp_t);
  PARLEY_CHECK(uv_tcp_init(loop.raw(), handle.get()) == 0);
  auto state = std::make_unique<State>(&loop, std::move(on_accept), bind, std::move(handle));
  uv_tcp_t* raw = state->handle.get();
  raw->data = state.get();
  sockaddr_storage address{};
  to_socket_address(bind, address);
  int status = uv_tcp_bind(raw, reinterpret_cast<const sockaddr*>(&address),
                           bind.address.is_v6 ? unsigned{UV_TCP_IPV6ONLY} : 0U);
  if (status == 0) {
    // libuv keeps a busy port's error of bind() for this call.
    status = uv_listen(reinterpret_cast<uv_stream_t*>(raw), kBacklog,
                       [](uv_stream_t* server, int ready) {
                         if (server->data == nullptr) return;
                         static_cast<State*>(server->data)->on_connection(ready);
                       });
  }
  if (status != 0) return std::unexpected(bind_error("TCP", bind, -status));
  int size = sizeof address;
  PARLEY_CHECK(uv_tcp_getsockname(raw, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  state->local = from_socket_address(address).value();
  return std::unique_ptr<TcpListener>(new TcpListener(std::move(state)));
}

void TcpListener::State::on_connection(int status) {
  if (status != 0) return;  // out of descriptors: the client tries again
  HandlePtr<uv_tcp_t> accepted(new uv_tcp_t);
  PARLEY_CHECK(uv_tcp_init(loop->raw(), accepted.get()) == 0);
  accepted->data = nullptr;
  if (uv_accept(reinterpret_cast<uv_stream_t*>(handle.get()),
                reinterpret_cast<uv_stream_t*>(accepted.get())) != 0) {
    return;
  }
  sockaddr_storage address{};
  int size = sizeof address;
  if (uv_tcp_getpeername(accepted.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return;  // gone already
  }
  const auto remote = from_socket_address(address);
  if (remote) on_accept({.loop = loop, .handle = std::move(accepted), .remote = *remote});
}

const Endpoint& TcpListener::local_endpoint() const { return state_->local; }

}  // namespace parley::net
