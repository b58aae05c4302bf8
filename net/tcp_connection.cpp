#include "net/tcp_connection.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "net/socket_address.hpp"
#include "net/timer.hpp"

namespace parley::net {
namespace {

struct WriteRequest {
  uv_write_t request{};
  std::vector<std::uint8_t> bytes;
};

uv_buf_t to_buffer(Bytes bytes) {
  // libuv only reads what it writes: the const cast is for its signature.
  return uv_buf_init(reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data())),
                     static_cast<unsigned>(bytes.size()));
}

}  // namespace

struct TcpConnection::State {
  State(ConnectedSocket connected, TcpConnectionOptions options, TcpConnectionHandlers h)
      : loop(connected.loop),
        remote(connected.remote),
        handlers(std::move(h)),
        queue(options.max_queued_bytes, options.policy),
        failure_timer(*loop, [this] { fail(failure); }),
        handle(std::move(connected.handle)) {
    handle->data = this;
    uv_tcp_nodelay(handle.get(), 1);
  }

  [[nodiscard]] uv_stream_t* stream() const { return reinterpret_cast<uv_stream_t*>(handle.get()); }
  [[nodiscard]] static State* of(uv_handle_t* any) { return static_cast<State*>(any->data); }

  bool send(Bytes message);
  bool write(std::vector<std::uint8_t> bytes);
  void on_written(int status);
  void start_reading();
  void on_read(ssize_t count, const uv_buf_t& buffer);
  void on_connect(int status);
  // In the next loop turn, so that no caller of ours is surprised by a handler.
  void fail_later(std::string reason);
  void fail(const std::string& reason);
  void fail_with(const char* what, int status) {
    fail(std::string(what) + ": " + uv_strerror(status));
  }

  Loop* loop;
  Endpoint remote;
  TcpConnectionHandlers handlers;
  WriteQueue queue;
  bool is_open = false;
  bool is_paused = false;
  std::size_t in_flight = 0;  // bytes given to libuv and not yet taken by the kernel
  std::string failure;
  Timer failure_timer;
  HandlePtr<uv_tcp_t> handle;
};

TcpConnection::TcpConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}

TcpConnection::TcpConnection(ConnectedSocket socket, TcpConnectionOptions options,
                             TcpConnectionHandlers handlers)
    : state_(std::make_unique<State>(std::move(socket), options, std::move(handlers))) {
  state_->is_open = true;
  state_->start_reading();
}

TcpConnection::~TcpConnection() = default;

std::unique_ptr<TcpConnection> TcpConnection::connect(Loop& loop, const Endpoint& remote,
                                                      TcpConnectionOptions options,
                                                      TcpConnectionHandlers handlers) {
  HandlePtr<uv_tcp_t> handle(new uv_tcp_t);
  PARLEY_CHECK(uv_tcp_init(loop.raw(), handle.get()) == 0);
  ConnectedSocket socket{.loop = &loop, .handle = std::move(handle), .remote = remote};
  auto state = std::make_unique<State>(std::move(socket), options, std::move(handlers));
  sockaddr_storage address{};
  to_socket_address(remote, address);
  // A request may end after its connection was destroyed, so it is not a member of it.
  auto* request = new uv_connect_t;
  const int started =
      uv_tcp_connect(request, state->handle.get(), reinterpret_cast<const sockaddr*>(&address),
                     [](uv_connect_t* done, int status) {
                       State* owner = State::of(reinterpret_cast<uv_handle_t*>(done->handle));
                       delete done;
                       if (owner != nullptr) owner->on_connect(status);
                     });
  if (started != 0) {
    delete request;
    state->fail_later(std::string("cannot connect: ") + uv_strerror(started));
  }
  return std::unique_ptr<TcpConnection>(new TcpConnection(std::move(state)));
}

void TcpConnection::State::on_connect(int status) {
  if (status != 0) {
    fail_with("cannot connect", status);
    return;
  }
  is_open = true;
  if (!is_paused) start_reading();
  if (handlers.on_connected) std::exchange(handlers.on_connected, nullptr)();
}

