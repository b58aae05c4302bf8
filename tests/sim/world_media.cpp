// Datagrams and ICE-TCP between clients and the node; microphones and ears.
#include <algorithm>

#include "tests/sim/world.hpp"

namespace parley::sim {
namespace {

constexpr Duration kFrame = std::chrono::milliseconds(20);
constexpr std::uint8_t kTalkingLevel = 25;  // -dBov

// The next sample of a microphone: its clock runs on while nobody speaks.
std::int64_t next_sample(const ClientHost& client, Timestamp now) {
  return std::max(client.next_sample, now.time_since_epoch().count() * 48 / 1000);
}

std::uint32_t rtp_timestamp(const ClientHost& client, Timestamp now) {
  return static_cast<std::uint32_t>(next_sample(client, now));
}

WorkerIndex worker_of(std::uint16_t port) {
  return {static_cast<std::uint16_t>(port - kMediaPort)};
}

bool has_connection(const ClientHost& client, std::uint32_t connection) {
  return std::ranges::find(client.tcp_connections, connection) != client.tcp_connections.end();
}

}  // namespace

NodeHost::Sinks World::sinks_of_node() {
  return {
      .datagram =
          [this](WorkerIndex worker, const Path& to, Bytes bytes) {
            mix(bytes);
            ClientHost* client = client_at(to.remote);
            if (client == nullptr) return;  // moved away: nobody lives there any more
            const Endpoint node{.address = kNodeAddress,
                                .port = static_cast<std::uint16_t>(kMediaPort + worker.value)};
            std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
            auto arrive = [this, index = client->index, address = to.remote, copy,
                           from = Path{.remote = node, .connection = to.connection}] {
              deliver_to_client(index, address, from, copy);
            };
            if (to.is_tcp()) {
              network_.send_on_stream(client->link, now().mono, client->last_tcp_down, arrive);
            } else {
              network_.send_datagram(client->link, now().mono, arrive);
            }
          },
      .to_signaling =
          [this](const control::FromNode& message) {
            if (!link_is_up_ || !signaling_) return;
            network_.send_on_stream({}, now().mono, last_from_node_,
                                    [this, message, generation = link_generation_] {
                                      if (generation != link_generation_ || !signaling_) return;
                                      signaling::SignalingOutbox out;
                                      signaling_->on_node_message(message, now(), out);
                                      carry(out);
                                    });
          },
      .close_connection = [this](std::uint32_t connection) { close_tcp(connection); },
      .violation = [this](std::string what) { violate(what); },
  };
}

ClientHost* World::client_at(const Endpoint& address) {
  const auto found = std::ranges::find_if(
      clients_, [&](const auto& client) { return client->address == address; });
  return found == clients_.end() ? nullptr : found->get();
}

void World::carry_from_client(ClientHost& client) {
  for (const PacketBatch::Entry& entry : client.outbox.packets.entries()) {
    const Bytes bytes = client.outbox.packets.bytes(entry);
    send_from_client(client, entry.path, {bytes.begin(), bytes.end()});
  }
  client.outbox.packets.clear();
  for (const std::string& frame : std::exchange(client.outbox.frames, {})) {
    if (client.connection.is_none()) continue;
    network_.send_on_stream(client.link, now().mono, client.last_arrival_up,
                            [this, connection = client.connection, frame] {
                              if (!signaling_) return;
                              signaling::SignalingOutbox out;
                              signaling_->on_frame(connection, as_bytes(frame), now(), out);
                              carry(out);
                            });
  }
  for (const Endpoint& remote : std::exchange(client.outbox.connect_tcp, {})) {
    open_tcp(client, remote);
  }
  for (const std::uint32_t connection : std::exchange(client.outbox.close_tcp, {})) {
    close_tcp(connection);
  }
  for (const client::ClientEvent& event : std::exchange(client.outbox.events, {})) {
    on_event(client, event);
  }
  if (std::exchange(client.outbox.reconnect_signaling, false)) {
    break_connection(client, Duration{}, std::chrono::milliseconds(50));
  }
}

void World::send_from_client(ClientHost& client, const Path& to, std::vector<std::uint8_t> bytes) {
  mix(bytes);
  const Path from{.remote = client.address, .connection = to.connection};
  auto arrive = [this, from, port = to.remote.port, bytes = std::move(bytes)] {
    deliver_to_node(from, port, bytes);
  };
  if (!to.is_tcp()) {
    network_.send_datagram(client.link, now().mono, arrive);
  } else if (has_connection(client, to.connection)) {
    network_.send_on_stream(client.link, now().mono, client.last_tcp_up, arrive);
  }
}

void World::deliver_to_node(const Path& from, std::uint16_t port, std::vector<std::uint8_t> bytes) {
  node_.on_datagram(worker_of(port), from, bytes, now());
}

void World::deliver_to_client(std::uint16_t index, const Endpoint& address, Path from,
                              std::vector<std::uint8_t> bytes) {
  ClientHost& client = *clients_[index];
  if (!client.core || client.address != address) return;
  if (from.is_tcp() && !has_connection(client, from.connection)) return;
  client.core->on_datagram(from, bytes, now(), client.outbox);
  carry_from_client(client);
}

void World::open_tcp(ClientHost& client, const Endpoint& remote) {
  const std::uint32_t connection = next_tcp_connection_++;
  network_.at(now().mono + 2 * client.link.delay, [this, index = client.index, remote, connection] {
    ClientHost& host = *clients_[index];
    if (!host.core || !node_.is_running() || host.link.is_partitioned) return;
    host.tcp_connections.push_back(connection);
    host.core->on_tcp_connected(remote, connection, now(), host.outbox);
    carry_from_client(host);
  });
}

void World::close_tcp(std::uint32_t connection) {
  for (const auto& client : clients_) {
    if (std::erase(client->tcp_connections, connection) == 0) continue;
    network_.at(now().mono + client->link.delay, [this, connection, index = client->index] {
      for (std::uint16_t worker = 0; worker < config_.workers; ++worker) {
        node_.on_connection_closed({worker}, connection, now());
      }
      ClientHost& host = *clients_[index];
      if (!host.core) return;
      host.core->on_tcp_closed(connection, now(), host.outbox);
      carry_from_client(host);
    });
  }
}

void World::on_event(ClientHost& client, const client::ClientEvent& event) {
  if (const auto* audio = std::get_if<client::AudioReceived>(&event)) {
    hear(client, *audio);
  } else if (const auto* refused = std::get_if<client::ServerRefused>(&event)) {
    ++client.refused;
    trace(client.name + " is refused: " + api::Error_Code_Name(refused->error.code()) + " " +
          refused->error.message());
  } else if (const auto* received = std::get_if<client::CredentialReceived>(&event)) {
    client.credential = received->credential;
  } else if (std::holds_alternative<client::DevicePending>(event)) {
    violate(client.name + " has to wait for approval with his first device");
  } else if (std::holds_alternative<client::RoomJoined>(event)) {
    client.joined = true;
    trace(client.name + " has joined");
  } else if (const auto* lost = std::get_if<client::MediaDisconnected>(&event)) {
    trace(client.name + " lost media: " + lost->reason);
  } else if (std::holds_alternative<client::MediaConnected>(event)) {
    trace(client.name + " has media");
  } else if (const auto* heard = std::get_if<client::FloorHeard>(&event)) {
    on_floor(client, heard->event);
  } else if (const auto* own = std::get_if<client::OwnFloorChanged>(&event)) {
    const auto room = room_of(own->room_id);
    trace(client.name + " is in phase " + std::to_string(static_cast<int>(own->phase)) +
          " in room " + (room ? std::to_string(*room) : "?"));
  } else if (const auto* sent = std::get_if<client::VoiceSent>(&event)) {
    ++client.voice_sent;
    const auto stamp = VoiceStamp::parse(sent->opus);
    if (!stamp || rooms_[stamp->room].value != sent->room_id) {
      violate(client.name + " sends voice for another room than that it was spoken for");
    }
  }
}

void World::hear(ClientHost& client, const client::AudioReceived& audio) {
  const auto stamp = VoiceStamp::parse(audio.opus);
  if (!stamp || stamp->client >= clients_.size()) {
    violate("a listener got something that no microphone sent");
    return;
  }
  if (stamp->client == client.index) violate(client.name + " hears himself");
  if (!client.is_in(stamp->room)) violate(client.name + " hears a room he is not in");
  if (client.core->heard_in_slot(audio.slot).room_id != rooms_[stamp->room].value) {
    violate(client.name + " hears a room in the slots of another");
  }
  ++client.heard_from[stamp->client];
}

void World::talk(ClientHost& client, std::uint16_t room) {
  trace(client.name + " talks in room " + std::to_string(room));
  const std::uint64_t room_id = rooms_[room].value;
  if (is_open(room) && client.core->floor().talk_room() != room_id) {
    client.core->set_talk_room(room_id, now(), client.outbox);
  } else if (!is_open(room)) {
    const auto talk_room = room_of(client.core->floor().talk_room());
    if (talk_room && is_open(*talk_room)) client.core->set_talk_room(room_id, now(), client.outbox);
    client.core->press({.room_id = room_id, .first_timestamp = rtp_timestamp(client, now().mono)},
                       now(), client.outbox);
  }
  client.is_talking = client.core->floor().talk_room() == room_id;
  client.talks_in = room;
  carry_from_client(client);
  ++client.utterance;
  network_.at(now().mono, [this, index = client.index, utterance = client.utterance] {
    speak(index, utterance);
  });
}

void World::be_quiet(ClientHost& client) {
  trace(client.name + " is quiet");
  client.is_talking = false;
  client.core->release(now(), client.outbox);
  carry_from_client(client);
}

void World::speak(std::uint16_t index, std::uint64_t utterance) {
  ClientHost& client = *clients_[index];
  if (!client.is_talking || !client.core || client.utterance != utterance) return;
  const VoiceStamp stamp{
      .client = client.index, .room = client.talks_in, .number = client.next_voice++};
  constexpr std::int64_t kFrameSamples = 960;
  client.core->send_audio(stamp.encode(), rtp_timestamp(client, now().mono), kTalkingLevel, now(),
                          client.outbox);
  client.next_sample = next_sample(client, now().mono) + kFrameSamples;
  carry_from_client(client);
  network_.at(now().mono + kFrame, [this, index, utterance] { speak(index, utterance); });
}

}  // namespace parley::sim
