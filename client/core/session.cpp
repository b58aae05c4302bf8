#include "client/core/session.hpp"

#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"

namespace parley::client {
namespace {

constexpr const char* kAgent = "parley-native/1";

// Errors that a new attempt after a moment can cure; every other one is for the person.
bool is_curable(api::Error::Code code) {
  switch (code) {
    case api::Error::RATE_LIMITED:
    case api::Error::SERVER_CLOSING:
    case api::Error::SERVER_FULL:
    case api::Error::INTERNAL:
    case api::Error::NO_MEDIA_NODE:
    case api::Error::MEDIA_REFUSED:
      return true;
    default:  // a generated, open enum: codes of later protocol versions arrive here too
      return false;
  }
}

}  // namespace

Session::Session(const ClientConfig& config, std::string retry_key)
    : invitation_(config.invitation),
      resume_token_(config.resume_token),
      display_name_(config.display_name),
      retry_key_(std::move(retry_key)) {}

std::uint32_t Session::send(api::ClientMessage& message, ClientOutbox& out) {
  const std::uint32_t id = next_request_;
  next_request_ = next_request_ == UINT32_MAX ? 1 : next_request_ + 1;
  message.set_request_id(id);
  out.frames.push_back(message.SerializeAsString());
  sent_ = true;
  return id;
}

void Session::on_open(Now now, ClientOutbox& out) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::greeting;
  answer_by_ = now.mono + kAnswerLimit;
  ping_at_ = pong_by_ = kNever;
  api::ClientMessage message;
  message.mutable_hello()->set_min_version(protocol::kMinVersion);
  message.mutable_hello()->set_max_version(protocol::kMaxVersion);
  message.mutable_hello()->set_agent(kAgent);
  send(message, out);
}

MediaOrder Session::on_frame(Bytes frame, Now now, ClientOutbox& out) {
  if (phase_ == Phase::offline || phase_ == Phase::ended) return NothingForMedia{};
  api::ServerMessage message;
  if (!protocol::decode(frame, protocol::kMaxServerMessage, message)) {
    // Not a message of this protocol: the connection cannot be trusted to be in step any more.
    reconnect(out);
    return NothingForMedia{};
  }
  if (pong_by_ != kNever) {  // any frame proves that the server is alive
    pong_by_ = kNever;
    ping_at_ = now.mono + ping_interval_;
  }
  return dispatch(message, now, out);
}

MediaOrder Session::dispatch(const api::ServerMessage& message, Now now, ClientOutbox& out) {
  const auto changed = [&out](bool has_changed) {
    if (has_changed) out.events.emplace_back(RoomChanged{});
    return NothingForMedia{};
  };
  const auto none = NothingForMedia{};
  using Body = api::ServerMessage::BodyCase;
  switch (message.body_case()) {
    case Body::kWelcome:
      return on_welcome(message.welcome(), now, out), none;
    case Body::kError:
      return on_error(message.request_id(), message.error(), now, out), none;
    case Body::kSession:
      return on_session(message.session(), now, out);
    case Body::kJoined:
      return on_joined(message.joined(), now, out), none;
    case Body::kConnected:
      return on_connected(message.request_id(), message.connected());
    case Body::kMemberJoined:
      return changed(
          room_.set_member(message.member_joined().room_id(), message.member_joined().member()));
    case Body::kMemberChanged:
      return changed(
          room_.set_member(message.member_changed().room_id(), message.member_changed().member()));
    case Body::kMemberLeft:
      return changed(
          room_.remove_member(message.member_left().room_id(), message.member_left().member_id()));
    case Body::kTalkers:
      return changed(room_.set_talkers(message.talkers()));
    case Body::kMediaLost:
      return on_media_lost_by_node(message.media_lost().transport_id(), now);
    case Body::kLeft:
    case Body::kDisconnected:
    case Body::kPong:
    case Body::BODY_NOT_SET:
      return none;  // a notification of a later version is skipped
  }
  return none;
}

void Session::on_welcome(const api::Welcome& welcome, Now now, ClientOutbox& out) {
  if (phase_ != Phase::greeting) return;
  ping_interval_ = std::chrono::milliseconds(welcome.ping_interval_ms());
  ping_at_ = now.mono + ping_interval_;
  phase_ = Phase::signing_in;
  answer_by_ = now.mono + kAnswerLimit;
  api::ClientMessage message;
  resuming_ = !resume_token_.empty();
  if (resuming_) {
    message.mutable_resume()->set_resume_token(resume_token_);
  } else {
    message.mutable_redeem()->set_invitation(invitation_);
    message.mutable_redeem()->set_display_name(display_name_);
    message.mutable_redeem()->set_retry_key(retry_key_);
  }
  send(message, out);
}

MediaOrder Session::on_session(const api::Session& session, Now now, ClientOutbox& out) {
  if (phase_ != Phase::signing_in) return NothingForMedia{};
  resume_token_ = session.resume_token();
  invitation_.clear();  // it works once, and is used now
  out.events.emplace_back(SessionOpened{.resume_token = resume_token_, .resumed = resuming_});
  if (session.rooms().empty()) {
    api::Error error;
    error.set_code(api::Error::ROOM_UNKNOWN);
    error.set_message("This session has no room to join.");
    refuse(error, out);
    return NothingForMedia{};
  }
  const auto again = std::ranges::find_if(session.rooms(), [this](const api::RoomInfo& room) {
    return room.room_id() == wanted_room_;
  });
  wanted_room_ = again != session.rooms().end() ? wanted_room_ : session.rooms(0).room_id();
  const bool keeps_media = transport_ == Transport::held && transport_id_ != 0 &&
                           session.transport_id() == transport_id_;
  if (!keeps_media) {  // media that still flows goes on until the new transport is granted
    transport_ = Transport::wanted;
    transport_at_ = now.mono;
  }
  phase_ = Phase::joining;
  answer_by_ = now.mono + kAnswerLimit;
  api::ClientMessage message;
  message.mutable_join()->set_room_id(wanted_room_);
  send(message, out);
  return NothingForMedia{};
}

