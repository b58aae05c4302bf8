// WebSockets between clients and the signaling core, and the control link between it and the node.
#include "base/base64url.hpp"
#include "base/check.hpp"
#include "tests/sim/world.hpp"

namespace parley::sim {
namespace {

constexpr Duration kReconnectDelay = std::chrono::milliseconds(300);
constexpr Duration kLinkRetry = std::chrono::milliseconds(200);

}  // namespace

admin::Answer World::administer(const admin::Request& request) {
  signaling::SignalingOutbox out;
  signaling_->on_admin({1}, request, now(), out);
  carry(out);
  PARLEY_CHECK(out.admin_answers.size() == 1);
  const admin::Answer& answer = out.admin_answers.front().answer;
  if (answer.has_refused())
    trace("an administrator is refused: " + answer.refused().ShortDebugString());
  return std::move(out.admin_answers.front().answer);
}

RoomId World::create_room(std::uint16_t room) {
  admin::Request request;
  admin::Room& wanted = *request.mutable_create_room()->mutable_room();
  wanted.set_name("room " + std::to_string(room));
  *wanted.mutable_policy() = config_.rooms[room];
  const admin::Answer answer = administer(request);
  PARLEY_CHECK(answer.has_room());
  return RoomId{answer.room().room_id()};
}

// The code of a link for a guest who chooses his name.
std::string World::invite(const std::vector<std::uint16_t>& rooms) {
  admin::Request request;
  for (const std::uint16_t room : rooms) {
    request.mutable_invite()->add_rooms()->mutable_room()->set_id(rooms_[room].value);
  }
  const admin::Answer answer = administer(request);
  PARLEY_CHECK(answer.links().links_size() == 1);
  const auto code = from_base64url(answer.links().links(0).code());
  PARLEY_CHECK(code.has_value());
  return {code->begin(), code->end()};
}

void World::open_connection(ClientHost& client) {
  if (client.is_connecting || !client.connection.is_none()) return;
  client.is_connecting = true;
  network_.at(now().mono + 2 * client.link.delay, [this, index = client.index] {
    ClientHost& host = *clients_[index];
    host.is_connecting = false;
    if (!host.core) return;
    if (!signaling_ || host.signaling_is_cut || host.link.is_partitioned) {
      network_.at(now().mono + kReconnectDelay,
                  [this, index] { open_connection(*clients_[index]); });
      return;
    }
    host.connection = ConnectionId{next_connection_++};
    host.last_arrival_up = host.last_arrival_down = now().mono;
    signaling::SignalingOutbox out;
    signaling_->on_connection_opened(host.connection, now(), out);
    carry(out);
    host.core->on_signaling_open(now(), host.outbox);
    carry_from_client(host);
  });
}

void World::break_connection(ClientHost& client, Duration client_notices, Duration server_notices) {
  const ConnectionId connection = std::exchange(client.connection, ConnectionId{});
  if (connection.is_none()) return;
  // What is already on its way still arrives; only then does the server see the end.
  const Timestamp end = std::max(now().mono + server_notices, client.last_arrival_up);
  network_.at(end, [this, connection] {
    if (!signaling_) return;
    signaling::SignalingOutbox out;
    signaling_->on_connection_closed(connection, now(), out);
    carry(out);
  });
  network_.at(now().mono + client_notices, [this, index = client.index] {
    ClientHost& host = *clients_[index];
    if (!host.core) return;
    host.core->on_signaling_closed(now(), host.outbox);
    carry_from_client(host);
    network_.at(now().mono + kReconnectDelay, [this, index] { open_connection(*clients_[index]); });
  });
}

void World::carry(signaling::SignalingOutbox& out) {
  for (const auto& frame : out.frames) {
    mix(as_bytes(frame.bytes));
    for (const auto& client : clients_) {
      if (client->connection != frame.to) continue;
      network_.send_on_stream(client->link, now().mono, client->last_arrival_down,
                              [this, index = client->index, frame] {
                                ClientHost& host = *clients_[index];
                                if (!host.core || host.connection != frame.to) return;
                                host.core->on_signaling_frame(as_bytes(frame.bytes), now(),
                                                              host.outbox);
                                carry_from_client(host);
                              });
    }
  }
  for (const auto& close : out.closes) {
    for (const auto& client : clients_) {
      if (client->connection != close.connection) continue;
      // The frames that were sent before the close arrive before it.
      network_.at(client->last_arrival_down, [this, index = client->index, close] {
        ClientHost& host = *clients_[index];
        if (host.connection == close.connection) break_connection(host, Duration{}, Duration{});
      });
    }
  }
  for (const control::ToNode& message : out.to_node) {
    if (!link_is_up_) continue;
    network_.send_on_stream({}, now().mono, last_to_node_,
                            [this, message, generation = link_generation_] {
                              if (generation == link_generation_) node_.on_message(message, now());
                            });
  }
}

void World::cut_signaling(ClientHost& client, bool cut) {
  trace(client.name + (cut ? " loses signaling" : " may reach signaling again"));
  client.signaling_is_cut = cut;
  if (cut) break_connection(client, std::chrono::milliseconds(100), std::chrono::milliseconds(200));
}

void World::partition(ClientHost& client, bool cut) {
  client.link.is_partitioned = cut;
  if (cut) {
    for (const std::uint32_t connection : std::vector(client.tcp_connections)) {
      close_tcp(connection);
    }
  }
  cut_signaling(client, cut);
}

void World::kill_signaling() {
  trace("signaling is killed");
  signaling_.reset();
  drop_link();
  for (const auto& client : clients_) {
    break_connection(*client, std::chrono::milliseconds(20), Duration{});
  }
}

void World::start_signaling() {
  trace("signaling starts");
  signaling::SignalingConfig config;
  config.hosts = {kHost};
  signaling_ =
      std::make_unique<signaling::SignalingCore>(config, *store_, authority_, random_, now());
  PARLEY_CHECK(signaling_->loaded().has_value());
  connect_link();
}

void World::kill_node() {
  trace("the node is killed");
  node_.kill();
  drop_link();
  for (const auto& client : clients_) {
    for (const std::uint32_t connection : std::vector(client->tcp_connections)) {
      close_tcp(connection);
    }
  }
}

void World::start_node() {
  trace("the node starts");
  node_.start(now());
  connect_link();
}

void World::cut_control_link(bool cut) {
  trace(cut ? "the control link is cut" : "the control link is whole again");
  link_is_cut_ = cut;
  if (cut) {
    drop_link();
  } else {
    connect_link();
  }
}

void World::connect_link() {
  network_.at(now().mono + kLinkRetry, [this] {
    if (link_is_up_ || link_is_cut_ || !signaling_ || !node_.is_running()) return;
    ++link_generation_;
    link_is_up_ = true;
    last_to_node_ = last_from_node_ = now().mono;
    signaling::SignalingOutbox out;
    signaling_->on_node_up(now(), out);
    carry(out);
    node_.on_link_up(now());
  });
}

void World::drop_link() {
  if (!std::exchange(link_is_up_, false)) return;
  ++link_generation_;
  if (node_.is_running()) node_.on_link_down(now());
  if (!signaling_) return;
  signaling::SignalingOutbox out;
  signaling_->on_node_down(now(), out);
  carry(out);
}

}  // namespace parley::sim
