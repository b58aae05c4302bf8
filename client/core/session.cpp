#include "client/core/session.hpp"

#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"
#include "protocol/proof.hpp"

namespace parley::client {
namespace {

constexpr const char* kAgent = "parley-native/1";

// Errors that a new attempt after a moment can cure; every other one is for the person.
bool is_curable(api::Error::Code code) {
  switch (code) {
    case api::Error::NOT_SIGNED_IN:  // in time: a slow network, or a device that waits for approval
    case api::Error::RATE_LIMITED:
    case api::Error::SERVER_CLOSING:
    case api::Error::SERVER_FULL:
    case api::Error::INTERNAL:
    case api::Error::NO_MEDIA_NODE:
    case api::Error::MEDIA_REFUSED:
    case api::Error::STORE_UNAVAILABLE:
      return true;
    default:  // a generated, open enum: codes of later protocol versions arrive here too
      return false;
  }
}

}  // namespace

Session::Session(const ClientConfig& config, const DeviceKey& key)
    : key_(key),
      host_(config.host),
      invitation_(config.invitation),
      credential_(config.credential),
      label_(config.label),
      display_name_(config.display_name),
      has_session_(!config.credential.empty()),
      wanted_names_(config.rooms),
      slots_(config.slots) {}

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
  ping_at_ = pong_by_ = enrol_at_ = kNever;
  api::ClientMessage message;
  message.mutable_hello()->set_min_version(protocol::kMinVersion);
  message.mutable_hello()->set_max_version(protocol::kMaxVersion);
  message.mutable_hello()->set_agent(kAgent);
  send(message, out);
}

SessionOrder Session::on_frame(Bytes frame, Now now, ClientOutbox& out) {
  if (phase_ == Phase::offline || phase_ == Phase::ended) return NothingToDo{};
  api::ServerMessage message;
  if (!protocol::decode(frame, protocol::kMaxServerMessage, message)) {
    // Not a message of this protocol: the connection cannot be trusted to be in step any more.
    reconnect(out);
    return NothingToDo{};
  }
  if (pong_by_ != kNever) {  // any frame proves that the server is alive
    pong_by_ = kNever;
    ping_at_ = now.mono + ping_interval_;
  }
  return dispatch(message, now, out);
}

