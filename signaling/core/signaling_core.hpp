// The signaling service without its sockets: sessions, rooms, presence, placement of peers on the
// media node. Frames, node messages and time in; frames, node messages and the next deadline out.
// Owned by one thread (signaling/server) or by the simulator.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "protocol/admin.pb.h"
#include "protocol/control.pb.h"
#include "signaling/admin/admin_desk.hpp"
#include "signaling/directory/directory.hpp"
#include "signaling/identity/authority.hpp"
#include "signaling/store/engine.hpp"

namespace parley::signaling {

struct SignalingConfig {
  std::string server_name = "parley";
  // Host names under which clients reach the service, in lower case: one of them is what they sign.
  std::vector<std::string> hosts = {"localhost"};
  std::uint32_t max_connections = 10000;
  std::uint32_t max_room_members = 1000;
  Duration hello_limit = std::chrono::seconds(5);     // connection to session (security.md S10)
  Duration ping_interval = std::chrono::seconds(10);  // told to clients
  Duration idle_limit = std::chrono::seconds(30);     // silence after which a connection is closed
  // A member without media and without signaling is shown as gone after this. Short: a crash is
  // seen soon; long: a tunnel is survived without leaving.
  Duration presence_grace = std::chrono::seconds(4);
  AdminDefaults admin = {};  // what administrators' answers tell of the service
  // How long a credential is good; it is renewed at half of that.
  std::chrono::seconds credential_life = std::chrono::hours(24);
  // How long after its end a device may still come back with it.
  std::chrono::seconds renewal_window = std::chrono::days(30);
  // How long media counts as alive after the link to its node was lost. Long: a member whose page
  // died meanwhile is shown longer; short: people with media and no signaling vanish too early.
  Duration media_trust = std::chrono::seconds(10);
  Duration node_answer_limit = std::chrono::seconds(3);  // for AddPeer; then MEDIA_REFUSED
  std::uint32_t messages_per_second = 20;                // of one connection, burst twice that
};

enum class CloseCode : std::uint16_t {  // WebSocket close codes (RFC 6455 7.4)
  normal = 1000,
  going_away = 1001,
  policy = 1008,
  too_big = 1009,
};

struct SignalingOutbox {
  struct Frame {
    ConnectionId to;
    std::string bytes;
  };  // one encoded ServerMessage
  struct Close {
    ConnectionId connection;
    CloseCode code;
  };  // after its frames
  std::vector<Frame> frames;
  struct AdminAnswer {
    AdminRequestId request;
    admin::Answer answer;
  };
  std::vector<Close> closes;
  std::vector<AdminAnswer> admin_answers;
  std::vector<control::ToNode> to_node;
  // Changes of rooms' floors, for the log: ids only.
  struct FloorChange {
    RoomId room;
    std::uint32_t term;
    std::uint64_t fseq;
    std::string_view event;  // as the field of floor.Event is called
    std::uint32_t member;    // whom it is about; 0: nobody alone
    std::uint32_t grant;     // 0: none
    std::uint32_t cause;     // of a denial or a revocation; 0: none
    std::uint64_t missed;    // changes before it that were never told
  };
  std::vector<FloorChange> floor_changes;
  bool close_node =
      false;  // the shell closes the node's link (no common version, or it fell silent)
};

class SignalingCore {
 public:
  // `engine`, `authority` and `random` outlive the core. Loads everything from the store.
  SignalingCore(SignalingConfig config, StoreEngine& engine, const Authority& authority,
                RandomSource& random, Now now);
  ~SignalingCore();
  // Whether the store could be read at the start. When not, nobody's session is known: the shell
  // stops with this error instead of serving.
  [[nodiscard]] const Result<void>& loaded() const;

  void on_connection_opened(ConnectionId connection, Now now, SignalingOutbox& out);
  // One binary WebSocket message.
  void on_frame(ConnectionId connection, Bytes frame, Now now, SignalingOutbox& out);
  void on_connection_closed(ConnectionId connection, Now now, SignalingOutbox& out);

  // The control link of the media node. Messages passed protocol::decode.
  void on_node_up(Now now, SignalingOutbox& out);
  void on_node_message(const control::FromNode& message, Now now, SignalingOutbox& out);
  void on_node_down(Now now, SignalingOutbox& out);

  // An administrator on this machine asks. The answer may come with a later call.
  void on_admin(AdminRequestId id, const admin::Request& request, Now now, SignalingOutbox& out);
  // The store has committed something, has gone away, or is back.
  void on_store_progress(Now now, SignalingOutbox& out);

  // Whether the store has written everything it was given: before that, a process does not end.
  [[nodiscard]] bool is_stored() const;

  void tick(Now now, SignalingOutbox& out);
  [[nodiscard]] Timestamp deadline() const;
  // Tells everybody SERVER_CLOSING.
  void close(Now now, SignalingOutbox& out);

  struct Counters {
    std::uint64_t connections = 0;  // now
    std::uint64_t sessions = 0;     // now, with or without a connection
    std::uint64_t members = 0;      // now, in all rooms
    std::uint64_t frames_in = 0;
    std::uint64_t frames_out = 0;
    std::uint64_t enrolled = 0;
    std::uint64_t logins = 0;
    std::uint64_t revoked = 0;  // sessions that were ended because their access was
    std::uint64_t events = 0;   // rows of the audit trail, ever
    bool store_available = true;
    std::uint64_t floor_requests = 0;   // passed on to the node
    std::uint64_t floor_limited = 0;    // refused for their rate
    std::uint64_t floor_denied = 0;     // by us: no node was there
    std::uint64_t floor_events = 0;     // told by the node
    std::uint64_t floor_missed = 0;     // changes of state that were never told
    std::vector<std::uint64_t> errors;  // by api.Error.Code
  };
  [[nodiscard]] const Counters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::signaling