void Session::on_joined(const api::Joined& joined, Now, ClientOutbox& out) {
  if (phase_ != Phase::joining) return;
  phase_ = Phase::joined;
  answer_by_ = kNever;
  room_.enter(joined);
  out.events.emplace_back(RoomJoined{joined});
  if (muted_) set_muted(true, out);
}

bool Session::wants_transport(Timestamp now) const {
  return phase_ == Phase::joined && transport_ == Transport::wanted && now >= transport_at_;
}

void Session::send_offer(const api::Connect& offer, Now now, ClientOutbox& out) {
  api::ClientMessage message;
  *message.mutable_connect() = offer;
  connect_request_ = send(message, out);
  transport_ = Transport::asked;
  transport_at_ = now.mono + kAnswerLimit;
}

MediaOrder Session::on_connected(std::uint32_t request_id, const api::Connected& connected) {
  if (transport_ != Transport::asked || request_id != connect_request_) return NothingForMedia{};
  transport_ = Transport::held;
  transport_id_ = connected.transport_id();
  retry_ = kFirstRetry;
  return TransportGranted{connected};
}

MediaOrder Session::on_media_lost_by_node(std::uint32_t transport_id, Now now) {
  if (transport_ != Transport::held || transport_id != transport_id_) return NothingForMedia{};
  on_media_lost(now.mono, Duration::zero());
  return TransportGone{};
}

void Session::on_media_lost(Timestamp now, Duration delay) {
  if (transport_ == Transport::asked) return;  // another one is already on its way
  transport_ = Transport::wanted;
  transport_id_ = 0;
  transport_at_ = now + delay;
}

void Session::retry_transport(Timestamp now) {
  transport_ = Transport::wanted;
  transport_at_ = now + retry_;
  retry_ = std::min(retry_ * 2, kLongestRetry);
}

void Session::on_error(std::uint32_t request_id, const api::Error& error, Now now,
                       ClientOutbox& out) {
  if (error.code() == api::Error::SESSION_REPLACED) return refuse(error, out);
  if (error.fatal()) return is_curable(error.code()) ? reconnect(out) : refuse(error, out);
  if (request_id != 0 && request_id == connect_request_ && transport_ == Transport::asked) {
    return retry_transport(now.mono);
  }
  if (phase_ == Phase::joined) return;  // a refused ping or mute changes nothing
  if (is_curable(error.code())) return reconnect(out);
  refuse(error, out);
}

void Session::refuse(const api::Error& error, ClientOutbox& out) {
  phase_ = Phase::ended;
  answer_by_ = ping_at_ = pong_by_ = kNever;
  out.events.emplace_back(ServerRefused{error});
}

void Session::reconnect(ClientOutbox& out) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::offline;
  answer_by_ = ping_at_ = pong_by_ = kNever;
  if (transport_ == Transport::asked) {
    transport_ = Transport::wanted;  // the answer died with the connection
    transport_id_ = 0;
  }
  out.reconnect_signaling = true;
}

void Session::on_closed(ClientOutbox& out) { reconnect(out); }

void Session::set_muted(bool muted, ClientOutbox& out) {
  muted_ = muted;
  if (phase_ != Phase::joined) return;
  api::ClientMessage message;
  message.mutable_set_muted()->set_muted(muted);
  send(message, out);
}

void Session::leave(ClientOutbox& out) {
  if (phase_ == Phase::joined) {
    api::ClientMessage leaving;
    leaving.mutable_leave()->set_room_id(room_.room().room_id());
    send(leaving, out);
    api::ClientMessage disconnecting;
    disconnecting.mutable_disconnect();
    send(disconnecting, out);
  }
  phase_ = Phase::ended;
  answer_by_ = ping_at_ = pong_by_ = kNever;
  room_.clear();
}

void Session::tick(Now now, ClientOutbox& out) {
  if (phase_ == Phase::offline || phase_ == Phase::ended) return;
  if (now.mono >= answer_by_ || now.mono >= pong_by_) return reconnect(out);
  if (transport_ == Transport::asked && now.mono >= transport_at_) retry_transport(now.mono);
  if (std::exchange(sent_, false) && ping_at_ != kNever) ping_at_ = now.mono + ping_interval_;
  if (now.mono < ping_at_) return;
  api::ClientMessage message;
  message.mutable_ping();
  send(message, out);
  sent_ = false;
  ping_at_ = now.mono + ping_interval_;
  if (pong_by_ == kNever) pong_by_ = now.mono + kAnswerLimit;
}

Timestamp Session::deadline() const {
  if (phase_ == Phase::offline || phase_ == Phase::ended) return kNever;
  Timestamp due = std::min({answer_by_, ping_at_, pong_by_});
  if (phase_ == Phase::joined && transport_ != Transport::held) due = std::min(due, transport_at_);
  return due;
}

}  // namespace parley::client
