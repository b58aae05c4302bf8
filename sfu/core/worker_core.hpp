// Everything one worker of a media node does, without its loop: peers, their transports, the rooms
// whose home is here and the legs of rooms whose homes are elsewhere. Bytes, commands, messages of
// other workers and time in; packets, events, messages and the next deadline out.
// Owned by one thread (sfu/node/worker) or by the simulator.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "protocol/control.pb.h"
#include "sfu/core/floor_numbers.hpp"
#include "sfu/core/worker_message.hpp"
#include "sfu/floor/floor_types.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::sfu {

struct IceCandidate {
  bool is_tcp = false;
  Endpoint endpoint;
  std::uint32_t priority = 0;  // RFC 8445 5.1.2
  std::string foundation;
};

// A connected peer is stalled after this long without a valid packet (control.proto, PeerState).
inline constexpr Duration kStallTimeout = std::chrono::seconds(3);
// A peer lives this long from AddPeer, and from each RenewLeases that names it (control.proto).
// More: a revoked device that signaling cannot have removed is heard longer. Less: a shorter
// standstill of signaling ends calls.
inline constexpr Duration kPeerLease = std::chrono::seconds(30);
// Rooms of one peer at once, as many as a snapshot can name.
inline constexpr std::size_t kMaxRoomsPerPeer = 64;

struct WorkerConfig {
  WorkerIndex index{};
  std::vector<IceCandidate> candidates;  // this worker's addresses, as told to clients
  std::uint32_t max_peers = 5000;
  std::uint32_t max_half_open = 256;    // DTLS handshakes at once (security.md S5)
  std::uint32_t max_room_peers = 1000;  // of one room on this worker
  std::uint8_t slots = 4;  // K: voices heard at once in an OPEN room, unless its policy says else
  Duration consent_timeout = std::chrono::seconds(15);
  Duration rtcp_interval = std::chrono::seconds(1);
};

// What a client offered, already checked against the protocol's limits.
struct PeerOffer {
  PeerId peer;
  std::string ice_ufrag;
  std::string ice_pwd;
  Fingerprint fingerprint;
  std::uint8_t opus_payload_type;
  std::uint8_t audio_level_extension_id;  // 0: none
  Ssrc uplink_ssrc;
  std::uint8_t slots;
};

struct PeerAnswer {
  std::string ice_ufrag;
  std::string ice_pwd;
  Fingerprint fingerprint;
  std::vector<IceCandidate> candidates;
  Ssrc uplink_ssrc;
  std::vector<Ssrc> slot_ssrcs;
};

// Commands (from the node's switchboard, by mailbox): values only.
struct AddPeer {
  std::uint32_t request_id;
  PeerOffer offer;
};
struct RemovePeer {
  PeerId peer;
};
// Those that are unknown here have ended meanwhile.
struct RenewLeases {
  std::vector<PeerId> peers;
};
struct JoinRoom {
  PeerId peer;
  RoomId room;
  WorkerIndex home{};  // of the room, fixed for the room's life
  bool may_send;       // it is the peer's talk room: its uplink is bound to it
  std::uint32_t request_id = 0;
  std::uint8_t first_slot = 0;
  std::uint8_t slots = 0;  // of the transport, from first_slot on; 0: all
  // As far as the switchboard knows; the home knows better.
  bool is_arbitrated = false;
  std::uint32_t talk_version = 0;
};
// The uplink is bound to `room`, where the peer is inside, or to none. `talk_version` grows with
// each such decision about a peer, so that a grant that was asked for before it is void.
struct SetTalkRoom {
  PeerId peer;
  RoomId room;
  std::uint32_t talk_version;
  std::uint32_t change_id = 0;  // of who asked for it, and is answered by TalkRoomSet; 0: nobody
  std::optional<std::uint32_t> first_timestamp{};  // RTP; what is older is for no room any more
};
struct LeaveRoom {
  PeerId peer;
  RoomId room;
};
// To the home of a room: `worker` has listeners of it, or no longer has.
struct OpenLeg {
  RoomId room;
  WorkerIndex worker;
};
struct CloseLeg {
  RoomId room;
  WorkerIndex worker;
};

// ---- to the home of a room: its floor. The member comes before its peer's JoinRoom.

// A new member, or one with other rights or another transport. `policy` and `term` count for the
// first one.
struct AddMember {
  RoomId room;
  MemberId member;
  PeerId peer;
  WorkerIndex worker;  // where the peer lives
  FloorRights rights;  // without the delegation's number
  std::string delegation;
  FloorPolicy policy;
  std::uint32_t term;
  bool is_reachable = true;  // by signaling
};
struct RemoveMember {
  RoomId room;
  MemberId member;
  bool is_expelled = false;
};
// Its transport ended.
struct LoseMember {
  RoomId room;
  MemberId member;
};
struct AskFloor {
  RoomId room;
  MemberId member;
  floor::Request request;  // one that to_request() understands
  std::uint32_t talk_version = 0;
  bool is_talk_room_open = false;  // the member's talk room is another one, and OPEN
  Timestamp asked_at;
};
struct SetReachable {
  RoomId room;
  MemberId member;
  bool is_reachable;
};
// To every worker: whether the link to signaling is up.
struct SetLink {
  bool is_up;
};
using WorkerCommand =
    std::variant<AddPeer, RemovePeer, JoinRoom, LeaveRoom, OpenLeg, CloseLeg, SetTalkRoom,
                 AddMember, RemoveMember, LoseMember, AskFloor, SetReachable, SetLink, RenewLeases>;

