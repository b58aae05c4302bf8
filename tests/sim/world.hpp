// A whole Parley in one thread at virtual time: one signaling core on a real store, one media node
// with its workers, n native clients, and the network between them. Everything comes from one seed.
// After every step the invariants that hold at all times are checked; check_quiet() checks those
// that hold once the network is whole and everybody had time to settle.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "signaling/core/signaling_core.hpp"
#include "signaling/identity/authority.hpp"
#include "signaling/store/engine.hpp"
#include "tests/sim/client_host.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/node_host.hpp"
#include "tests/sim/seeded_random.hpp"

namespace parley::sim {

// What clients sign for.
inline constexpr const char* kHost = "sim";

struct WorldConfig {
  std::uint64_t seed = 1;
  std::vector<floor::Policy> rooms{floor::Policy()};  // the rules of each
  std::uint16_t workers = 1;
  std::uint8_t slots = 4;
  bool is_traced = false;  // print every event of the scenario
};

class World {
 public:
  explicit World(const WorldConfig& config);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Scenario steps. Each takes effect at the current virtual time.
  ClientHost& add_client(std::vector<std::uint16_t> rooms, const Impairment& link = {},
                         bool is_tcp_only = false);
  void leave(ClientHost& client);
  void crash(ClientHost& client);      // vanishes without a word; its WebSocket breaks
  void come_back(ClientHost& client);  // the same device, after leave() or crash()
  // Speaks in a room of his: presses where the floor has to be asked for. In an OPEN room only
  // where it is the talk room.
  void talk(ClientHost& client, std::uint16_t room);
  void be_quiet(ClientHost& client);
  void move(ClientHost& client);  // another address, as between Wi-Fi and mobile
  void cut_signaling(ClientHost& client, bool cut);
  void partition(ClientHost& client, bool cut);  // no media and no signaling
  void kill_signaling();
  void start_signaling();
  void kill_node();
  void start_node();
  void cut_control_link(bool cut);
  void send_garbage();  // hostile datagrams and frames from outside and inside
  void run_for(Duration time);

  // The signaling view, the node's view and every client's view are the same, and whoever talks is
  // heard by everybody else of the room he talks in, from the first packet to the last where he had
  // to press, and by nobody else.
  void check_quiet();
  // Everybody leaves; nothing may be left on the node and in the rooms.
  void check_empty();

  [[nodiscard]] std::vector<ClientHost*> present();
  [[nodiscard]] std::vector<ClientHost*> absent();
  [[nodiscard]] bool is_open(std::uint16_t room) const {
    return config_.rooms[room].mode() == floor::OPEN;
  }
  [[nodiscard]] SeededRandom& random() { return random_; }
  [[nodiscard]] Now now() const;
  [[nodiscard]] const std::set<std::string>& violations() const { return violations_; }
  [[nodiscard]] const NodeHost& node() const { return node_; }
  [[nodiscard]] bool is_signaling_running() const { return signaling_ != nullptr; }
  void trace(const std::string& what);
  // What every run of the same seed has in common; part of it is the count of all steps.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  // world.cpp
  void start_client(ClientHost& client);
  void step();
  [[nodiscard]] Timestamp next_deadline() const;
  void tick_all();
  void violate(const std::string& what);
  void mix(Bytes bytes);
  // world_media.cpp: datagrams and ICE-TCP between clients and the node, microphones and ears.
  NodeHost::Sinks sinks_of_node();
  void carry_from_client(ClientHost& client);
  void send_from_client(ClientHost& client, const Path& to, std::vector<std::uint8_t> bytes);
  void deliver_to_client(std::uint16_t index, const Endpoint& address, Path from,
                         std::vector<std::uint8_t> bytes);
  void deliver_to_node(const Path& from, std::uint16_t port, std::vector<std::uint8_t> bytes);
  void open_tcp(ClientHost& client, const Endpoint& remote);
  void close_tcp(std::uint32_t connection);
  void on_event(ClientHost& client, const client::ClientEvent& event);
  void hear(ClientHost& client, const client::AudioReceived& audio);
  void speak(std::uint16_t index, std::uint64_t utterance);
  // world_floor.cpp: what the arbiters say, and what must be true of it at all times.
  void on_floor(ClientHost& client, const floor::Event& event);
  void check_order(ClientHost& client, const floor::Event& event);
  void check_answer(ClientHost& client, const floor::Event& event);
  void check_holders(const ClientHost& client, const floor::Event& event);
  void check_burst(ClientHost& talker, std::uint16_t room);
  [[nodiscard]] std::optional<std::uint16_t> room_of(std::uint64_t room_id) const;
  ClientHost* client_at(const Endpoint& address);
  // world_signaling.cpp: WebSockets and the control link.
  void open_connection(ClientHost& client);
  void break_connection(ClientHost& client, Duration client_notices, Duration server_notices);
  void carry(signaling::SignalingOutbox& out);
  // By an administrator on the machine of the service, which is running.
  [[nodiscard]] admin::Answer administer(const admin::Request& request);
  [[nodiscard]] RoomId create_room(std::uint16_t room);
  void connect_link();
  void drop_link();
  [[nodiscard]] std::string invite(const std::vector<std::uint16_t>& rooms);
  // world_checks.cpp
  void check_members();
  void check_seen(const ClientHost& client, std::uint16_t room);
  void check_hearing();
  void check_open_talk(ClientHost& talker, std::uint16_t room);
  void check_shown(const ClientHost& talker, std::uint16_t room);
  void check_clients();

  WorldConfig config_;
  SeededRandom random_;
  SeededRandom openssl_random_;  // its own, so that a library's habits do not change the story
  Network network_;
  sfu::DtlsContext node_dtls_;
  sfu::DtlsContext client_dtls_;
  const std::unique_ptr<signaling::StoreEngine> store_;  // outlives every signaling process
  const signaling::Authority authority_;
  std::vector<RoomId> rooms_;
  std::unique_ptr<signaling::SignalingCore> signaling_;
  NodeHost node_;
  std::vector<std::unique_ptr<ClientHost>> clients_;

  // Control link: a generation, so that messages of an old connection never arrive on a new one.
  std::uint64_t link_generation_ = 0;
  bool link_is_up_ = false;
  bool link_is_cut_ = false;
  Timestamp last_to_node_{};
  Timestamp last_from_node_{};

  std::uint64_t next_connection_ = 1;
  std::uint32_t next_tcp_connection_ = 1;
  std::uint64_t digest_ = 0xcbf29ce484222325U;
  std::uint64_t steps_at_this_instant_ = 0;
  Timestamp last_step_{};
  bool has_garbage_ = false;
  std::set<std::string> violations_;
};

}  // namespace parley::sim
