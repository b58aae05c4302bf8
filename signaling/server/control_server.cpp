#include "signaling/server/control_server.hpp"

#include <string>
#include <utility>

#include "net/tls_listener.hpp"
#include "net/tls_stream.hpp"
#include "protocol/limits.hpp"

namespace parley::signaling {

struct ControlServer::State {
  ControlServerOptions options;
  ControlHandlers handlers;
  std::unique_ptr<net::TlsListener> listener;
  std::unique_ptr<net::TlsStream> node;

  void on_stream(std::unique_ptr<net::TlsStream> stream);
  void on_message(Bytes bytes);
  void lose_node(std::string_view reason);
};

void ControlServer::State::on_stream(std::unique_ptr<net::TlsStream> stream) {
  if (node != nullptr) lose_node("the node connected again");
  node = std::move(stream);
  node->set_handlers({
      .on_open = {},
      .on_message = [this](Bytes bytes) { on_message(bytes); },
      .on_closed = [this](std::string_view reason) { lose_node(reason); },
  });
  handlers.on_up(node->peer_name());
}

void ControlServer::State::on_message(Bytes bytes) {
  control::FromNode message;
  const auto decoded = protocol::decode(bytes, protocol::kMaxControlMessage, message);
  if (decoded) return handlers.on_message(message);
  lose_node("it broke the protocol: " + decoded.error().detail);
}

void ControlServer::State::lose_node(std::string_view reason) {
  // The reason may live in the stream that ends here.
  const std::string kept(reason);
  if (node != nullptr) node->close();
  node.reset();
  handlers.on_down(kept);
}

ControlServer::ControlServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::start(net::Loop& loop,
                                                            ControlServerOptions options,
                                                            ControlHandlers handlers) {
  auto context = net::TlsContext::load(net::TlsRole::server, options.files);
  if (!context) return std::unexpected(context.error());
  auto state = std::make_unique<State>();
  State* raw = state.get();
  raw->options = std::move(options);
  raw->handlers = std::move(handlers);
  auto listener = net::TlsListener::open(
      loop, raw->options.listen, *std::move(context),
      {.max_message_bytes = protocol::kMaxControlMessage},
      {.on_stream =
           [raw](std::unique_ptr<net::TlsStream> stream) { raw->on_stream(std::move(stream)); },
       .on_refused = raw->handlers.on_refused});
  if (!listener) return std::unexpected(listener.error());
  raw->listener = *std::move(listener);
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(state)));
}

std::uint16_t ControlServer::port() const { return state_->listener->local_endpoint().port; }

bool ControlServer::has_node() const { return state_->node != nullptr; }

void ControlServer::send(const control::ToNode& message) {
  // A stream that cannot take it ends, and on_closed follows.
  if (state_->node != nullptr) {
    (void)state_->node->send(as_bytes(message.SerializeAsString()));
  }
}

void ControlServer::disconnect() {
  if (state_->node != nullptr) state_->node->close();
  state_->node.reset();
}

Result<void> ControlServer::renew_certificate() {
  auto context = net::TlsContext::load(net::TlsRole::server, state_->options.files);
  if (!context) return std::unexpected(context.error());
  state_->listener->set_context(*std::move(context));
  return {};
}

}  // namespace parley::signaling
