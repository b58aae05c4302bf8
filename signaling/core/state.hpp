// The inside of SignalingCore: its tables, and its handlers grouped by the file that holds them.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/client.pb.h"
#include "protocol/limits.hpp"
#include "protocol/proof.hpp"
#include "protocol/ticket.hpp"
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
// Leases are renewed this often; the node lets a peer go that was not named for 30 s.
inline constexpr Duration kLeaseInterval = std::chrono::seconds(10);
inline constexpr std::size_t kLeasesPerMessage = 8000;  // control.proto
// Budgets of one device, however often it connects: a reconnect joins all its rooms again.
inline constexpr std::uint32_t kLoginsPerSecond = 2;
inline constexpr std::uint32_t kLoginBurst = 20;
inline constexpr std::uint32_t kJoinsPerSecond = 5;
inline constexpr std::uint32_t kJoinBurst = 128;
// Kinds of refusals that are counted apart between two sweeps; the rest is counted together.
inline constexpr std::size_t kMaxRefusalKinds = 64;
inline constexpr std::string_view kStoreTrouble =
    "The server cannot save this now; nothing was changed.";
inline constexpr Duration kNodePingInterval = std::chrono::seconds(5);
// A link on which nothing came for this long is dead.
inline constexpr Duration kNodeSilenceLimit = std::chrono::seconds(15);

struct SignalingCore::State final : LiveView {
  State(SignalingConfig settings, StoreEngine& durable, const Authority& issuer,
        RandomSource& source, Now now);

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
  // The place of a room that the session is in; null after having told the asker what is
  // wrong.
  Place* joined_room(Asker asker, Session& session, RoomId room, Turn& turn);

  // sign_in.cpp
  void hello(Asker asker, const api::Hello& hello, Turn& turn);
  void enrol(Asker asker, const api::Enrol& enrol, Turn& turn);
  void login(Asker asker, const api::Login& login, Turn& turn);
  // Refuses a proof: counted, for the audit trail too.
  void refuse_sign_in(Asker asker, api::Error::Code code, std::string_view why, DeviceId device,
                      Turn& turn);
  // The challenge of a connection that may sign in; null after having told it that it may not.
  const std::string* may_sign_in(Asker asker, Turn& turn);
  [[nodiscard]] bool is_proven(protocol::ProofOf purpose, std::string_view challenge,
                               std::string_view what, Bytes key, Bytes signature) const;
  void finish_enrolment(Asker asker, DeviceId device, Draft& draft, Turn& turn);
  void begin_session(Asker asker, const Device& device, Turn& turn);
  // A new credential for an active device. Empty: it could not be made.
  std::string issue(DeviceId device, Draft& draft, Turn& turn);
  void answer_session(Asker asker, const Session& session, std::string credential, Turn& turn);
  void renew_credentials(Turn& turn);
  void ping(Asker asker, Turn& turn);

  // devices.cpp: what a user does with his devices.
  void list_devices(Asker asker, Turn& turn);
  void approve_device(Asker asker, const api::ApproveDevice& approve, Turn& turn);
  void revoke_device(Asker asker, const api::RevokeDevice& revoke, Turn& turn);
  // The device of the asker's own user; null after having told him that there is none.
  const Device* own_device(Asker asker, const Session& session, DeviceId device, Turn& turn);
  [[nodiscard]] api::ServerMessage devices_message(UserId user) const;
  // To all sessions of the user but one.
  void show_devices(UserId user, DeviceId except, Turn& turn);
  // Stores the change and shows the devices as they are then.
  void answer_devices(Asker asker, const Session& session, Draft& draft, Turn& turn);

