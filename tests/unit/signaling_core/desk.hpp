// A real SignalingCore with real frames, a real store, a seeded random source and a clock that the
// test turns. Everything the core sends is delivered at once: to clients' inboxes and to the node.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/core/device_key.hpp"
#include "protocol/client.pb.h"
#include "signaling/core/signaling_core.hpp"
#include "signaling/store/sqlite_engine.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/signaling_core/scripted_node.hpp"

namespace parley::signaling {

inline constexpr RoomId kBridge{500};
inline constexpr RoomId kRadio{501};           // of mode ptt
inline constexpr std::uint32_t kRequest = 42;  // of every message a test client sends
inline constexpr const char* kHost = "parley.test";

// What a device keeps.
struct TestDevice {
  client::DeviceKey key;
  std::string credential = {};
  DeviceId id = {};
  UserId user = {};
};

// A room that somebody may enter, and what he may do there.
struct Access {
  RoomId room;
  MemberRights rights = {};
};

class Desk {
 public:
  explicit Desk(SignalingConfig settings = {}, std::uint64_t seed = 1);
  // On a file, so that the process can be restarted.
  Desk(SignalingConfig settings, const std::string& path);

  // A client's page and its WebSocket.
  ConnectionId open();
  void close_connection(ConnectionId connection);
  // The last answer to this message (request id kRequest); an empty message when there was none.
  api::ServerMessage say(ConnectionId connection, api::ClientMessage message);
  void send_bytes(ConnectionId connection, Bytes frame);
  // What was sent to this client since the last call.
  std::vector<api::ServerMessage> take(ConnectionId connection);
  [[nodiscard]] std::optional<CloseCode> closed_with(ConnectionId connection) const;

  // The code of a link for a new guest, who may enter these rooms. No name: he chooses it.
  [[nodiscard]] std::string invitation(std::string_view name = "", RoomId room = kBridge,
                                       std::chrono::seconds life = std::chrono::hours(1));
  [[nodiscard]] std::string invitation_to(const std::vector<Access>& rooms,
                                          std::string_view delegation = "");
  [[nodiscard]] std::string invitation_of(const admin::Invite& invite);
  // A link for a further device of somebody.
  [[nodiscard]] std::string link_for(UserId user, bool is_approved = false);
  RoomId make_room(std::string_view name, const floor::Policy& policy = {});
  // As the store has it.
  [[nodiscard]] RoomRecord stored_room(RoomId room);
  // What the administrator on this machine is answered.
  admin::Answer administer(const admin::Request& request);

  [[nodiscard]] TestDevice new_device();
  // What a device says on a connection that was greeted; keeps the credential it is given.
  api::ServerMessage enrol(ConnectionId connection, TestDevice& device, const std::string& code,
                           const std::string& name = "");
  api::ServerMessage login(ConnectionId connection, TestDevice& device);
  [[nodiscard]] const std::string& challenge(ConnectionId connection) const;

  // Steps that most tests begin with.
  struct Page {
    ConnectionId connection = {};
    std::shared_ptr<TestDevice> device = {};
    std::uint32_t member = 0;
    PeerId peer = {};
  };
  ConnectionId greeted();  // hello is done
  Page signed_in(std::string_view name, RoomId room = kBridge);
  Page in_room(std::string_view name);
  Page talking(std::string_view name);  // in the room, media connected
  // Signed in as a guest of these rooms, in none of them; media connected if the node is up.
  Page guest_of(const std::vector<Access>& rooms, std::string_view delegation = "");
  Page guest_of_both(std::string_view delegation = "");
  // Media for a page that is signed in.
  void connect_media(Page& page);
  // A new connection of the page's device; none when the login was refused.
  Page resumed(const Page& page);
  void kill(const Page& page, bool stalls = true);  // the page dies: socket closed, media silent

  void node_up();
  void node_down();
  void from_node(const control::FromNode& message);
  void set_peer(PeerId peer, control::PeerState::State state);
  void tell_talkers(std::vector<PeerId> channels, RoomId room = kBridge);
  // Of the node's arbiter; member 0: to all.
  void tell_floor(std::uint32_t member, const floor::Event& event);
  // What the node was sent since the last call.
  std::vector<control::ToNode> take_from_node();

  // Time passes; the core is ticked exactly at its own deadlines.
  void advance(Duration by);
  // The process dies without a word and a new one opens the same store; the node stays.
  void restart();

  void deliver(SignalingOutbox& out);

  SignalingConfig config;
  Now now{.mono = Timestamp(std::chrono::seconds(1000)),
          .wall = WallTime(std::chrono::seconds(1'800'000'000))};
  test::SeededRandom random;
  std::unique_ptr<StoreEngine> engine;
  Authority authority;
  ScriptedNode node;
  bool node_link_closed = false;
  std::vector<SignalingOutbox::FloorChange> floor_log;
  // All frames in order, but for certificates: OpenSSL signs them with randomness of its own. Two
  // equal runs must give equal bytes.
  std::string everything_sent;
  std::unique_ptr<SignalingCore> core;

 private:
  Desk(SignalingConfig settings, std::uint64_t seed, std::string path);
  void open_store();
  void start();

  std::string path_;
  std::uint64_t next_connection_ = 1;
  bool node_is_up_ = false;
  std::map<ConnectionId, std::vector<api::ServerMessage>> inbox_;
  std::map<ConnectionId, CloseCode> closed_;
  std::map<ConnectionId, std::string> challenges_;
  std::optional<admin::Answer> admin_answer_;
};

// Messages of a client, each in a line.
api::ClientMessage hello_message(std::uint32_t min = 2, std::uint32_t max = 2);
api::ClientMessage enrol_message(const TestDevice& device, const std::string& challenge,
                                 const std::string& code, const std::string& name = "");
api::ClientMessage login_message(const TestDevice& device, const std::string& challenge);
api::ClientMessage join_message(RoomId room = kBridge, std::uint32_t first_slot = 0,
                                std::uint32_t slots = 0);
api::ClientMessage leave_message(RoomId room = kBridge);
api::ClientMessage connect_message();
api::ClientMessage disconnect_message();
api::ClientMessage mute_message(bool muted);
api::ClientMessage hand_message(bool raised, RoomId room = kBridge);
api::ClientMessage talk_room_message(RoomId room);
api::ClientMessage press_message(std::uint32_t req_id, RoomId room = kRadio);
api::ClientMessage ping_message();

}  // namespace parley::signaling
