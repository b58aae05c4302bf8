// What arbiters say, and what it makes of the press that is on and of those that have ended.
#include <algorithm>
#include <utility>

#include "client/core/floor_client.hpp"

namespace parley::client {
namespace {

bool is_same(const floor::GrantId& a, const floor::GrantId& b) {
  return a.term() == b.term() && a.number() == b.number();
}

Timestamp after(Timestamp now, std::uint32_t ms) { return now + std::chrono::milliseconds(ms); }

// A grant of 0 ms has no limit.
Timestamp limit_of(Timestamp now, std::uint32_t ms) { return ms == 0 ? kNever : after(now, ms); }

// The arbiter could not decide just now; the button has to do nothing for the next try.
bool is_passing(floor::Denied::Cause cause) {
  return cause == floor::Denied::FROZEN || cause == floor::Denied::STALE_TERM ||
         cause == floor::Denied::STALE_ROSTER;
}

}  // namespace

void FloorClient::on_event(const floor::Event& event, Timestamp now, FloorOutput& out) {
  const std::uint64_t room_id = event.room_id();
  Room* room = find(room_id);
  if (room == nullptr || !is_news(*room, event, out)) return;
  out.notices.emplace_back(FloorHeard{event});
  using Body = floor::Event::BodyCase;
  switch (event.body_case()) {
    case Body::kGranted:
      on_granted(*room, room_id, event.granted(), now, out);
      break;
    case Body::kQueued:
      on_queued(room_id, event.queued(), out);
      break;
    case Body::kDenied:
      on_denied(room_id, event.denied(), now, out);
      break;
    case Body::kRevoked:
      on_revoked(room_id, event.revoked(), now, out);
      break;
    case Body::kOffer:
      on_offer(*room, room_id, event.offer(), now, out);
      break;
    case Body::kWarning:
      on_warning(room_id, event.warning(), now, out);
      break;
    case Body::kDone:
      on_done(*room, room_id, event.done().grant(), out);
      break;
    case Body::kTaken:
      *room->view.mutable_holders() = event.taken().holders();
      break;
    case Body::kIdle:
      room->view.clear_holders();
      break;
    case Body::kEmergency:
      *room->view.mutable_emergency() = event.emergency();
      break;
    case Body::kQueue:
      *room->view.mutable_queue() = event.queue();
      break;
    case Body::kState:
      on_state(*room, room_id, event.state(), now, out);
      break;
    case Body::kAlarm:
    case Body::BODY_NOT_SET:
      break;
  }
  flush(now, out);
}

// Terms and message ids only grow. Term 0 is signaling's own word while no media node is there.
bool FloorClient::is_news(Room& room, const floor::Event& event, FloorOutput& out) {
  if (event.term() == 0) return true;
  if (event.term() < room.term) return false;
  if (event.term() == room.term && event.message_id() <= room.message_id) return false;
  const bool is_new_term = event.term() > room.term;
  const bool is_first = room.term == 0;
  room.term = event.term();
  room.message_id = event.message_id();
  if (is_new_term && !is_first) on_new_term(room, event.room_id(), out);
  return true;
}

// The arbiter was made anew: what it does not know is over, and only its State tells what it knows.
void FloorClient::on_new_term(Room& room, std::uint64_t room_id, FloorOutput& out) {
  room.done_number = 0;
  room.offer.reset();
  std::erase_if(closings_, [&](const Closing& closing) {
    return closing.room_id == room_id && closing.has_grant();
  });
  for (Closing& closing : closings_) closing.is_answered |= closing.room_id == room_id;
  ask_snapshot(room_id, out);
}

void FloorClient::on_granted(Room& room, std::uint64_t room_id, const floor::Granted& granted,
                             Timestamp now, FloorOutput& out) {
  const floor::GrantId& grant = granted.grant();
  const std::uint32_t req_id = granted.req_id();
  const bool is_over = grant.term() == room.term && grant.number() <= room.done_number;
  if (is_over || closing_of_grant(room_id, grant) != nullptr) {  // given back already
    if (const Closing* closing = closing_of_req(room_id, req_id)) {
      closings_.erase(closings_.begin() + (closing - closings_.data()));
    }
    return;
  }
  if (Closing* closing = closing_of_any_req(room_id, req_id)) {
    closing->grant = grant;  // granted although it was taken back
    closing->since = now;
    return ask_close(*closing, now, out);
  }
  const bool is_down = is_burst_in(room_id) && (burst_->waits() || burst_->talks());
  // 0: voice was the press, or only a State tells.
  const bool is_wanted =
      is_down && (req_id == 0 ||
                  req_id - burst_->first_req_id <= burst_->press.req_id() - burst_->first_req_id);
  if (!is_wanted) return give_back(room_id, grant, now, out);
  grant_burst(grant, limit_of(now, granted.limit_ms()), out);
}

void FloorClient::on_queued(std::uint64_t room_id, const floor::Queued& queued, FloorOutput& out) {
  if (Closing* closing = closing_of_any_req(room_id, queued.req_id())) {
    closing->is_answered |= closing->req_id == queued.req_id();
    return;
  }
  if (!is_burst_in(room_id)) return take_back(room_id, queued.req_id(), out);
  if (burst_->press.req_id() != queued.req_id()) return;  // of a press that a later one replaced
  burst_->repeat_at = kNever;
  if (!burst_->waits()) return;
  notice(FloorPhase::queued, out, {.position = queued.position(), .size = queued.size()});
}

void FloorClient::on_denied(std::uint64_t room_id, const floor::Denied& denied, Timestamp now,
                            FloorOutput& out) {
  if (denied.req_id() == 0) return;  // of an action of a chair or dispatcher
  if (const Closing* closing = closing_of_req(room_id, denied.req_id())) {
    closings_.erase(closings_.begin() + (closing - closings_.data()));
    return;
  }
  if (!is_burst_in(room_id) || burst_->press.req_id() != denied.req_id()) return;
  burst_->repeat_at = kNever;
  if (!burst_->waits()) return;
  if (is_passing(denied.cause())) return retry(denied, now);
  held_.clear();
  notice(FloorPhase::denied, out, {.cause = static_cast<std::uint32_t>(denied.cause())});
}

void FloorClient::retry(const floor::Denied& denied, Timestamp now) {
  const Duration pause = std::chrono::milliseconds(denied.retry_ms());
  burst_->press.set_req_id(take_req_id());
  burst_->phase = FloorPhase::asking;
  burst_->is_retrying = true;
  burst_->repeat_at = now + std::max<Duration>(pause, kPressRepeat);
}

void FloorClient::on_revoked(std::uint64_t room_id, const floor::Revoked& revoked, Timestamp now,
                             FloorOutput& out) {
  if (!is_burst_in(room_id) || !is_same(burst_->grant, revoked.grant())) return;
  if (!burst_->talks()) return;
  const auto cause = static_cast<std::uint32_t>(revoked.cause());
  if (revoked.grace_ms() == 0) return end_burst(cause, now, out);
  burst_->stop_at = after(now, revoked.grace_ms());
  notice(FloorPhase::revoking, out, {.cause = cause, .until = burst_->stop_at});
}

void FloorClient::on_offer(Room& room, std::uint64_t room_id, const floor::Offer& offer,
                           Timestamp now, FloorOutput& out) {
  if (is_burst_in(room_id) && burst_->waits()) {
    if (offer.req_id() != 0) burst_->press.set_req_id(offer.req_id());
    notice(FloorPhase::asking, out);
    return ask_press(now, out);
  }
  if (closing_of_req(room_id, offer.req_id()) != nullptr) return;  // taken back already
  room.offer = Offered{.req_id = offer.req_id(), .until = after(now, offer.press_ms())};
  out.notices.emplace_back(OwnFloorChanged{
      .room_id = room_id, .phase = FloorPhase::offered, .until = room.offer->until});
}

void FloorClient::on_warning(std::uint64_t room_id, const floor::Warning& warning, Timestamp now,
                             FloorOutput& out) {
  if (!is_burst_in(room_id) || burst_->phase != FloorPhase::granted) return;
  if (!is_same(burst_->grant, warning.grant())) return;
  notice(FloorPhase::granted, out, {.until = after(now, warning.left_ms())});
}

void FloorClient::on_done(Room& room, std::uint64_t room_id, const floor::GrantId& grant,
                          FloorOutput& out) {
  if (grant.term() == room.term) room.done_number = std::max(room.done_number, grant.number());
  std::erase_if(closings_, [&](const Closing& closing) {
    return closing.room_id == room_id && is_same(closing.grant, grant);
  });
  if (!is_burst_in(room_id) || !is_same(burst_->grant, grant)) return;
  if (!burst_->talks()) return;
  burst_->repeat_at = burst_->stop_at = kNever;
  held_.clear();
  notice(FloorPhase::ended, out);
}

// One for everybody tells that the policy changed; one for this member replaces what was believed.
void FloorClient::on_state(Room& room, std::uint64_t room_id, const floor::State& state,
                           Timestamp now, FloorOutput& out) {
  const floor::Rights rights = room.view.own_rights();
  room.view = state;
  if (!state.has_own_rights()) *room.view.mutable_own_rights() = rights;
  if (room.is_open()) {  // nobody asks for anything here any more
    std::erase_if(closings_, [&](const Closing& closing) { return closing.room_id == room_id; });
    room.offer.reset();
    if (!is_burst_in(room_id)) return;
    notice(FloorPhase::idle, out);
    burst_.reset();
    held_.clear();
    return;
  }
  if (!state.has_own_rights()) return;
  if (state.own_grant().number() != 0) {
    agree_on_grant(room, room_id, state, now, out);
  } else {
    agree_on_no_grant(room_id, state, now, out);
  }
}

// The arbiter says that this member holds the floor.
void FloorClient::agree_on_grant(Room& room, std::uint64_t room_id, const floor::State& state,
                                 Timestamp now, FloorOutput& out) {
  std::erase_if(closings_, [&](const Closing& closing) {  // a member holds the floor once
    return closing.room_id == room_id && closing.has_grant() &&
           !is_same(closing.grant, state.own_grant());
  });
  floor::Granted granted;
  granted.set_req_id(state.own_req_id());
  *granted.mutable_grant() = state.own_grant();
  const bool is_known = is_burst_in(room_id) && is_same(burst_->grant, state.own_grant()) &&
                        burst_->phase != FloorPhase::asking;
  if (is_known) return;
  const auto holder = std::ranges::find_if(state.holders(), [&](const floor::Holder& one) {
    return is_same(one.grant(), state.own_grant());
  });
  if (holder != state.holders().end()) granted.set_limit_ms(holder->left_ms());
  on_granted(room, room_id, granted, now, out);
}

// The arbiter says that this member does not hold the floor; at most he waits for it.
void FloorClient::agree_on_no_grant(std::uint64_t room_id, const floor::State& state, Timestamp now,
                                    FloorOutput& out) {
  const std::uint32_t waiting = state.own_req_id();
  std::erase_if(closings_, [&](const Closing& closing) {
    if (closing.room_id != room_id) return false;
    // A State does not show tails, and may be older than a press that was never answered: one that
    // comes late enough knows.
    const bool is_late = now - closing.since >= kCloseRepeat;
    if (closing.has_grant()) return is_late;
    return (is_late || closing.is_answered) && closing.req_id != waiting;
  });
  if (!is_burst_in(room_id)) {
    if (waiting != 0 && closing_of_req(room_id, waiting) == nullptr) {
      take_back(room_id, waiting, out);
    }
    return;
  }
  switch (burst_->phase) {
    case FloorPhase::granted:
    case FloorPhase::revoking:
      burst_->repeat_at = burst_->stop_at = kNever;
      held_.clear();
      return notice(FloorPhase::ended, out);
    case FloorPhase::queued:
      if (waiting == burst_->press.req_id()) {
        return notice(FloorPhase::queued, out,
                      {.position = state.own_position(),
                       .size = static_cast<std::uint32_t>(state.queue().waiting_size())});
      }
      notice(FloorPhase::asking, out);
      return ask_press(now, out);
    case FloorPhase::asking:  // repeats itself until it is answered
    case FloorPhase::idle:
    case FloorPhase::offered:
    case FloorPhase::denied:
    case FloorPhase::ended:
      return;
  }
}

}  // namespace parley::client
