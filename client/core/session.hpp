// The client's half of the signaling protocol: hello, enrol once, log in, join the wanted rooms,
// ask for a media transport, and do all of it but the enrolment again after a lost connection
// without touching media that still flows. Pure: frames and time in; frames, events and the next
// deadline out.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "client/core/client_core.hpp"
#include "client/core/device_key.hpp"
#include "client/core/room_view.hpp"

namespace parley::client {

// What a frame asks of the owner: media and floor are his.
struct NothingToDo {};
struct TransportGranted {
  api::Connected answer;
};  // replaces the transport there was
struct TransportGone {};  // the node no longer holds our transport
struct RoomEntered {
  api::Joined joined;
};
struct RoomsGone {
  std::vector<std::uint64_t> room_ids;
};
struct FloorTold {
  floor::Event event;
};
struct TalkRoomConfirmed {
  std::uint32_t change_id;
};
using SessionOrder = std::variant<NothingToDo, TransportGranted, TransportGone, RoomEntered,
                                  RoomsGone, FloorTold, TalkRoomConfirmed>;

// Slots a room of this policy can fill.
[[nodiscard]] std::uint8_t slots_needed(const floor::Policy& policy);

class Session {
 public:
  // Longer: a dead server is noticed late. Shorter: a slow link is cut for nothing.
  static constexpr Duration kAnswerLimit = std::chrono::seconds(10);
  static constexpr Duration kFirstRetry = std::chrono::milliseconds(250);
  static constexpr Duration kLongestRetry = std::chrono::seconds(2);
  // While the device waits for approval. Shorter: more questions. Longer: it is let in late.
  static constexpr Duration kPendingRetry = std::chrono::seconds(3);

  // `key` outlives the session.
  Session(const ClientConfig& config, const DeviceKey& key);

  void on_open(Now now, ClientOutbox& out);
  [[nodiscard]] SessionOrder on_frame(Bytes frame, Now now, ClientOutbox& out);
  void on_closed(ClientOutbox& out);

  // True when a Connect is due; the owner then makes fresh credentials and sends them.
  [[nodiscard]] bool wants_transport(Timestamp now) const;
  void send_offer(const api::Connect& offer, Now now, ClientOutbox& out);
  // The transport is dead on our side: ask for another one, after `delay`.
  void on_media_lost(Timestamp now, Duration delay);

  void set_muted(bool muted, ClientOutbox& out);
  // Each is sent only while joined.
  void ask_floor(const floor::Request& request, ClientOutbox& out);
  void set_talk_room(const api::SetTalkRoom& set, ClientOutbox& out);
  void set_hand(std::uint64_t room_id, bool raised, ClientOutbox& out);
  void leave(ClientOutbox& out);

  void tick(Now now, ClientOutbox& out);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] bool is_muted() const { return muted_; }
  [[nodiscard]] bool has_ended() const { return phase_ == Phase::ended; }
  [[nodiscard]] bool is_joined() const { return phase_ == Phase::joined; }
  [[nodiscard]] bool is_connected() const {
    return phase_ == Phase::joining || phase_ == Phase::joined;
  }
  // In the order of joining: the first is the talk room unless the person chose another.
  [[nodiscard]] std::vector<std::uint64_t> room_ids() const;
  // Empty for a room it is not in.
  [[nodiscard]] const RoomView& room(std::uint64_t room_id) const;
  // The room that is heard in a slot; 0: none.
  [[nodiscard]] std::uint64_t room_of_slot(std::uint8_t slot) const;

 private:
  enum class Phase : std::uint8_t {
    offline,     // no connection, or one that we gave up
    greeting,    // Hello sent
    enrolling,   // Enrol sent
    pending,     // enrolled, and not approved yet
    signing_in,  // Login sent
    joining,     // Join sent, one room after the other
    joined,
    ended,  // left, or refused for good
  };
  enum class Transport : std::uint8_t { wanted, asked, held };