  // keeping.cpp: the store, and what waits for it.
  Result<void> load(Now now);
  // Stores what a draft holds, all or nothing; undoes it where the store refuses. `then` runs once
  // it is written, now or later. What takes access away takes effect at once.
  Result<void> keep(Draft& draft, Turn& turn, std::function<void(Turn&)> then);
  // What a power cut may undo, and nobody waits for.
  Result<void> keep_lazily(Draft& draft);
  void keep_session(const Session& session);
  void keep_stay(const Stay& stay);
  void on_store_progress(Turn& turn);
  void on_admin(AdminRequestId id, const admin::Request& request, Turn& turn);
  void read_events(AdminRequestId id, const admin::Request& request, Turn& turn);
  void give_read_answers(Turn& turn);
  void count_refusal(EventKind kind, api::Error::Code code, DeviceId device);
  void write_refusals(Turn& turn);
  [[nodiscard]] bool is_online(DeviceId device) const override;
  [[nodiscard]] std::uint32_t present(RoomId room) const override;

  // access.cpp: whether everybody may still be where he is.
  void review_all(Turn& turn);
  // Only those whom these changes are about, where that can be told.
  void review_after(const std::vector<Event>& events, Turn& turn);
  void review(Session& session, Turn& turn);
  void review_room(Room& room);
  // What changed of the user and his rights is shown and told to the node.
  void refresh_user(Session& session, Turn& turn);
  void refresh_places(Session& session, Turn& turn);
  void refresh_rights(Session& session, Place& place, const MemberRights& rights, Turn& turn);
  void end_session(Session& session, api::Error::Code code, std::string_view why, Turn& turn);
  [[nodiscard]] api::Error::Code code_of_no_access(DeviceId device) const;
  void tell_rooms(Session& session, Turn& turn);
  void watch_access(Now now);

  // sessions.cpp: attaching to connections, expiry.
  void load_session(const SessionRecord& record, Now now);
  Session& open_session(DeviceId device, Now now);
  [[nodiscard]] Place new_place(DeviceId device, const MembershipRecord& membership) const;
  void write_rooms(const Session& session,
                   google::protobuf::RepeatedPtrField<api::RoomInfo>& out) const;
  Room& room_of(RoomId id);
  void attach(Session& session, ConnectionId connection, Turn& turn);
  void detach(Session& session, Turn& turn);
  // Forgets a session that nothing holds any more.
  void release(DeviceId device);
  void sweep(Turn& turn);

  // membership.cpp: rooms and presence.
  void join(Asker asker, const api::Join& join, Turn& turn);
  void leave(Asker asker, const api::Leave& leave, Turn& turn);
  void set_muted(Asker asker, const api::SetMuted& set_muted, Turn& turn);
  void set_hand(Asker asker, const api::SetHand& set_hand, Turn& turn);
  bool may_enter(Asker asker, Session& session, RoomId room, Turn& turn);
  void refuse_join(Asker asker, const Session& session, api::Error::Code code, std::string_view why,
                   Turn& turn);
  // False: it could not be stored.
  bool take_place(Session& session, Place& place, Stay wanted, Turn& turn);
  void keep_departure(const Session& session, const Stay& stay, api::MemberLeft::Reason reason,
                      Turn& turn);
  void enter_room(Session& session, Place& place, Room& room, Turn& turn);
  void leave_room(Session& session, Place& place, api::MemberLeft::Reason reason, Turn& turn);
  // As join() of the room: it may be full.
  Result<void> add_member(Room& room, const Session& session, const Place& place);
  void leave_all_rooms(Session& session, api::MemberLeft::Reason reason, Turn& turn);
  // Answers with the member as it is now and tells the others of the room.
  void show_member(Asker asker, const Session& session, const Place& place, Turn& turn);
  // To all members of the room with a connection, except one.
  void broadcast(const Room& room, const api::ServerMessage& message, DeviceId except, Turn& turn);
  void watch_presence(const Session& session);
  void on_presence_deadline(DeviceId id, Turn& turn);

