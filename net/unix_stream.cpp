#include "net/unix_stream.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/frame_cutter.hpp"
#include "net/lifeline.hpp"
#include "net/timer.hpp"
#include "net/write_queue.hpp"

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

std::vector<std::uint8_t> to_frame(Bytes message) {
  std::vector<std::uint8_t> frame(kFrameHeader + message.size());
  ByteWriter writer(frame);
  writer.u32(static_cast<std::uint32_t>(message.size()));
  writer.bytes(message);
  return frame;
}

}  // namespace

struct UnixStream::State {
  State(UnixSocket socket, UnixStreamOptions opts, UnixStreamHandlers h)
      : loop(socket.loop),
        options(opts),
        handlers(std::move(h)),
        cutter(opts.max_message_bytes),
        queue(opts.max_queued_bytes, QueuePolicy::close),
        failure_timer(*loop, [this] { fail(failure); }),
        resume_timer(*loop, [this] { deliver(); }),
        handle(std::move(socket.handle)) {
    handle->data = this;
    start_reading();
  }

  [[nodiscard]] uv_stream_t* stream() const { return reinterpret_cast<uv_stream_t*>(handle.get()); }
  [[nodiscard]] static State* of(uv_handle_t* any) { return static_cast<State*>(any->data); }

  void start_reading();
  void on_read(ssize_t count, const uv_buf_t& buffer);
  void deliver();
  bool send(Bytes frame);
  bool write(std::vector<std::uint8_t> bytes);
  void on_written(int status);
  // In the next loop turn, so that no caller of ours is surprised by a handler.
  void fail_later(std::string reason);
  void fail(std::string reason);  // may destroy this
  void end();

  Loop* loop;
  UnixStreamOptions options;
  UnixStreamHandlers handlers;
  FrameCutter cutter;
  WriteQueue queue;
  bool is_open = true;
  bool is_paused = false;
  bool is_writing = false;
  std::string failure;
  Timer failure_timer;
  Timer resume_timer;
  HandlePtr<uv_pipe_t> handle;
  Lifeline lifeline;
};

UnixStream::UnixStream(UnixSocket socket, UnixStreamOptions options, UnixStreamHandlers handlers)
    : state_(std::make_unique<State>(std::move(socket), options, std::move(handlers))) {}

UnixStream::~UnixStream() = default;

void UnixStream::State::start_reading() {
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

void UnixStream::State::on_read(ssize_t count, const uv_buf_t& buffer) {
  if (count == 0) return;
  if (count == UV_EOF) return fail("closed by the peer");
  if (count < 0) {
    return fail(std::string("connection lost: ") + uv_strerror(static_cast<int>(count)));
  }
  cutter.feed(
      {reinterpret_cast<const std::uint8_t*>(buffer.base), static_cast<std::size_t>(count)});
  deliver();
}

void UnixStream::State::deliver() {
  const Lifeline::Watch watch(lifeline);
  while (is_open && !is_paused) {
    const std::optional<Bytes> message = cutter.next();
    if (!message) break;
    handlers.on_message(*message);
    if (!watch.is_alive()) return;
  }
  if (is_open && cutter.is_broken()) {
    fail("a message is longer than " + std::to_string(options.max_message_bytes) + " bytes");
  }
}

bool UnixStream::State::send(Bytes frame) {
  if (is_writing) {
    if (queue.push(frame)) return true;
    fail_later("the peer does not read");
    return false;
  }
  const uv_buf_t buffer = to_buffer(frame);
  const int written = uv_try_write(stream(), &buffer, 1);
  if (written < 0 && written != UV_EAGAIN) {
    fail_later(std::string("connection lost: ") + uv_strerror(written));
    return false;
  }
  const Bytes rest = frame.subspan(static_cast<std::size_t>(std::max(written, 0)));
  return rest.empty() || write({rest.begin(), rest.end()});
}

bool UnixStream::State::write(std::vector<std::uint8_t> bytes) {
  auto* request = new WriteRequest{.bytes = std::move(bytes)};
  request->request.data = request;
  const uv_buf_t buffer = to_buffer(request->bytes);
  const int started =
      uv_write(&request->request, stream(), &buffer, 1, [](uv_write_t* done, int status) {
        State* owner = of(reinterpret_cast<uv_handle_t*>(done->handle));
        delete static_cast<WriteRequest*>(done->data);
        if (owner != nullptr) owner->on_written(status);
      });
  is_writing = started == 0;
  if (started == 0) return true;
  delete request;
  fail_later(std::string("connection lost: ") + uv_strerror(started));
  return false;
}

void UnixStream::State::on_written(int status) {
  is_writing = false;
  if (status != 0) return fail(std::string("connection lost: ") + uv_strerror(status));
  if (is_open && !queue.empty()) write(queue.take_all());
}

void UnixStream::State::fail_later(std::string reason) {
  is_open = false;
  failure = std::move(reason);
  failure_timer.arm(Timestamp{});
}

void UnixStream::State::fail(std::string reason) {
  end();
  const auto on_closed = std::exchange(handlers.on_closed, nullptr);
  if (on_closed) on_closed(reason);
}

void UnixStream::State::end() {
  is_open = false;
  failure_timer.disarm();
  resume_timer.disarm();
  handle.reset();  // no callback finds this stream any more
}

bool UnixStream::send(Bytes message) {
  if (!state_->is_open || message.size() > state_->options.max_message_bytes) return false;
  return state_->send(to_frame(message));
}

void UnixStream::pause_reading() {
  state_->is_paused = true;
  if (state_->is_open) uv_read_stop(state_->stream());
}

void UnixStream::resume_reading() {
  if (!std::exchange(state_->is_paused, false) || !state_->is_open) return;
  state_->start_reading();
  state_->resume_timer.arm(Timestamp{});
}

void UnixStream::close() { state_->end(); }

}  // namespace parley::net