SessionOrder Session::dispatch(const api::ServerMessage& message, Now now, ClientOutbox& out) {
  const auto changed = [&out](std::uint64_t room_id, bool has_changed) {
    if (has_changed) out.events.emplace_back(RoomChanged{room_id});
    return NothingToDo{};
  };
  const auto none = NothingToDo{};
  using Body = api::ServerMessage::BodyCase;
  switch (message.body_case()) {
    case Body::kWelcome:
      return on_welcome(message.welcome(), now, out), none;
    case Body::kError:
      return on_error(message.request_id(), message.error(), now, out), none;
    case Body::kEnrolled:
      return on_enrolled(message.enrolled(), now, out), none;
    case Body::kCredentialRenewed:
      if (is_connected()) keep_credential(message.credential_renewed().credential(), out);
      return none;
    case Body::kRoomsChanged:
      return on_rooms_changed(message.rooms_changed(), now, out);
    case Body::kSession:
      return on_session(message.session(), now, out);
    case Body::kJoined:
      return on_joined(message.request_id(), message.joined(), now, out);
    case Body::kConnected:
      return on_connected(message.request_id(), message.connected());
    case Body::kMemberJoined:
      return changed(
          message.member_joined().room_id(),
          set_member(message.member_joined().room_id(), message.member_joined().member()));
    case Body::kMemberChanged:
      return changed(
          message.member_changed().room_id(),
          set_member(message.member_changed().room_id(), message.member_changed().member()));
    case Body::kMemberLeft:
      return on_member_left(message.member_left(), out);
    case Body::kTalkers:
      return changed(message.talkers().room_id(), set_talkers(message.talkers()));
    case Body::kFloor:
      return FloorTold{message.floor()};
    case Body::kTalkRoomSet:
      return TalkRoomConfirmed{message.talk_room_set().change_id()};
    case Body::kLeft:
      return on_left(message.left().room_id());
    case Body::kMediaLost:
      return on_media_lost_by_node(message.media_lost().transport_id(), now);
    case Body::kDevices:  // for clients with a screen
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
  challenge_ = welcome.challenge();
  if (credential_.empty()) {
    enrol(now, out);
  } else {
    log_in(now, out);
  }
}

void Session::enrol(Now now, ClientOutbox& out) {
  phase_ = Phase::enrolling;
  enrol_at_ = kNever;
  answer_by_ = now.mono + kAnswerLimit;
  const std::string_view public_key = as_text(key_.public_key());
  api::ClientMessage message;
  api::Enrol& asked = *message.mutable_enrol();
  asked.set_invitation(invitation_);
  asked.set_public_key(public_key.data(), public_key.size());
  asked.set_signature(
      key_.sign(protocol::proof_text(protocol::ProofOf::enrolment, host_, challenge_, public_key)));
  asked.set_label(label_);
  asked.set_display_name(display_name_);
  send(message, out);
}

void Session::on_enrolled(const api::Enrolled& enrolled, Now now, ClientOutbox& out) {
  if (phase_ != Phase::enrolling) return;
  if (!enrolled.credential().empty()) {
    invitation_.clear();  // it works once, and is used now
    keep_credential(enrolled.credential(), out);
    return log_in(now, out);
  }
  phase_ = Phase::pending;
  answer_by_ = kNever;
  enrol_at_ = now.mono + kPendingRetry;
  if (std::exchange(told_pending_, true)) return;
  out.events.emplace_back(
      DevicePending{.device_id = enrolled.device_id(), .digits = key_.eight_digits()});
}

void Session::log_in(Now now, ClientOutbox& out) {
  phase_ = Phase::signing_in;
  answer_by_ = now.mono + kAnswerLimit;
  api::ClientMessage message;
  message.mutable_login()->set_credential(credential_);
  message.mutable_login()->set_signature(
      key_.sign(protocol::proof_text(protocol::ProofOf::login, host_, challenge_, credential_)));
  send(message, out);
}

void Session::keep_credential(const std::string& credential, ClientOutbox& out) {
  credential_ = credential;
  out.events.emplace_back(CredentialReceived{credential_});
}

SessionOrder Session::on_session(const api::Session& session, Now now, ClientOutbox& out) {
  if (phase_ != Phase::signing_in) return NothingToDo{};
  if (!session.credential().empty()) keep_credential(session.credential(), out);
  out.events.emplace_back(SessionOpened{.resumed = std::exchange(has_session_, true)});
  RoomsGone gone = choose_rooms(session);
  if (wanted_.empty()) {
    api::Error error;
    error.set_code(api::Error::ROOM_UNKNOWN);
    error.set_message(session.rooms().empty() ? "This session has no room to join."
                                              : "This session has no room of that name.");
    refuse(error, out);
    return gone;
  }
  const bool keeps_media = transport_ == Transport::held && transport_id_ != 0 &&
                           session.transport_id() == transport_id_;
  if (!keeps_media) {  // media that still flows goes on until the new transport is granted
    transport_ = Transport::wanted;
    transport_at_ = now.mono;
  }
  phase_ = Phase::joining;
  joining_ = 0;
  next_slot_ = 0;
  has_joined_ = false;
  join_next(now, out);
  return gone;
}

// Where no room is left, there is nothing to hear.
bool Session::needs_transport() const { return phase_ == Phase::joined && !wanted_.empty(); }

bool Session::wants_transport(Timestamp now) const {
  return needs_transport() && transport_ == Transport::wanted && now >= transport_at_;
}

void Session::send_offer(const api::Connect& offer, Now now, ClientOutbox& out) {
  api::ClientMessage message;
  *message.mutable_connect() = offer;
  connect_request_ = send(message, out);
  transport_ = Transport::asked;
  transport_at_ = now.mono + kAnswerLimit;
}

SessionOrder Session::on_connected(std::uint32_t request_id, const api::Connected& connected) {
  if (transport_ != Transport::asked || request_id != connect_request_) return NothingToDo{};
  transport_ = Transport::held;
  transport_id_ = connected.transport_id();
  retry_ = kFirstRetry;
  return TransportGranted{connected};
}

SessionOrder Session::on_media_lost_by_node(std::uint32_t transport_id, Now now) {
  if (transport_ != Transport::held || transport_id != transport_id_) return NothingToDo{};
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
  if (phase_ == Phase::joining && request_id == join_request_) {
    return on_join_refused(error, now, out);
  }
  refuse(error, out);
}

void Session::refuse(const api::Error& error, ClientOutbox& out) {
  phase_ = Phase::ended;
  answer_by_ = enrol_at_ = ping_at_ = pong_by_ = kNever;
  out.events.emplace_back(ServerRefused{error});
}

void Session::reconnect(ClientOutbox& out) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::offline;
  answer_by_ = enrol_at_ = ping_at_ = pong_by_ = kNever;
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

void Session::ask_floor(const floor::Request& request, ClientOutbox& out) {
  if (!is_connected()) return;
  api::ClientMessage message;
  *message.mutable_floor() = request;
  send(message, out);
}

void Session::set_talk_room(const api::SetTalkRoom& set, ClientOutbox& out) {
  if (!is_connected()) return;
  api::ClientMessage message;
  *message.mutable_set_talk_room() = set;
  send(message, out);
}

void Session::set_hand(std::uint64_t room_id, bool raised, ClientOutbox& out) {
  if (phase_ != Phase::joined) return;
  api::ClientMessage message;
  message.mutable_set_hand()->set_room_id(room_id);
  message.mutable_set_hand()->set_raised(raised);
  send(message, out);
}

void Session::leave(ClientOutbox& out) {
  if (is_connected()) {
    for (const auto& [room_id, room] : rooms_) {
      api::ClientMessage leaving;
      leaving.mutable_leave()->set_room_id(room_id);
      send(leaving, out);
    }
    api::ClientMessage disconnecting;
    disconnecting.mutable_disconnect();
    send(disconnecting, out);
  }
  phase_ = Phase::ended;
  answer_by_ = enrol_at_ = ping_at_ = pong_by_ = kNever;
  rooms_.clear();
  wanted_.clear();
}

void Session::tick(Now now, ClientOutbox& out) {
  if (phase_ == Phase::offline || phase_ == Phase::ended) return;
  if (now.mono >= answer_by_ || now.mono >= pong_by_) return reconnect(out);
  if (now.mono >= enrol_at_) enrol(now, out);
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
  Timestamp due = std::min({answer_by_, enrol_at_, ping_at_, pong_by_});
  if (needs_transport() && transport_ != Transport::held) due = std::min(due, transport_at_);
  return due;
}

}  // namespace parley::client
