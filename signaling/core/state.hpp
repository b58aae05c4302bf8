// The inside of SignalingCore: its tables, and its handlers grouped by the file that holds them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/client.pb.h"
#include "protocol/limits.hpp"
#include "signaling/core/connection.hpp"
#include "signaling/core/deadline_queue.hpp"
#include "signaling/core/session.hpp"
#include "signaling/core/signaling_core.hpp"
#include "signaling/placement/media_node.hpp"
#include "signaling/rooms/room.hpp"

namespace parley::signaling {

// One call into the core: when it happens, and where its effects go.
struct Turn {
  Now now;
  SignalingOutbox& out;
};

inline constexpr std::string_view kNoSuchRoom = "This session has no such room.";
// Floor requests of one connection, burst twice that. More than the floor itself takes from a
// member (10 presses/s), so that he is told by the floor, not cut off by us.
inline constexpr std::uint32_t kFloorRequestsPerSecond = 50;
// A connection that sent this many messages which could not even be handled is closed.
inline constexpr std::uint32_t kMaxRefused = 100;
// The node announces a silence when it has lasted this long (control.proto, STALLED).
inline constexpr Duration kStallAfter = std::chrono::seconds(3);
inline constexpr Duration kSweepInterval = std::chrono::seconds(60);
// Expiry dates written in one sweep; the rest waits for the next.
inline constexpr std::size_t kMaxSweepWrites = 500;
inline constexpr Duration kNodePingInterval = std::chrono::seconds(5);
// A link on which nothing came for this long is dead.
inline constexpr Duration kNodeSilenceLimit = std::chrono::seconds(15);

struct SignalingCore::State {
  State(SignalingConfig settings, Store& durable, const InvitationKey& key, RandomSource& source,
        Now now);

  // connections.cpp: opening, closing, limits, what is sent.
  void open(ConnectionId id, Turn& turn);
  void on_closed(ConnectionId id, Turn& turn);
  void on_connection_deadline(ConnectionId id, Turn& turn);
  void close_all(Turn& turn);
  void send(ConnectionId to, const std::string& frame, Turn& turn);
  void answer(Asker asker, api::ServerMessage& message, Turn& turn);
  void notify(const Session& session, const std::string& frame, Turn& turn);
  void refuse(Asker asker, api::Error::Code code, std::string_view why, Turn& turn);
  // As refuse, and closes the connection.
  void refuse_fatally(Asker asker, api::Error::Code code, std::string_view why, CloseCode close,
                      Turn& turn);
  void drop_connection(ConnectionId id, CloseCode code, Turn& turn);

  // dispatch.cpp: from bytes to the handler.
  void on_frame(ConnectionId id, Bytes frame, Turn& turn);
  void refuse_undecoded(Asker asker, const protocol::DecodeFailure& failure, Turn& turn);
  void count_refused(ConnectionId id, Turn& turn);
  void refuse_unknown(Asker asker, Turn& turn);
  void dispatch(Asker asker, const api::ClientMessage& message, Turn& turn);
  // The session of the asker; null after having told it NOT_SIGNED_IN.
  Session* signed_in(Asker asker, Turn& turn);
  // The membership of a room that the session is in; null after having told the asker what is
  // wrong.
  MembershipRecord* joined_room(Asker asker, Session& session, RoomId room, Turn& turn);

  // sign_in.cpp
  void hello(Asker asker, const api::Hello& hello, Turn& turn);
  void redeem(Asker asker, const api::Redeem& redeem, Turn& turn);
  void redeem_anew(Asker asker, const api::Redeem& redeem, const Invitation& invitation,
                   Turn& turn);
  void redeem_again(Asker asker, const api::Redeem& redeem, const RedeemedRecord& before,
                    Turn& turn);
  void resume(Asker asker, const api::Resume& resume, Turn& turn);
  bool may_sign_in(Asker asker, Turn& turn);
  bool store_tokens(Session& session, const TokenChain& chain, Turn& turn);
  void answer_session(Asker asker, const Session& session, const SessionToken& token, Turn& turn);
  void ping(Asker asker, Turn& turn);

  // sessions.cpp: loading, attaching to connections, expiry.
  Result<void> load(Now now);
  void load_session(SessionRecord record, Now now);
  void load_membership(Session& session, MembershipRecord& membership);
  Room* find_or_load_room(RoomId id);
  void attach(Session& session, ConnectionId connection, Turn& turn);
  void detach(Session& session, Turn& turn);
  void remove_session(Session& session, Turn& turn);
  void extend(Session& session, Turn& turn);
  [[nodiscard]] bool is_expired(const Session& session, Now now) const;
  void sweep(Turn& turn);
  SessionId new_session_id();

  // membership.cpp: rooms and presence.
  void join(Asker asker, const api::Join& join, Turn& turn);
  void leave(Asker asker, const api::Leave& leave, Turn& turn);
  void set_muted(Asker asker, const api::SetMuted& set_muted, Turn& turn);
  void set_hand(Asker asker, const api::SetHand& set_hand, Turn& turn);
  void enter_room(Session& session, MembershipRecord& membership, Room& room, Turn& turn);
  void leave_room(Session& session, MembershipRecord& membership, api::MemberLeft::Reason reason,
                  Turn& turn);
  // As join() of the room: it may be full.
  Result<void> add_member(Room& room, const Session& session, const MembershipRecord& membership);
  void leave_all_rooms(Session& session, api::MemberLeft::Reason reason, Turn& turn);
  // Answers with the member as it is now and tells the others of the room.
  void show_member(Asker asker, const Session& session, const MembershipRecord& membership,
                   Turn& turn);
  // To all members of the room with a connection, except one.
  void broadcast(const Room& room, const api::ServerMessage& message, SessionId except, Turn& turn);
  void watch_presence(const Session& session);
  void on_presence_deadline(SessionId id, Turn& turn);

