#include "client/core/session.hpp"

#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"

namespace parley::client {
namespace {

constexpr const char* kAgent = "parley-native/1";
// Slots for a room of which the policy is not known yet: those of an OPEN one.
constexpr std::uint8_t kUsualSlots = 4;

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

std::uint8_t slots_needed(const floor::Policy& policy) {
  switch (policy.mode()) {
    case floor::OPEN:
    case floor::MULTI:
      return kUsualSlots;
    case floor::DUAL:
      return 3;
    default:  // one who talks, and the tail of the one before; a generated, open enum
      return 2;
  }
}

Session::Session(const ClientConfig& config, std::string retry_key)
    : invitation_(config.invitation),
      resume_token_(config.resume_token),
      display_name_(config.display_name),
      retry_key_(std::move(retry_key)),
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
  ping_at_ = pong_by_ = kNever;
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
      return changed(message.member_left().room_id(), remove_member(message.member_left()));
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

SessionOrder Session::on_session(const api::Session& session, Now now, ClientOutbox& out) {
  if (phase_ != Phase::signing_in) return NothingToDo{};
  resume_token_ = session.resume_token();
  invitation_.clear();  // it works once, and is used now
  out.events.emplace_back(SessionOpened{.resume_token = resume_token_, .resumed = resuming_});
  if (!choose_rooms(session, out)) return NothingToDo{};
  const bool keeps_media = transport_ == Transport::held && transport_id_ != 0 &&
                           session.transport_id() == transport_id_;
  if (!keeps_media) {  // media that still flows goes on until the new transport is granted
    transport_ = Transport::wanted;
    transport_at_ = now.mono;
  }
  phase_ = Phase::joining;
  joining_ = 0;
  next_slot_ = 0;
  join_next(now, out);
  return NothingToDo{};
}

// Which rooms of the session are joined. False: none can be.
bool Session::choose_rooms(const api::Session& session, ClientOutbox& out) {
  const auto is_wanted = [this](const api::RoomInfo& room) {
    return wanted_names_.empty() ||
           std::ranges::find(wanted_names_, room.name()) != wanted_names_.end();
  };
  wanted_.clear();
  for (const api::RoomInfo& room : session.rooms()) {
    if (is_wanted(room)) wanted_.push_back(room);
  }
  std::erase_if(rooms_, [this](const auto& entry) {
    return std::ranges::find(wanted_, entry.first, &api::RoomInfo::room_id) == wanted_.end();
  });
  if (!wanted_.empty()) return true;
  api::Error error;
  error.set_code(api::Error::ROOM_UNKNOWN);
  error.set_message(session.rooms().empty() ? "This session has no room to join."
                                            : "This session has no room of that name.");
  refuse(error, out);
  return false;
}

void Session::join(std::uint64_t room_id, SlotPart part, ClientOutbox& out) {
  api::ClientMessage message;
  message.mutable_join()->set_room_id(room_id);
  message.mutable_join()->set_first_slot(part.first_slot);
  message.mutable_join()->set_slots(part.slots);
  join_request_ = send(message, out);
}

// Rooms that are heard at the same time have slots of their own; the last one has all that are
// left.
void Session::join_next(Now now, ClientOutbox& out) {
  answer_by_ = kNever;
  if (joining_ < wanted_.size() && next_slot_ < slots_) {
    const auto left = static_cast<std::uint8_t>(slots_ - next_slot_);
    const bool is_last = joining_ + 1 == wanted_.size();
    part_ = {.first_slot = next_slot_, .slots = is_last ? left : std::min(left, kUsualSlots)};
    answer_by_ = now.mono + kAnswerLimit;
    return join(wanted_[joining_].room_id(), part_, out);
  }
  for (; joining_ < wanted_.size(); wanted_.pop_back()) {
    rooms_.erase(wanted_.back().room_id());
    out.events.emplace_back(RoomSkipped{wanted_.back()});
  }
  phase_ = Phase::joined;
  if (muted_) set_muted(true, out);
}

SessionOrder Session::on_joined(std::uint32_t request_id, const api::Joined& joined, Now now,
                                ClientOutbox& out) {
  const bool is_expected = phase_ == Phase::joining && request_id == join_request_ &&
                           joined.room().room_id() == wanted_[joining_].room_id();
  if (!is_expected) return NothingToDo{};
  const bool is_last = joining_ + 1 == wanted_.size();
  if (const std::uint8_t needed = slots_needed(joined.policy()); !is_last && needed < part_.slots) {
    part_.slots = needed;
    join(joined.room().room_id(), part_, out);  // leaves the rest to the rooms that follow
  }
  next_slot_ = static_cast<std::uint8_t>(next_slot_ + part_.slots);
  rooms_[joined.room().room_id()].enter(joined, part_);
  out.events.emplace_back(RoomJoined{joined});
  ++joining_;
  join_next(now, out);
  return RoomEntered{joined};
}

// A room that cannot be joined is done without where there are others.
void Session::on_join_refused(const api::Error& error, Now now, ClientOutbox& out) {
  rooms_.erase(wanted_[joining_].room_id());
  out.events.emplace_back(RoomSkipped{wanted_[joining_]});
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(joining_));
  if (wanted_.empty()) return refuse(error, out);
  join_next(now, out);
}

SessionOrder Session::on_left(std::uint64_t room_id) {
  if (phase_ != Phase::joined || rooms_.erase(room_id) == 0) return NothingToDo{};
  std::erase_if(wanted_, [&](const api::RoomInfo& room) { return room.room_id() == room_id; });
  return RoomGone{room_id};
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
  answer_by_ = ping_at_ = pong_by_ = kNever;
  rooms_.clear();
  wanted_.clear();
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

// ---- what it knows ------------------------------------------------------------------------------

RoomView* Session::find_room(std::uint64_t room_id) {
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : &found->second;
}

bool Session::set_member(std::uint64_t room_id, const api::Member& member) {
  RoomView* room = find_room(room_id);
  return room != nullptr && room->set_member(member);
}

bool Session::remove_member(const api::MemberLeft& left) {
  RoomView* room = find_room(left.room_id());
  return room != nullptr && room->remove_member(left.member_id());
}

bool Session::set_talkers(const api::Talkers& talkers) {
  RoomView* room = find_room(talkers.room_id());
  return room != nullptr && room->set_talkers(talkers);
}

std::vector<std::uint64_t> Session::room_ids() const {
  std::vector<std::uint64_t> ids;
  for (const api::RoomInfo& room : wanted_) {
    if (rooms_.contains(room.room_id())) ids.push_back(room.room_id());
  }
  return ids;
}

const RoomView& Session::room(std::uint64_t room_id) const {
  static const RoomView kNone;
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? kNone : found->second;
}

std::uint64_t Session::room_of_slot(std::uint8_t slot) const {
  for (const auto& [room_id, room] : rooms_) {
    const SlotPart& part = room.part();
    if (slot >= part.first_slot && slot - part.first_slot < part.slots) return room_id;
  }
  return 0;
}

}  // namespace parley::client