// Events (to the switchboard, by mailbox): values only.
struct PeerAdded {
  std::uint32_t request_id;
  PeerId peer;
  PeerAnswer answer;
};
struct PeerRefused {
  std::uint32_t request_id;
  PeerId peer;
  Error error;
};
struct JoinRefused {
  std::uint32_t request_id;
  PeerId peer;
  RoomId room;
  Error error;
  bool is_inside = false;  // it was before, and is as it was
};
// Media may flow; told again after PeerStalled.
struct PeerConnected {
  PeerId peer;
};
// No valid packet for kStallTimeout.
struct PeerStalled {
  PeerId peer;
};
// It ended by itself, not by RemovePeer.
struct PeerClosed {
  PeerId peer;
  std::string reason;
};
// K + 1 channels; none: the channel is free.
struct TalkersChanged {
  RoomId room;
  std::vector<PeerId> channels;
};
// The arbiter of a room spoke: written in the step in which it did.
struct FloorSaid {
  control::FloorTold told;
};
// A room is OPEN now, or no longer, and counts a new term.
struct ModeChanged {
  RoomId room;
  bool is_arbitrated;
  std::uint32_t term;
};
// What the peer says from now on is for this room.
struct TalkRoomSet {
  PeerId peer;
  RoomId room;
  std::uint32_t change_id;
};
using WorkerEvent = std::variant<PeerAdded, PeerRefused, JoinRefused, PeerConnected, PeerStalled,
                                 PeerClosed, TalkersChanged, FloorSaid, ModeChanged, TalkRoomSet>;

struct WorkerOutbox {
  PacketBatch packets{};
  std::vector<WorkerEvent> events{};
  std::vector<std::uint32_t> close_connections{};  // ICE-TCP connections to close after the flush
  std::vector<OutgoingMessage> to_workers{};       // in this order
};

// Sums since the start. packets_in + messages_in == control_packets + accepted + handed_to_home +
// relayed + held + all receive drops; copies_expected == copies_out + all listener drops. Over all
// workers messages_in == messages_out minus what full mailboxes refused. Asserted by the simulator
// after every step.
struct WorkerCounters {
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t messages_in = 0;      // of other workers
  std::uint64_t messages_out = 0;     // to other workers
  std::uint64_t control_packets = 0;  // STUN, DTLS, RTCP and messages that were dealt with
  std::uint64_t accepted = 0;  // voice packets that found their room, at home here, and a channel
  std::uint64_t handed_to_home = 0;  // voice packets for rooms whose home is another worker
  std::uint64_t relayed = 0;  // voice packets that homes elsewhere accepted, for the leg here
  std::uint64_t held = 0;     // voice packets that wait now for a press (falls again)
  std::uint64_t copies_expected =
      0;  // sum over accepted and relayed packets of the listeners to serve
  std::uint64_t copies_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t leases_ended = 0;  // peers that nobody renewed
  DropCounters receive_drops;
  DropCounters listener_drops;
};

class WorkerCore {
 public:
  // `dtls` and `random` outlive the core.
  WorkerCore(WorkerConfig config, const DtlsContext& dtls, RandomSource& random);
  ~WorkerCore();

  void on_command(const WorkerCommand& command, Now now, WorkerOutbox& out);
  void on_message(const WorkerMessage& message, Now now, WorkerOutbox& out);
  // One datagram (or one de-framed ICE-TCP packet); decrypted in place.
  void receive(const Path& from, MutableBytes datagram, Now now, WorkerOutbox& out);
  void on_connection_closed(std::uint32_t connection, Now now, WorkerOutbox& out);
  void tick(Now now, WorkerOutbox& out);
  [[nodiscard]] Timestamp deadline() const;
  // True: a handshake waits to be worked on. The owner calls work() once per loop turn while this
  // is so, and lets media pass in between.
  [[nodiscard]] bool has_work() const;
  // One step of one handshake.
  void work(Now now, WorkerOutbox& out);
  // Polite end: BYE and DTLS close to everybody.
  void close(Now now, WorkerOutbox& out);

  [[nodiscard]] const WorkerCounters& counters() const;
  // Of all rooms whose home is here, or was.
  [[nodiscard]] FloorNumbers floor_numbers(Timestamp now) const;
  [[nodiscard]] std::size_t peer_count() const;
  [[nodiscard]] std::size_t room_count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::sfu