  std::uint32_t send(api::ClientMessage& message, ClientOutbox& out);
  SessionOrder dispatch(const api::ServerMessage& message, Now now, ClientOutbox& out);
  void on_welcome(const api::Welcome& welcome, Now now, ClientOutbox& out);
  void enrol(Now now, ClientOutbox& out);
  void on_enrolled(const api::Enrolled& enrolled, Now now, ClientOutbox& out);
  void log_in(Now now, ClientOutbox& out);
  void keep_credential(const std::string& credential, ClientOutbox& out);
  SessionOrder on_session(const api::Session& session, Now now, ClientOutbox& out);
  [[nodiscard]] bool is_wanted(const api::RoomInfo& room) const;
  RoomsGone choose_rooms(const api::Session& session);
  SessionOrder on_rooms_changed(const api::RoomsChanged& changed, Now now, ClientOutbox& out);
  void join_more(Now now, ClientOutbox& out);
  void join_next(Now now, ClientOutbox& out);
  void join(std::uint64_t room_id, SlotPart part, ClientOutbox& out);
  SessionOrder on_joined(std::uint32_t request_id, const api::Joined& joined, Now now,
                         ClientOutbox& out);
  SessionOrder on_left(std::uint64_t room_id);
  SessionOrder on_member_left(const api::MemberLeft& left, ClientOutbox& out);
  // True: it was in it.
  bool forget_room(std::uint64_t room_id);
  void on_join_refused(const api::Error& error, Now now, ClientOutbox& out);
  [[nodiscard]] RoomView* find_room(std::uint64_t room_id);
  // Each returns whether something changed that a person sees.
  bool set_member(std::uint64_t room_id, const api::Member& member);
  bool set_talkers(const api::Talkers& talkers);
  SessionOrder on_connected(std::uint32_t request_id, const api::Connected& connected);
  SessionOrder on_media_lost_by_node(std::uint32_t transport_id, Now now);
  void on_error(std::uint32_t request_id, const api::Error& error, Now now, ClientOutbox& out);
  void refuse(const api::Error& error, ClientOutbox& out);
  void reconnect(ClientOutbox& out);
  void retry_transport(Timestamp now);
  [[nodiscard]] bool needs_transport() const;

  const DeviceKey& key_;
  std::string host_;
  std::string invitation_;  // until it was accepted
  std::string credential_;
  std::string label_;
  std::string display_name_;
  std::string challenge_;      // of this connection
  bool has_session_ = false;   // this key had one before
  bool told_pending_ = false;  // once is enough
  Phase phase_ = Phase::offline;
  Timestamp answer_by_ = kNever;  // of the step that is under way
  Timestamp enrol_at_ = kNever;   // again, while pending
  std::uint32_t next_request_ = 1;

  Transport transport_ = Transport::wanted;
  std::uint32_t transport_id_ = 0;  // ours, 0: none
  std::uint32_t connect_request_ = 0;
  Timestamp transport_at_{};  // wanted: not before; asked: the answer is due
  Duration retry_ = kFirstRetry;

  bool sent_ = false;  // a frame since the last tick, which puts the next ping off
  Duration ping_interval_ = std::chrono::seconds(10);
  Timestamp ping_at_ = kNever;
  Timestamp pong_by_ = kNever;

  bool muted_ = false;
  std::vector<std::string> wanted_names_;  // empty: all rooms
  std::uint8_t slots_;
  std::set<std::uint64_t> allowed_;    // rooms this user may enter, as told last
  bool has_joined_ = false;            // all that could be, once on this connection
  std::vector<api::RoomInfo> wanted_;  // in the order of joining
  std::size_t joining_ = 0;            // index of the room that is being joined
  std::uint32_t join_request_ = 0;
  SlotPart part_;               // of that room
  std::uint8_t next_slot_ = 0;  // first one that no room has
  std::map<std::uint64_t, RoomView> rooms_;
};

}  // namespace parley::client