  // floor.cpp: the pipe between members and the floors of their rooms on the media node.
  void ask_floor(Asker asker, const floor::Request& request, Turn& turn);
  // There is no node that could answer.
  void deny_floor(Asker asker, const floor::Request& request, Turn& turn);
  void on_floor_told(const control::FloorTold& told, Turn& turn);
  void log_floor_change(Room& room, const control::FloorTold& told, Turn& turn);
  void learn_policy(Room& room, const floor::Policy& policy, Turn& turn);
  // Has the state of the floor told to a member who may have missed what was said.
  void ask_for_snapshot(const Session& session, const Place& place, Turn& turn);
  void set_talk_room(Asker asker, const api::SetTalkRoom& set_talk_room, Turn& turn);
  void on_talk_room_set(const control::TalkRoomSet& set, Turn& turn);
  void confirm_talk_room(Session& session, Turn& turn);
  void move_talk_room(Session& session, RoomId room, Turn& turn);
  void leave_talk_room(Session& session);
  // A press takes the microphone along, as it does on the node.
  void follow_press(Session& session, const Place& place);
  void remember_talk_room(Session& session, RoomId room);

  // media.cpp: transports of sessions.
  void connect(Asker asker, const api::Connect& offer, Turn& turn);
  void disconnect(Asker asker, Turn& turn);
  // Admits this peer to the node, with the DTLS certificate of its offer.
  [[nodiscard]] std::string ticket_for(const Session& session, PeerId peer,
                                       const api::Connect& offer, Turn& turn) const;
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
  void remember_transport(Session& session, TransportId id, PeerId peer);
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
  void renew_leases(Turn& turn);
  void send_remove_peer(PeerId peer, Turn& turn);
  // Everything the node has to know of a peer: rooms, talk room, whether its client reaches us.
  void introduce(const Session& session, Turn& turn);
  void send_join_room(const Session& session, const Place& place, Turn& turn);
  void send_leave_room(PeerId peer, RoomId room, bool is_expelled, Turn& turn);
  void send_signaling_state(const Session& session, Turn& turn);
  void send_talk_room(const Session& session, std::optional<std::uint32_t> first_timestamp,
                      Turn& turn);
  // To the node; dropped while it is away: the next snapshot makes up for it.
  void send_to_node(control::ToNode message, Turn& turn);

  Session* find_session(DeviceId id);
  [[nodiscard]] std::vector<DeviceId> session_ids() const;
  Connection* find_connection(ConnectionId id);
  Session* session_of_peer(PeerId peer);
  void update_gauges();

  SignalingConfig config;
  StoreEngine& engine;
  const Authority& authority;
  RandomSource& random;
  protocol::TicketMint tickets;
  Directory directory;
  AdminDesk desk;
  Counters counters;
  Result<void> loaded;

  std::map<ConnectionId, Connection> connections;
  std::map<DeviceId, Session> sessions;
  std::map<RoomId, Room> rooms;
  MediaNode node;
  std::unordered_map<PeerId, DeviceId> peers;  // of requested and held transports
  std::map<NodeRequestId, DeviceId> requests;  // AddPeers without an answer

  DeadlineQueue<ConnectionId> connection_deadlines;  // hello, sign-in and idle limits
  DeadlineQueue<DeviceId> presence_deadlines;
  DeadlineQueue<NodeRequestId> request_deadlines;
  // What waits until the store has written a transaction.
  struct Waiting {
    CommitNumber commit;
    std::function<void(Turn&)> then;
  };
  std::deque<Waiting> waiting;
  CommitNumber newest_commit = 0;
  // Refusals since the last sweep, by reason and, where one was proven, device.
  struct RefusalKind {
    EventKind kind;
    api::Error::Code code;
    DeviceId device;
    friend auto operator<=>(const RefusalKind&, const RefusalKind&) = default;
  };
  std::map<RefusalKind, std::uint32_t> refusals;
  std::vector<SignalingOutbox::AdminAnswer> read_answers;  // of the store, for the next turn
  Timestamp access_at = kNever;                            // when somebody's time begins or ends
  Timestamp lease_at = kNever;
  Timestamp node_deadline = kNever;  // next ping; while the link is down, when media is doubted
  Timestamp sweep_at;
};

}  // namespace parley::signaling
