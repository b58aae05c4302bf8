// The button, the gate and time; what arbiters say is in floor_client_events.cpp.
#include "client/core/floor_client.hpp"

#include <algorithm>
#include <utility>

namespace parley::client {

FloorClient::FloorClient(std::uint32_t first_req_id) : next_req_id_(first_req_id) {}

FloorClient::Room* FloorClient::find(std::uint64_t room_id) {
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : &found->second;
}

bool FloorClient::is_burst_in(std::uint64_t room_id) const {
  return burst_ && burst_->room_id == room_id;
}

FloorClient::Closing* FloorClient::closing_of_req(std::uint64_t room_id, std::uint32_t req_id) {
  const auto found = std::ranges::find_if(closings_, [&](const Closing& closing) {
    return closing.room_id == room_id && closing.req_id == req_id && !closing.has_grant();
  });
  return found == closings_.end() ? nullptr : &*found;
}

FloorClient::Closing* FloorClient::closing_of_any_req(std::uint64_t room_id, std::uint32_t req_id) {
  const auto found = std::ranges::find_if(closings_, [&](const Closing& closing) {
    return closing.room_id == room_id && !closing.has_grant() &&
           req_id - closing.first_req_id <= closing.req_id - closing.first_req_id;
  });
  return found == closings_.end() ? nullptr : &*found;
}

FloorClient::Closing* FloorClient::closing_of_grant(std::uint64_t room_id,
                                                    const floor::GrantId& grant) {
  const auto found = std::ranges::find_if(closings_, [&](const Closing& closing) {
    return closing.room_id == room_id && closing.grant.term() == grant.term() &&
           closing.grant.number() == grant.number();
  });
  return found == closings_.end() ? nullptr : &*found;
}

std::uint32_t FloorClient::take_req_id() {
  if (next_req_id_ == 0) next_req_id_ = 1;
  return next_req_id_++;
}

// ---- what is asked for --------------------------------------------------------------------------

void FloorClient::ask(std::uint64_t room_id, floor::Request request, FloorOutput& out) {
  const Room* room = find(room_id);
  if (room == nullptr || !room->is_reachable) return;
  request.set_room_id(room_id);
  out.requests.push_back(std::move(request));
}

void FloorClient::ask_snapshot(std::uint64_t room_id, FloorOutput& out) {
  floor::Request request;
  request.mutable_snapshot();
  ask(room_id, std::move(request), out);
}

void FloorClient::ask_press(Timestamp now, FloorOutput& out) {
  floor::Request request;
  *request.mutable_press() = burst_->press;
  ask(burst_->room_id, std::move(request), out);
  burst_->is_retrying = false;
  const Room* room = find(burst_->room_id);
  burst_->repeat_at = room->is_reachable ? now + kPressRepeat : kNever;  // enter() asks again
}

void FloorClient::ask_talk_room(Timestamp now, FloorOutput& out) {
  const Room* room = find(talk_room_);
  const bool is_possible = room != nullptr && room->is_reachable;
  talk_room_repeat_at_ = is_possible ? now + kCloseRepeat : kNever;  // enter() asks again
  if (!is_possible) return;
  api::SetTalkRoom& set = out.talk_room.emplace();
  set.set_room_id(talk_room_);
  set.set_change_id(talk_change_);
  if (newest_sent_) set.set_first_timestamp(*newest_sent_ + 1);
}

void FloorClient::on_talk_room_set(std::uint32_t change_id, Timestamp now, FloorOutput& out) {
  if (change_id != talk_change_ || is_talk_room_sure_) return;
  be_sure_of_talk_room();
  flush(now, out);
}

void FloorClient::be_sure_of_talk_room() {
  is_talk_room_sure_ = true;
  has_left_open_room_ = false;
  talk_room_repeat_at_ = kNever;
}

// Says the end of a burst, for the first time or again.
void FloorClient::ask_close(Closing& closing, Timestamp now, FloorOutput& out) {
  floor::Request request;
  if (closing.has_grant()) {
    *request.mutable_release()->mutable_grant() = closing.grant;
    if (closing.last_timestamp) {
      request.mutable_release()->set_last_timestamp(*closing.last_timestamp);
    }
  } else {
    request.mutable_cancel()->set_req_id(closing.req_id);
  }
  ask(closing.room_id, std::move(request), out);
  // A release is answered by Done, a cancel by Denied; a State tells when the answer was lost.
  if (now > closing.since) ask_snapshot(closing.room_id, out);
  closing.repeat_at = now + kCloseRepeat;
}

void FloorClient::close(Closing closing, Timestamp now, FloorOutput& out) {
  closing.since = now;
  // While nothing can be asked, one press that was taken back speaks for all of its room.
  if (!closing.has_grant() && !find(closing.room_id)->is_reachable) {
    std::erase_if(closings_, [&](const Closing& older) {
      return older.room_id == closing.room_id && !older.has_grant();
    });
  }
  closings_.push_back(std::move(closing));
  ask_close(closings_.back(), now, out);
}

// A grant that nobody wants any more.
void FloorClient::give_back(std::uint64_t room_id, const floor::GrantId& grant, Timestamp now,
                            FloorOutput& out) {
  close({.room_id = room_id, .grant = grant}, now, out);
}

// A press of which this device knows nothing.
void FloorClient::take_back(std::uint64_t room_id, std::uint32_t req_id, FloorOutput& out) {
  floor::Request request;
  request.mutable_cancel()->set_req_id(req_id);
  ask(room_id, std::move(request), out);
}

// ---- membership ---------------------------------------------------------------------------------

void FloorClient::enter(const api::Joined& joined, Timestamp now, FloorOutput& out) {
  const std::uint64_t room_id = joined.room().room_id();
  Room& room = rooms_[room_id];
  room.is_reachable = true;
  *room.view.mutable_policy() = joined.policy();
  *room.view.mutable_own_rights() = joined.own_rights();
  if (talk_room_ == 0) {
    talk_room_ = room_id;
    is_talk_room_sure_ = true;
  }
  // Whatever was asked before the connection was lost may have been lost with it, or its answer.
  for (Closing& closing : closings_) {
    if (closing.room_id != room_id) continue;
    closing.is_answered = true;
    ask_close(closing, now, out);
  }
  if (room_id == talk_room_ && !is_talk_room_sure_) ask_talk_room(now, out);
  if (is_burst_in(room_id) && burst_->phase == FloorPhase::asking) ask_press(now, out);
}

void FloorClient::leave(std::uint64_t room_id, FloorOutput& out) {
  if (is_burst_in(room_id)) {
    notice(FloorPhase::idle, out);
    burst_.reset();
    held_.clear();
  }
  std::erase_if(closings_, [&](const Closing& closing) { return closing.room_id == room_id; });
  rooms_.erase(room_id);
  if (talk_room_ != room_id) return;
  talk_room_ = 0;
  is_talk_room_sure_ = false;
  talk_room_repeat_at_ = kNever;
}

void FloorClient::on_signaling_lost() {
  for (auto& [id, room] : rooms_) room.is_reachable = false;
  if (burst_) {
    burst_->repeat_at = kNever;
    burst_->is_retrying = false;
  }
  for (Closing& closing : closings_) closing.repeat_at = kNever;
  talk_room_repeat_at_ = kNever;
}

void FloorClient::on_new_transport(Timestamp now) {
  newest_sent_.reset();
  if (rooms_.size() <= 1) return;
  is_talk_room_sure_ = false;
  talk_room_repeat_at_ = now;
  talk_change_ = take_req_id();
}

bool FloorClient::set_talk_room(std::uint64_t room_id, Timestamp now, FloorOutput& out) {
  const Room* room = find(room_id);
  if (room == nullptr || !room->is_reachable) return false;
  if (room_id == talk_room_) return true;
  release(now, out);
  const Room* left = find(talk_room_);
  if (left != nullptr && left->is_open()) has_left_open_room_ = true;
  talk_room_ = room_id;
  is_talk_room_sure_ = false;
  talk_change_ = take_req_id();
  ask_talk_room(now, out);
  return true;
}

// ---- the button ---------------------------------------------------------------------------------

bool FloorClient::press(const PressOptions& options, Timestamp now, FloorOutput& out) {
  Room* room = find(options.room_id);
  if (room == nullptr || room->is_open()) return false;
  if (burst_ && burst_->room_id != options.room_id) release(now, out);
  if (closings_.size() >= kMaxClosings) return false;

  floor::Press press;
  press.set_req_id(take_req_id());
  press.set_tier(options.tier);
  press.set_level(options.level);
  press.set_hands_free(options.hands_free);
  if (options.first_timestamp) press.set_first_timestamp(*options.first_timestamp);
  if (const auto offer = std::exchange(room->offer, std::nullopt); offer && offer->req_id != 0) {
    press.set_req_id(offer->req_id);
  }

  if (burst_ && burst_->waits() && burst_->press.has_first_timestamp()) {
    press.set_first_timestamp(burst_->press.first_timestamp());  // what is held back still counts
  }
  if (burst_ && burst_->talks()) {
    burst_->press = std::move(press);  // goes on talking, and asks for more
  } else {
    const bool is_again = burst_ && burst_->waits();
    const std::uint32_t first_req_id = is_again ? burst_->first_req_id : press.req_id();
    burst_ = Burst{.room_id = options.room_id, .first_req_id = first_req_id, .press = press};
    notice(FloorPhase::asking, out);
  }
  const Room* talk_room = find(talk_room_);
  if (talk_room_ != options.room_id && (talk_room == nullptr || !talk_room->is_open())) {
    talk_room_ = options.room_id;  // the press says so
    is_talk_room_sure_ = false;
    talk_change_ = take_req_id();
    talk_room_repeat_at_ = now + kCloseRepeat;
  }
  ask_press(now, out);
  return true;
}

void FloorClient::release(Timestamp now, FloorOutput& out) {
  if (!burst_) return;
  const Burst burst = *burst_;
  notice(FloorPhase::idle, out);
  burst_.reset();
  held_.clear();
  if (!burst.waits() && !burst.talks()) return;
  close({.room_id = burst.room_id,
         .first_req_id = burst.first_req_id,
         .req_id = burst.press.req_id(),
         .grant = burst.talks() ? burst.grant : floor::GrantId(),
         .is_answered = burst.phase != FloorPhase::asking,
         .last_timestamp = burst.last_timestamp},
        now, out);
}

void FloorClient::cancel(Timestamp now, FloorOutput& out) {
  release(now, out);
  for (auto& [id, room] : rooms_) {
    const auto offer = std::exchange(room.offer, std::nullopt);
    if (!offer) continue;
    if (offer->req_id != 0) take_back(id, offer->req_id, out);
    out.notices.emplace_back(OwnFloorChanged{.room_id = id});
  }
}

// ---- changes ------------------------------------------------------------------------------------

void FloorClient::notice(FloorPhase phase, FloorOutput& out, OwnFloorChanged details) {
  burst_->phase = phase;
  details.room_id = burst_->room_id;
  details.phase = phase;
  out.notices.emplace_back(details);
}

void FloorClient::grant_burst(const floor::GrantId& grant, Timestamp until, FloorOutput& out) {
  burst_->grant = grant;
  burst_->repeat_at = burst_->stop_at = kNever;
  burst_->is_retrying = false;
  if (burst_->room_id == talk_room_) be_sure_of_talk_room();
  notice(FloorPhase::granted, out, {.until = until});
}

// The grant is over, or as good as over, while the button is still down.
void FloorClient::end_burst(std::uint32_t cause, Timestamp now, FloorOutput& out) {
  burst_->repeat_at = burst_->stop_at = kNever;
  held_.clear();
  notice(FloorPhase::ended, out, {.cause = cause});
  if (burst_->grant.number() == 0 || closing_of_grant(burst_->room_id, burst_->grant)) return;
  closings_.push_back({.room_id = burst_->room_id,
                       .grant = burst_->grant,
                       .since = now,
                       .repeat_at = now + kCloseRepeat,
                       .last_timestamp = burst_->last_timestamp});
}

void FloorClient::tick(Timestamp now, FloorOutput& out) {
  if (burst_ && now >= burst_->repeat_at) ask_press(now, out);
  if (burst_ && now >= burst_->stop_at) end_burst(0, now, out);
  for (Closing& closing : closings_) {
    if (now >= closing.repeat_at) ask_close(closing, now, out);
  }
  for (auto& [id, room] : rooms_) {
    if (!room.offer || now < room.offer->until) continue;
    room.offer.reset();
    out.notices.emplace_back(OwnFloorChanged{.room_id = id});
  }
  if (now >= talk_room_repeat_at_) ask_talk_room(now, out);
  flush(now, out);
}

Timestamp FloorClient::deadline() const {
  Timestamp due = talk_room_repeat_at_;
  if (burst_) due = std::min({due, burst_->repeat_at, burst_->stop_at});
  for (const Closing& closing : closings_) due = std::min(due, closing.repeat_at);
  for (const auto& [id, room] : rooms_) {
    if (room.offer) due = std::min(due, room.offer->until);
  }
  return due;
}

// ---- voice --------------------------------------------------------------------------------------

// Whether voice of the press that is on may leave.
bool FloorClient::may_pass(Timestamp now) const {
  const std::uint64_t room_id = burst_->room_id;
  const bool is_elsewhere = std::ranges::any_of(
      closings_, [&](const Closing& closing) { return closing.room_id != room_id; });
  if (is_elsewhere || talk_room_ != room_id || burst_->is_retrying) return false;
  if (!rooms_.at(room_id).is_reachable && !is_talk_room_sure_) return false;
  switch (burst_->phase) {
    case FloorPhase::asking:
      return !has_left_open_room_;
    case FloorPhase::queued:  // while signaling is away, voice is the press
      return !rooms_.at(room_id).is_reachable;
    case FloorPhase::granted:
      return true;
    case FloorPhase::revoking:
      return now < burst_->stop_at;
    case FloorPhase::idle:
    case FloorPhase::offered:
    case FloorPhase::denied:
    case FloorPhase::ended:
      return false;
  }
  return false;
}

FloorGate FloorClient::gate(Timestamp now) const {
  using Kind = FloorGate::Kind;
  if (burst_) {
    if (burst_->phase == FloorPhase::denied || burst_->phase == FloorPhase::ended) return {};
    return {.kind = may_pass(now) ? Kind::pass : Kind::hold, .room_id = burst_->room_id};
  }
  const auto talk_room = rooms_.find(talk_room_);
  if (talk_room == rooms_.end() || !talk_room->second.is_open()) return {};
  const bool may_talk = closings_.empty() && is_talk_room_sure_;
  return {.kind = may_talk ? Kind::pass : Kind::shut, .room_id = talk_room_};
}

void FloorClient::on_frame(VoiceFrame frame, Timestamp now, FloorOutput& out) {
  switch (gate(now).kind) {
    case FloorGate::Kind::shut:
      return;
    case FloorGate::Kind::hold:
      return held_.push(std::move(frame));
    case FloorGate::Kind::pass:
      break;
  }
  flush(now, out);
  send(std::move(frame), out);
}

// What was held back leaves as soon as it may.
void FloorClient::flush(Timestamp now, FloorOutput& out) {
  if (!burst_ || held_.size() == 0 || !may_pass(now)) return;
  for (VoiceFrame& frame : held_.take()) send(std::move(frame), out);
}

void FloorClient::send(VoiceFrame frame, FloorOutput& out) {
  newest_sent_ = frame.rtp_timestamp;
  if (burst_) burst_->last_timestamp = frame.rtp_timestamp;
  out.voice.push_back(std::move(frame));
}

FloorPhase FloorClient::phase() const {
  if (burst_) return burst_->phase;
  const bool is_offered =
      std::ranges::any_of(rooms_, [](const auto& entry) { return entry.second.offer.has_value(); });
  return is_offered ? FloorPhase::offered : FloorPhase::idle;
}

const floor::State* FloorClient::floor_of(std::uint64_t room_id) const {
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : &found->second.view;
}

}  // namespace parley::client
