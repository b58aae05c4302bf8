#include "signaling/server/admin_socket.hpp"

#include <unistd.h>

#include <algorithm>
#include <list>
#include <string>
#include <utility>

#include "net/unix_listener.hpp"
#include "net/unix_stream.hpp"
#include "protocol/limits.hpp"

namespace parley::signaling {
namespace {

constexpr net::UnixStreamOptions kStreamOptions{
    .max_message_bytes = protocol::kMaxAdminMessage,
    .max_queued_bytes = 2 * (protocol::kMaxAdminMessage + 4)};  // an answer and a half

admin::Answer refusal(std::string code, std::string sentence) {
  admin::Answer answer;
  answer.mutable_refused()->set_code(std::move(code));
  answer.mutable_refused()->set_sentence(std::move(sentence));
  return answer;
}

void send(net::UnixStream& stream, const admin::Answer& answer) {
  std::string bytes = answer.SerializeAsString();
  if (bytes.size() > protocol::kMaxAdminMessage) {
    bytes = refusal("resource_exhausted", "the answer is too long: ask for less at once")
                .SerializeAsString();
  }
  // A stream that cannot take it ends, and on_closed follows.
  (void)stream.send(as_bytes(bytes));
}

struct Connection {
  std::unique_ptr<net::UnixStream> stream;
  AdminRequestId waiting = {};  // for its answer; none: nothing
};

}  // namespace

struct AdminSocket::State {
  void on_accept(net::UnixSocket socket);
  void serve(net::UnixSocket socket);
  void on_message(std::list<Connection>::iterator connection, Bytes message);
  void refuse(std::string_view reason) const {
    if (on_refused) on_refused(reason);
  }

  OnRequest on_request;
  OnRefused on_refused;
  std::unique_ptr<net::UnixListener> listener;
  std::list<Connection> connections;  // at most kMaxConnections
  std::uint64_t last_request = 0;
};

AdminSocket::AdminSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
AdminSocket::~AdminSocket() = default;

Result<std::unique_ptr<AdminSocket>> AdminSocket::start(net::Loop& loop,
                                                        const std::filesystem::path& file,
                                                        OnRequest on_request,
                                                        OnRefused on_refused) {
  auto state = std::make_unique<State>();
  State* raw = state.get();
  raw->on_request = std::move(on_request);
  raw->on_refused = std::move(on_refused);
  auto listener = net::UnixListener::open(
      loop, file, [raw](net::UnixSocket socket) { raw->on_accept(std::move(socket)); });
  if (!listener) return std::unexpected(listener.error());
  raw->listener = *std::move(listener);
  return std::unique_ptr<AdminSocket>(new AdminSocket(std::move(state)));
}

void AdminSocket::State::on_accept(net::UnixSocket socket) {
  if (socket.user != 0 && socket.user != ::geteuid()) {
    return refuse("user " + std::to_string(socket.user) + " may not administer");
  }
  if (connections.size() < kMaxConnections) return serve(std::move(socket));
  net::UnixStream stream(std::move(socket), kStreamOptions, {});
  send(stream, refusal("resource_exhausted", "too many administrators' programs at once"));
  stream.close();
  refuse("too many connections");
}

void AdminSocket::State::serve(net::UnixSocket socket) {
  const auto connection = connections.emplace(connections.end());
  connection->stream = std::make_unique<net::UnixStream>(
      std::move(socket), kStreamOptions,
      net::UnixStreamHandlers{
          .on_message = [this, connection](Bytes message) { on_message(connection, message); },
          .on_closed = [this, connection](std::string_view) { connections.erase(connection); }});
}

void AdminSocket::State::on_message(std::list<Connection>::iterator connection, Bytes message) {
  admin::Request request;
  const auto decoded = protocol::decode(message, protocol::kMaxAdminMessage, request);
  if (!decoded) {
    return send(*connection->stream, refusal("invalid_argument", decoded.error().detail));
  }
  connection->stream->pause_reading();
  connection->waiting = {.value = ++last_request};
  on_request(connection->waiting, request);
}

void AdminSocket::answer(AdminRequestId request, const admin::Answer& answer) {
  const auto found = std::ranges::find(state_->connections, request, &Connection::waiting);
  if (found == state_->connections.end()) return;
  found->waiting = {};
  send(*found->stream, answer);
  found->stream->resume_reading();
}

}  // namespace parley::signaling