void TcpConnection::State::start_reading() {
  uv_read_start(
      stream(),
      [](uv_handle_t* any, std::size_t, uv_buf_t* buffer) {
        State* owner = of(any);
        *buffer =
            owner != nullptr ? to_buffer(owner->loop->read_buffer()) : uv_buf_init(nullptr, 0);
      },
      [](uv_stream_t* any, ssize_t count, const uv_buf_t* buffer) {
        if (State* owner = of(reinterpret_cast<uv_handle_t*>(any))) owner->on_read(count, *buffer);
      });
}

void TcpConnection::State::on_read(ssize_t count, const uv_buf_t& buffer) {
  if (count == 0) return;
  if (count == UV_EOF) {
    fail("closed by the peer");
  } else if (count < 0) {
    fail_with("connection lost", static_cast<int>(count));
  } else if (is_open) {
    handlers.on_bytes({reinterpret_cast<std::uint8_t*>(buffer.base),
                       static_cast<std::size_t>(count)});  // may destroy this
  }
}

bool TcpConnection::State::send(Bytes message) {
  if (!is_open) return false;
  if (message.empty()) return true;
  if (in_flight == 0) {
    const uv_buf_t buffer = to_buffer(message);
    const int written = uv_try_write(stream(), &buffer, 1);
    if (written < 0 && written != UV_EAGAIN) {
      fail_later(std::string("connection lost: ") + uv_strerror(written));
      return false;
    }
    const Bytes rest = message.subspan(static_cast<std::size_t>(std::max(written, 0)));
    return rest.empty() || write({rest.begin(), rest.end()});
  }
  if (queue.push(message)) return true;
  if (queue.policy() == QueuePolicy::close) fail_later("the peer does not read");
  return false;
}

bool TcpConnection::State::write(std::vector<std::uint8_t> bytes) {
  auto* request = new WriteRequest{.bytes = std::move(bytes)};
  in_flight = request->bytes.size();
  request->request.data = request;
  const uv_buf_t buffer = to_buffer(request->bytes);
  const int started =
      uv_write(&request->request, stream(), &buffer, 1, [](uv_write_t* done, int status) {
        State* owner = of(reinterpret_cast<uv_handle_t*>(done->handle));
        delete static_cast<WriteRequest*>(done->data);
        if (owner != nullptr) owner->on_written(status);
      });
  if (started == 0) return true;
  delete request;
  in_flight = 0;
  fail_later(std::string("connection lost: ") + uv_strerror(started));
  return false;
}

void TcpConnection::State::on_written(int status) {
  in_flight = 0;
  if (status != 0) {
    fail_with("connection lost", status);
  } else if (is_open && !queue.empty()) {
    write(queue.take_all());
  }
}

void TcpConnection::State::fail_later(std::string reason) {
  is_open = false;
  failure = std::move(reason);
  failure_timer.arm(Timestamp{});
}

void TcpConnection::State::fail(const std::string& reason) {
  is_open = false;
  uv_read_stop(stream());
  failure_timer.disarm();
  const auto on_closed = std::exchange(handlers.on_closed, nullptr);
  const std::string text = reason;  // the handler may destroy this
  if (on_closed) on_closed(text);
}

bool TcpConnection::send(Bytes message) { return state_->send(message); }

void TcpConnection::pause_reading() {
  state_->is_paused = true;
  if (state_->handle) uv_read_stop(state_->stream());
}

void TcpConnection::resume_reading() {
  if (!std::exchange(state_->is_paused, false)) return;
  if (state_->is_open) state_->start_reading();
}

void TcpConnection::close() {
  State& state = *state_;
  state.is_open = false;
  state.failure_timer.disarm();
  state.handle.reset();  // no callback finds this connection any more
}

const Endpoint& TcpConnection::remote() const { return state_->remote; }

std::size_t TcpConnection::queued_bytes() const {
  return state_->in_flight + state_->queue.bytes();
}

std::uint64_t TcpConnection::dropped_messages() const { return state_->queue.dropped(); }

}  // namespace parley::net
