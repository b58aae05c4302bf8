// The client's half of the signaling protocol: hello, redeem or resume, join the first room, ask
// for a media transport, and do all of it again after a lost connection without touching media that
// still flows. Pure: frames and time in; frames, events and the next deadline out.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "client/core/client_core.hpp"
#include "client/core/room_view.hpp"

namespace parley::client {

// What a frame asks of the media side.
struct NothingForMedia {};
struct TransportGranted {
  api::Connected answer;
};  // replaces the transport there was
struct TransportGone {};  // the node no longer holds our transport
using MediaOrder = std::variant<NothingForMedia, TransportGranted, TransportGone>;

class Session {
 public:
  // Longer: a dead server is noticed late. Shorter: a slow link is cut for nothing.
  static constexpr Duration kAnswerLimit = std::chrono::seconds(10);
  static constexpr Duration kFirstRetry = std::chrono::milliseconds(250);
  static constexpr Duration kLongestRetry = std::chrono::seconds(2);

  // `retry_key`: random; lets a lost answer to Redeem be asked for again.
  Session(const ClientConfig& config, std::string retry_key);

  void on_open(Now now, ClientOutbox& out);
  [[nodiscard]] MediaOrder on_frame(Bytes frame, Now now, ClientOutbox& out);
  void on_closed(ClientOutbox& out);

  // True when a Connect is due; the owner then makes fresh credentials and sends them.
  [[nodiscard]] bool wants_transport(Timestamp now) const;
  void send_offer(const api::Connect& offer, Now now, ClientOutbox& out);
  // The transport is dead on our side: ask for another one, after `delay`.
  void on_media_lost(Timestamp now, Duration delay);

  void set_muted(bool muted, ClientOutbox& out);
  void leave(ClientOutbox& out);

  void tick(Now now, ClientOutbox& out);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] bool is_muted() const { return muted_; }
  [[nodiscard]] bool has_ended() const { return phase_ == Phase::ended; }
  [[nodiscard]] const RoomView& room() const { return room_; }

 private:
  enum class Phase : std::uint8_t {
    offline,     // no connection, or one that we gave up
    greeting,    // Hello sent
    signing_in,  // Redeem or Resume sent
    joining,     // Join sent
    joined,
    ended,  // left, or refused for good
  };
  enum class Transport : std::uint8_t { wanted, asked, held };

  std::uint32_t send(api::ClientMessage& message, ClientOutbox& out);
  MediaOrder dispatch(const api::ServerMessage& message, Now now, ClientOutbox& out);
  void on_welcome(const api::Welcome& welcome, Now now, ClientOutbox& out);
  MediaOrder on_session(const api::Session& session, Now now, ClientOutbox& out);
  void on_joined(const api::Joined& joined, Now now, ClientOutbox& out);
  MediaOrder on_connected(std::uint32_t request_id, const api::Connected& connected);
  MediaOrder on_media_lost_by_node(std::uint32_t transport_id, Now now);
  void on_error(std::uint32_t request_id, const api::Error& error, Now now, ClientOutbox& out);
  void refuse(const api::Error& error, ClientOutbox& out);
  void reconnect(ClientOutbox& out);
  void retry_transport(Timestamp now);

  std::string invitation_;
  std::string resume_token_;
  std::string display_name_;
  std::string retry_key_;
  Phase phase_ = Phase::offline;
  Timestamp answer_by_ = kNever;  // of the step that is under way
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

  bool resuming_ = false;
  bool muted_ = false;
  std::uint64_t wanted_room_ = 0;  // the room to enter again after a reconnect
  RoomView room_;
};

}  // namespace parley::client
