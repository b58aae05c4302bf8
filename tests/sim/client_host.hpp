// One client of a simulated world: a real ClientCore, the shell around it (sockets, WebSocket,
// microphone) made of virtual time and the virtual network.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "client/core/client_core.hpp"
#include "client/core/device_key.hpp"
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

// A press, as its answers show it: named by its arbiter's term and its own number.
struct PressKey {
  std::uint64_t room_id;
  std::uint32_t term;
  std::uint32_t req_id;
  friend auto operator<=>(const PressKey&, const PressKey&) = default;
};

// What a client has heard of the floor of one room.
struct FloorHistory {
  std::uint32_t term = 0;
  std::uint64_t fseq = 0;
  std::uint64_t message_id = 0;
};

struct ClientHost {
  std::uint16_t index = 0;
  std::vector<std::uint16_t> rooms;  // the first is the talk room until another one is chosen
  std::string name;
  // His device: these three outlive a crash.
  std::optional<client::DeviceKey> key;
  std::string invitation;
  std::string credential;  // the newest
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
  std::uint16_t talks_in = 0;   // room for which it speaks
  std::uint64_t utterance = 0;  // counts talk(): the frames of an older one end
  std::uint32_t next_voice = 0;
  std::uint64_t voice_sent = 0;
  std::int64_t next_sample = 0;           // of the microphone's 48 kHz, not before
  std::vector<std::uint64_t> heard_from;  // packets by talker's index

  // Floor.
  std::map<std::uint64_t, FloorHistory> floors;  // by room id
  std::map<PressKey, bool> answers;              // granted, or denied
  std::uint64_t refused = 0;
  bool joined = false;

  [[nodiscard]] bool is_in(std::uint16_t room) const {
    return std::ranges::find(rooms, room) != rooms.end();
  }
};

}  // namespace parley::sim
