#include "net/tcp_listener.hpp"

#include <utility>

#include "base/check.hpp"
#include "net/socket_address.hpp"

namespace parley::net {
namespace {

// Clients that connect at once wait here, in their order. The kernel's own limit holds as well.
constexpr int kBacklog = 4096;

}  // namespace

struct TcpListener::State {
  void on_connection(int status);
  void accept();
  void on_next_turn();

  Loop* loop;
  OnAccept on_accept;
  Endpoint local;
  HandlePtr<uv_tcp_t> handle;
  HandlePtr<uv_prepare_t> next_turn;
  int accepted = 0;  // in this turn
  bool has_waiting = false;
};

TcpListener::TcpListener(std::unique_ptr<State> state) : state_(std::move(state)) {}

TcpListener::~TcpListener() = default;

Result<std::unique_ptr<TcpListener>> TcpListener::open(Loop& loop, const Endpoint& bind,
                                                       OnAccept on_accept) {
  HandlePtr<uv_tcp_t> handle(new uv_tcp_t);
  PARLEY_CHECK(uv_tcp_init(loop.raw(), handle.get()) == 0);
  HandlePtr<uv_prepare_t> next_turn(new uv_prepare_t);
  PARLEY_CHECK(uv_prepare_init(loop.raw(), next_turn.get()) == 0);
  auto state = std::make_unique<State>(&loop, std::move(on_accept), bind, std::move(handle),
                                       std::move(next_turn));
  uv_tcp_t* raw = state->handle.get();
  raw->data = state->next_turn->data = state.get();
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
  if (accepted == 0) {
    uv_prepare_start(next_turn.get(), [](uv_prepare_t* prepare) {
      if (prepare->data != nullptr) static_cast<State*>(prepare->data)->on_next_turn();
    });
  }
  if (accepted == kAcceptsPerTurn) {
    has_waiting = true;  // libuv asks for no other one until this one is taken
    return;
  }
  accept();
}

void TcpListener::State::on_next_turn() {
  uv_prepare_stop(next_turn.get());
  accepted = 0;
  if (std::exchange(has_waiting, false)) on_connection(0);
}

void TcpListener::State::accept() {
  ++accepted;
  HandlePtr<uv_tcp_t> taken(new uv_tcp_t);
  PARLEY_CHECK(uv_tcp_init(loop->raw(), taken.get()) == 0);
  taken->data = nullptr;
  if (uv_accept(reinterpret_cast<uv_stream_t*>(handle.get()),
                reinterpret_cast<uv_stream_t*>(taken.get())) != 0) {
    return;
  }
  sockaddr_storage address{};
  int size = sizeof address;
  if (uv_tcp_getpeername(taken.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return;  // gone already
  }
  const auto remote = from_socket_address(address);
  if (remote) on_accept({.loop = loop, .handle = std::move(taken), .remote = *remote});
}

const Endpoint& TcpListener::local_endpoint() const { return state_->local; }

}  // namespace parley::net