  // floor.cpp: the pipe between members and the floors of their rooms on the media node.
  void ask_floor(Asker asker, const floor::Request& request, Turn& turn);
  // There is no node that could answer.
  void deny_floor(Asker asker, const floor::Request& request, Turn& turn);
  void on_floor_told(const control::FloorTold& told, Turn& turn);
  void log_floor_change(Room& room, const control::FloorTold& told, Turn& turn);
  void learn_policy(Room& room, const floor::Policy& policy);
  // What the command line has changed since the room was last used.
  void reread_policy(Room& room);
  // Has the state of the floor told to a member who may have missed what was said.
  void ask_for_snapshot(const Session& session, const MembershipRecord& membership, Turn& turn);
  void set_talk_room(Asker asker, const api::SetTalkRoom& set_talk_room, Turn& turn);
  void on_talk_room_set(const control::TalkRoomSet& set, Turn& turn);
  void confirm_talk_room(Session& session, Turn& turn);
  void move_talk_room(Session& session, RoomId room, Turn& turn);
  void leave_talk_room(Session& session);
  // A press takes the microphone along, as it does on the node.
  void follow_press(Session& session, const MembershipRecord& membership);
  void remember_talk_room(Session& session, RoomId room);

  // media.cpp: transports of sessions.
  void connect(Asker asker, const api::Connect& offer, Turn& turn);
  void disconnect(Asker asker, Turn& turn);
  void on_peer_added(NodeRequestId request, const control::PeerAdded& added, Turn& turn);
  void on_request_refused(NodeRequestId request, api::Error::Code code, std::string_view why,
                          Turn& turn);
  void on_request_deadline(NodeRequestId request, Turn& turn);
  // Ends whatever transport the session has or waits for; the node is told to forget it. An
  // unanswered Connect is not answered any more: see cancel_request.
  void drop_transport(Session& session, Turn& turn);
  void cancel_request(Session& session, api::Error::Code code, std::string_view why, Turn& turn);
  // The node no longer has it: the client is told.
  void lose_transport(Session& session, Turn& turn);
  void forget_request(const RequestedTransport& requested);
  void set_media(Session& session, MediaState media, Turn& turn);
  void show_media(Session& session, Turn& turn);
  bool store_transport(Session& session, TransportId id, PeerId peer);
  void forget_transport(Session& session, Turn& turn);
  PeerId new_peer_id();
  Session* find_requester(NodeRequestId request);

  // node_control.cpp: the link to the media node.
  void on_node_up(Turn& turn);
  void on_node_down(Turn& turn);
  void on_node_message(const control::FromNode& message, Turn& turn);
  void on_node_hello(const control::NodeHello& hello, Turn& turn);
  void on_peer_snapshot(const control::PeerSnapshot& peer, Turn& turn);
  void on_snapshot_end(Turn& turn);
  void reconcile_peer(const control::PeerSnapshot& peer, Turn& turn);
  void reconcile_rooms(const Session& session, const control::PeerSnapshot& peer, Turn& turn);
  void on_node_error(NodeRequestId request, const control::NodeError& error, Turn& turn);
  void on_peer_state(PeerId peer, control::PeerState::State state, Turn& turn);
  void on_room_talkers(const control::RoomTalkers& talkers, Turn& turn);
  void set_talkers(Room& room, std::vector<MemberId> channels, Turn& turn);
  void lose_all_transports(Turn& turn);
  void clear_all_talkers(Turn& turn);
  void on_node_deadline(Turn& turn);
  void doubt_media(Turn& turn);
  void break_node_link(Turn& turn);
  void send_remove_peer(PeerId peer, Turn& turn);
  // Everything the node has to know of a peer: rooms, talk room, whether its client reaches us.
  void introduce(const Session& session, Turn& turn);
  void send_join_room(const Session& session, const MembershipRecord& membership, Turn& turn);
  void send_leave_room(PeerId peer, RoomId room, bool is_expelled, Turn& turn);
  void send_signaling_state(const Session& session, Turn& turn);
  void send_talk_room(const Session& session, std::optional<std::uint32_t> first_timestamp,
                      Turn& turn);
  // To the node; dropped while it is away: the next snapshot makes up for it.
  void send_to_node(control::ToNode message, Turn& turn);

  Session* find_session(SessionId id);
  Connection* find_connection(ConnectionId id);
  Session* session_of_peer(PeerId peer);
  void update_gauges();

  SignalingConfig config;
  Store& store;
  const InvitationKey& invitations;
  RandomSource& random;
  Counters counters;
  Result<void> loaded;

  std::map<ConnectionId, Connection> connections;
  std::map<SessionId, Session> sessions;
  std::map<RoomId, Room> rooms;
  MediaNode node;
  std::unordered_map<PeerId, SessionId> peers;  // of requested and held transports
  std::map<NodeRequestId, SessionId> requests;  // AddPeers without an answer

  DeadlineQueue<ConnectionId> connection_deadlines;  // hello, sign-in and idle limits
  DeadlineQueue<SessionId> presence_deadlines;
  DeadlineQueue<NodeRequestId> request_deadlines;
  Timestamp node_deadline = kNever;  // next ping; while the link is down, when media is doubted
  Timestamp sweep_at;
};

}  // namespace parley::signaling
