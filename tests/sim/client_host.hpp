// One client of a simulated world: a real ClientCore, the shell around it (sockets, WebSocket,
// microphone) made of virtual time and the virtual network.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "client/core/client_core.hpp"
#include "tests/sim/network.hpp"

namespace parley::sim {

// What a simulated microphone writes into each Opus packet, and a listener checks.
struct VoiceStamp {
  std::uint16_t client;
  std::uint16_t room;
  std::uint32_t number;

  [[nodiscard]] std::array<std::uint8_t, 60> encode() const;
  static std::optional<VoiceStamp> parse(Bytes opus);
};

enum class Presence : std::uint8_t { present, left, crashed };

struct ClientHost {
  std::uint16_t index = 0;
  std::uint16_t room = 0;
  std::string name;
  std::unique_ptr<client::ClientCore> core;
  client::ClientOutbox outbox;
  Presence presence = Presence::present;
  Endpoint address;  // changes when the client moves to another network
  Impairment link;   // media, both directions
  bool is_tcp_only = false;

  // WebSocket.
  ConnectionId connection;  // none: not connected
  bool is_connecting = false;
  bool signaling_is_cut = false;
  Timestamp last_arrival_up;  // keeps each direction in order
  Timestamp last_arrival_down;

  // ICE-TCP: the connection's id (the same on both ends of the virtual network).
  std::vector<std::uint32_t> tcp_connections;
  Timestamp last_tcp_up;
  Timestamp last_tcp_down;

  // Microphone.
  bool is_talking = false;
  std::uint32_t next_voice = 0;
  std::uint32_t rtp_timestamp = 0;
  std::vector<std::uint64_t> heard_from;  // packets by talker's index
  std::uint64_t refused = 0;
  bool joined = false;
};

}  // namespace parley::sim
