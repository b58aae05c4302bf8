#include "net/tls_stream.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "net/clock.hpp"
#include "net/connector.hpp"
#include "net/frame_cutter.hpp"
#include "net/lifeline.hpp"
#include "net/timer.hpp"
#include "net/tls_session.hpp"

namespace parley::net {

struct TlsStream::State {
  State(Loop& l, const TlsContext& context, const std::string& server_name, TlsStreamOptions opts,
        TlsStreamHandlers h)
      : loop(&l),
        options(opts),
        handlers(std::move(h)),
        session(context, server_name),
        cutter(opts.max_message_bytes),
        open_timer(l, [this] { fail("no connection within the time limit"); }),
        resume_timer(l, [this] { deliver(); }) {
    open_timer.arm(read_monotonic() + options.open_timeout);
  }

  void use(ConnectedSocket socket);
  void on_bytes(Bytes received);
  bool open();
  void deliver();
  bool deliver_cut();
  void flush();
  void fail(std::string reason);
  void end();

  Loop* loop;
  TlsStreamOptions options;
  TlsStreamHandlers handlers;
  TlsSession session;
  FrameCutter cutter;
  std::string peer_name;
  Endpoint remote;
  bool is_open = false;
  bool is_paused = false;
  bool is_ended = false;
  Timer open_timer;
  Timer resume_timer;
  std::unique_ptr<Connector> connector;
  std::unique_ptr<TcpConnection> tcp;
  Lifeline lifeline;
};

TlsStream::TlsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}

TlsStream::~TlsStream() = default;

std::unique_ptr<TlsStream> TlsStream::accept(Loop& loop, ConnectedSocket socket,
                                             const TlsContext& server, TlsStreamOptions options,
                                             TlsStreamHandlers handlers) {
  auto state = std::make_unique<State>(loop, server, "", options, std::move(handlers));
  state->use(std::move(socket));
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(state)));
}

std::unique_ptr<TlsStream> TlsStream::connect(Loop& loop, const std::string& host,
                                              std::uint16_t port, const std::string& server_name,
                                              const TlsContext& client, TlsStreamOptions options,
                                              TlsStreamHandlers handlers) {
  auto state = std::make_unique<State>(loop, client, server_name, options, std::move(handlers));
  State* raw = state.get();
  state->connector = std::make_unique<Connector>(
      loop, host, port,
      [raw](ConnectedSocket socket) {
        raw->use(std::move(socket));
        raw->session.handshake();
        raw->flush();
      },
      [raw](std::string reason) { raw->fail(std::move(reason)); });
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(state)));
}

void TlsStream::State::use(ConnectedSocket socket) {
  remote = socket.remote;
  tcp = std::make_unique<TcpConnection>(
      std::move(socket),
      TcpConnectionOptions{.max_queued_bytes = options.max_queued_bytes,
                           .policy = QueuePolicy::close},
      TcpConnectionHandlers{
          .on_connected = {},
          .on_bytes = [this](MutableBytes received) { on_bytes(received); },
          .on_closed = [this](std::string_view reason) { fail(std::string(reason)); }});
}

void TlsStream::State::on_bytes(Bytes received) {
  session.feed(received);
  if (!is_open && !open()) return;
  deliver();
}

// True when the stream is open and still there.
bool TlsStream::State::open() {
  session.handshake();
  flush();  // an alert, too, is for the peer to read
  if (session.state() == TlsSession::State::failed) {
    fail(session.failure());
    return false;
  }
  if (session.state() != TlsSession::State::open) return false;
  is_open = true;
  if (is_paused) tcp->pause_reading();  // asked for earlier; the handshake had to read
  open_timer.disarm();
  peer_name = session.peer_name();
  const Lifeline::Watch watch(lifeline);
  const auto on_open = std::exchange(handlers.on_open, nullptr);
  if (on_open) on_open();
  return watch.is_alive() && is_open;
}

// Decrypts and cuts what has arrived; ends the stream when its bytes say so.
void TlsStream::State::deliver() {
  std::array<std::uint8_t, 16 * 1024> plain;
  const Lifeline::Watch watch(lifeline);
  while (deliver_cut()) {
    const std::size_t size = session.read(plain);
    if (size == 0) break;
    cutter.feed(Bytes(plain).first(size));
  }
  if (!watch.is_alive() || !is_open || is_paused) return;
  flush();  // answers to key updates
  if (cutter.is_broken()) {
    fail("a message is longer than " + std::to_string(options.max_message_bytes) + " bytes");
  } else if (session.state() == TlsSession::State::failed) {
    fail(session.failure());
  } else if (session.state() == TlsSession::State::closed) {
    fail("closed by the peer");
  }
}

// Hands out the messages that are complete. False when delivery is to stop.
bool TlsStream::State::deliver_cut() {
  const Lifeline::Watch watch(lifeline);
  while (is_open && !is_paused) {
    const std::optional<Bytes> message = cutter.next();
    if (!message) return !cutter.is_broken();
    handlers.on_message(*message);
    if (!watch.is_alive()) return false;
  }
  return false;
}

void TlsStream::State::flush() {
  if (tcp && !session.output().empty()) tcp->send(session.output());
  session.drop_output();
}

void TlsStream::State::fail(std::string reason) {
  if (is_ended) return;
  end();
  const auto on_closed = std::exchange(handlers.on_closed, nullptr);
  if (on_closed) on_closed(reason);  // may destroy this
}

// No callback comes after this.
void TlsStream::State::end() {
  is_open = false;
  is_ended = true;
  open_timer.disarm();
  resume_timer.disarm();
  if (tcp) tcp->close();
}

void TlsStream::set_handlers(TlsStreamHandlers handlers) { state_->handlers = std::move(handlers); }

bool TlsStream::send(Bytes message) {
  State& state = *state_;
  if (!state.is_open || message.size() > state.options.max_message_bytes) return false;
  std::vector<std::uint8_t> frame(kFrameHeader + message.size());
  ByteWriter writer(frame);
  writer.u32(static_cast<std::uint32_t>(message.size()));
  writer.bytes(message);
  if (!state.session.write(frame)) return false;
  const bool sent = state.tcp->send(state.session.output());
  state.session.drop_output();
  return sent;
}

void TlsStream::pause_reading() {
  state_->is_paused = true;
  if (state_->is_open) state_->tcp->pause_reading();
}

void TlsStream::resume_reading() {
  if (!std::exchange(state_->is_paused, false) || state_->is_ended) return;
  if (state_->tcp) state_->tcp->resume_reading();
  if (state_->is_open) state_->resume_timer.arm(Timestamp{});
}

void TlsStream::close() {
  if (state_->is_ended) return;
  state_->session.shut_down();
  state_->flush();
  state_->end();
}

bool TlsStream::is_open() const { return state_->is_open; }

const std::string& TlsStream::peer_name() const { return state_->peer_name; }

const Endpoint& TlsStream::remote() const { return state_->remote; }

}  // namespace parley::net
