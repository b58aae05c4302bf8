#include "net/tls_listener.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/tcp_listener.hpp"

namespace parley::net {

struct TlsListener::State {
  void on_accept(ConnectedSocket socket);
  std::unique_ptr<TlsStream> take(const TlsStream* stream);
  void on_open(const TlsStream* stream);
  void on_closed(const TlsStream* stream, std::string_view reason);

  Loop* loop;
  TlsContext context;
  TlsStreamOptions options;
  Handlers handlers;
  std::vector<std::unique_ptr<TlsStream>> opening;  // at most kMaxOpening
  std::unique_ptr<TcpListener> listener;
};

TlsListener::TlsListener(std::unique_ptr<State> state) : state_(std::move(state)) {}

TlsListener::~TlsListener() = default;

Result<std::unique_ptr<TlsListener>> TlsListener::open(Loop& loop, const Endpoint& bind,
                                                       TlsContext server, TlsStreamOptions options,
                                                       Handlers handlers) {
  auto state = std::unique_ptr<State>(new State{.loop = &loop,
                                                .context = std::move(server),
                                                .options = options,
                                                .handlers = std::move(handlers),
                                                .opening = {},
                                                .listener = {}});
  State* raw = state.get();
  auto listener = TcpListener::open(
      loop, bind, [raw](ConnectedSocket socket) { raw->on_accept(std::move(socket)); });
  if (!listener) return std::unexpected(std::move(listener.error()));
  state->listener = *std::move(listener);
  return std::unique_ptr<TlsListener>(new TlsListener(std::move(state)));
}

void TlsListener::State::on_accept(ConnectedSocket socket) {
  if (opening.size() >= kMaxOpening) {
    if (handlers.on_refused) handlers.on_refused(socket.remote, "too many handshakes at once");
    return;
  }
  auto stream = TlsStream::accept(*loop, std::move(socket), context, options, {});
  const TlsStream* raw = stream.get();
  stream->set_handlers(
      {.on_open = [this, raw] { on_open(raw); },
       .on_message = [](Bytes) {},
       .on_closed = [this, raw](std::string_view reason) { on_closed(raw, reason); }});
  opening.push_back(std::move(stream));
}

std::unique_ptr<TlsStream> TlsListener::State::take(const TlsStream* stream) {
  const auto found = std::ranges::find(opening, stream, &std::unique_ptr<TlsStream>::get);
  std::unique_ptr<TlsStream> taken = std::move(*found);
  opening.erase(found);
  return taken;
}

void TlsListener::State::on_open(const TlsStream* stream) { handlers.on_stream(take(stream)); }

void TlsListener::State::on_closed(const TlsStream* stream, std::string_view reason) {
  const std::unique_ptr<TlsStream> taken = take(stream);
  if (handlers.on_refused) handlers.on_refused(taken->remote(), reason);
}

void TlsListener::set_context(TlsContext server) { state_->context = std::move(server); }

const Endpoint& TlsListener::local_endpoint() const { return state_->listener->local_endpoint(); }

}  // namespace parley::net
