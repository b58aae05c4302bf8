#include "sfu/core/room_floor.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "sfu/core/floor_codec.hpp"
#include "sfu/forwarding/speaker_selector.hpp"

namespace parley::sfu {

namespace {

template <class... Handlers>
struct Match : Handlers... {
  using Handlers::operator()...;
};

bool may_direct(const FloorRights& rights) {
  return rights.role == FloorRole::chair || rights.role == FloorRole::dispatcher;
}

}  // namespace

void FloorOutput::clear() {
  told.clear();
  orders.clear();
  mode_changed = false;
}

RoomFloor::RoomFloor(RoomId room, std::uint8_t open_talkers, std::size_t max_members)
    : room_(room), default_talkers_(open_talkers), max_members_(max_members) {
  start({}, 1);
}

void RoomFloor::start(const FloorPolicy& policy, std::uint32_t term) {
  PARLEY_CHECK(seats_.empty());
  retire_arbiter();
  pending_open_.reset();
  delegations_.resize(1);
  term_ = term;
  open_fseq_ = 1;
  message_id_ = 0;
  policy_ = policy;
  if (policy.mode != FloorMode::open) {
    arbiter_ = std::make_unique<FloorArbiter>(policy, term_, max_members_);
  } else if (policy_.talkers == 0) {
    policy_.talkers = default_talkers_;
  }
}

// ---- members ------------------------------------------------------------------------------------

void RoomFloor::add(const Member& member, Timestamp now) {
  if (seats_.size() >= max_members_ && find(member.id) == nullptr) return;
  const auto [entry, is_new] = seats_.try_emplace(member.id, Seat{.member = member});
  Seat& seat = entry->second;
  const bool has_moved = !is_new && (seat.member.peer != member.peer || !seat.has_peer);
  if (has_moved) by_peer_.erase(seat.member.peer);
  seat.member = member;
  seat.member.rights.delegation = delegation_number(member.delegation);
  seat.has_peer = true;
  if (has_moved) seat.talk_version = 0;  // what its old gate was told counts no more
  by_peer_.insert_or_assign(member.peer, &seat);
  if (!arbiter_) return;
  arbiter_->add(member.id, seat.member.rights, now, outbox_);
  collect(now);
  if (has_moved && arbiter_) {
    arbiter_->on_peer_back(member.id, now, outbox_);
    collect(now);
  }
  apply_reachability(seat, now);
}

void RoomFloor::remove(MemberId member, bool is_expelled, Timestamp now) {
  const auto entry = seats_.find(member);
  if (entry == seats_.end()) return;
  if (arbiter_) {
    arbiter_->remove(member, is_expelled, now, outbox_);
    collect(now);
  }
  const PeerId peer = entry->second.member.peer;
  if (find(peer) == &entry->second) by_peer_.erase(peer);
  seats_.erase(entry);
}

void RoomFloor::on_peer_lost(MemberId member, Timestamp now) {
  Seat* const seat = find(member);
  if (seat == nullptr || !seat->has_peer) return;
  seat->has_peer = false;
  if (!arbiter_) return;
  arbiter_->on_peer_lost(member, now, outbox_);
  collect(now);
}

void RoomFloor::set_reachable(MemberId member, bool is_reachable, Timestamp now) {
  Seat* const seat = find(member);
  if (seat == nullptr) return;
  seat->member.is_reachable = is_reachable;
  apply_reachability(*seat, now);
}

void RoomFloor::set_link(bool is_up, Timestamp now) {
  is_link_up_ = is_up;
  if (!arbiter_) return;
  std::vector<MemberId> members;  // in an order that can be repeated
  for (const auto& [id, seat] : seats_) members.push_back(id);
  std::ranges::sort(members);
  for (const MemberId id : members) apply_reachability(*find(id), now);
}

void RoomFloor::apply_reachability(const Seat& seat, Timestamp now) {
  if (!arbiter_) return;
  arbiter_->set_signaling(seat.member.id, is_link_up_ && seat.member.is_reachable, now, outbox_);
  collect(now);
}

RoomFloor::Seat* RoomFloor::find(MemberId member) {
  const auto found = seats_.find(member);
  return found == seats_.end() ? nullptr : &found->second;
}

RoomFloor::Seat* RoomFloor::find(PeerId peer) {
  const auto found = by_peer_.find(peer);
  return found == by_peer_.end() ? nullptr : found->second;
}

// Speaking time of more than kMaxDelegations is not added up.
std::uint8_t RoomFloor::delegation_number(const std::string& name) {
  if (name.empty()) return 0;
  const auto known = std::ranges::find(delegations_, name);
  if (known != delegations_.end()) return static_cast<std::uint8_t>(known - delegations_.begin());
  if (delegations_.size() > kMaxDelegations) return 0;
  delegations_.push_back(name);
  return static_cast<std::uint8_t>(delegations_.size() - 1);
}

// ---- requests -----------------------------------------------------------------------------------

void RoomFloor::ask(const Ask& ask, Timestamp now) {
  Seat* const seat = find(ask.member);
  const auto request = to_request(ask.request);
  if (seat == nullptr || !request) return;
  if (const auto* const press = std::get_if<Press>(&*request)) {
    if (ask.is_talk_room_open) {
      say(ask.member, Denied{.req_id = press->req_id, .cause = DenyCause::other}, now);
      return;
    }
    note_press(*seat, ask, *press);
  }
  if (!arbiter_) return ask_open_room(*seat, *request, now);
  if (const auto* const set = std::get_if<SetPolicy>(&*request)) {
    return ask_for_policy(*seat, set->policy, now);
  }
  arbiter_->on_request(ask.member, *request, now, outbox_);
  collect(now);
  const bool is_cancelled = std::holds_alternative<Cancel>(*request);
  if (is_cancelled && arbiter_ && !arbiter_->is_open(ask.member)) discard(*seat);
}

void RoomFloor::note_press(Seat& seat, const Ask& ask, const Press& press) {
  seat.talk_version = std::max(seat.talk_version, ask.talk_version);
  if (press.req_id == seat.asked_req) return;
  seat.asked_req = press.req_id;
  seat.asked_at = ask.asked_at;
  seat.unheard_since.reset();
}

// Everybody may talk here; there is nothing to ask for but what the room is like.
void RoomFloor::ask_open_room(const Seat& seat, const FloorRequest& request, Timestamp now) {
  const MemberId from = seat.member.id;
  const auto refuse = [&](std::uint32_t req_id, DenyCause cause) {
    say(from, Denied{.req_id = req_id, .cause = cause}, now);
  };
  const auto direct = [&] {
    refuse(0, may_direct(seat.member.rights) ? DenyCause::other : DenyCause::no_permission);
  };
  std::visit(Match{[&](const Press& press) { refuse(press.req_id, DenyCause::other); },
                   [&](const Release&) {}, [&](const Cancel&) {},
                   [&](const SnapshotRequest&) { say(from, StateTold{}, now); },
                   [&](const SetEmergency&) { refuse(0, DenyCause::other); },
                   [&](const ClearEmergency&) { refuse(0, DenyCause::other); },
                   [&](const Give&) { direct(); }, [&](const Cut&) { direct(); },
                   [&](const Extend&) { direct(); }, [&](const Order&) { direct(); },
                   [&](const Bar&) { direct(); },
                   [&](const SetPolicy& set) { ask_for_policy(seat, set.policy, now); }},
             request);
}

void RoomFloor::ask_for_policy(const Seat& seat, const FloorPolicy& policy, Timestamp now) {
  const MemberId from = seat.member.id;
  const bool is_allowed = may_direct(seat.member.rights);
  const bool is_open = policy.mode == FloorMode::open;
  if (!arbiter_) {
    if (!is_allowed) return say(from, Denied{.req_id = 0, .cause = DenyCause::no_permission}, now);
    return is_open ? begin_open(policy, now) : begin_arbitration(policy, now);
  }
  if (is_allowed) pending_open_ = is_open ? std::optional(policy) : std::nullopt;
  if (is_allowed && is_open) return adopt_pending_policy(now);
  arbiter_->on_request(from, SetPolicy{.policy = policy}, now, outbox_);  // refuses, and counts it
  collect(now);
}

// ---- the mode changes ---------------------------------------------------------------------------

void RoomFloor::begin_arbitration(const FloorPolicy& policy, Timestamp now) {
  ++term_;
  message_id_ = 0;
  arbiter_ = std::make_unique<FloorArbiter>(policy, term_, max_members_);
  std::vector<const Seat*> seats;
  for (const auto& [id, seat] : seats_) seats.push_back(&seat);
  std::ranges::sort(seats, {}, [](const Seat* seat) { return seat->member.id; });
  for (const Seat* const seat : seats) {
    const MemberId id = seat->member.id;
    arbiter_->add(id, seat->member.rights, now, outbox_);
    arbiter_->set_signaling(id, is_link_up_ && seat->member.is_reachable, now, outbox_);
    if (!seat->has_peer) arbiter_->on_peer_lost(id, now, outbox_);
  }
  outbox_.told.clear();  // one message tells them all
  collect(now);
  output_.mode_changed = true;
  say({}, StateTold{}, now);
}

// From another mode, or from another number of voices that are heard at once.
void RoomFloor::begin_open(const FloorPolicy& policy, Timestamp now) {
  if (arbiter_) {
    retire_arbiter();
    ++term_;
    message_id_ = 0;
    open_fseq_ = 0;
  }
  ++open_fseq_;
  policy_ = policy;
  if (policy_.talkers == 0) policy_.talkers = default_talkers_;
  output_.mode_changed = true;
  say({}, StateTold{}, now);
}

// OPEN waits for a moment in which nobody talks, as any other change of the rules does.
void RoomFloor::adopt_pending_policy(Timestamp now) {
  if (!pending_open_ || arbiter_->state() != FloorState::idle) return;
  if (arbiter_->emergency().kind != EmergencyKind::none) return;
  for (const auto& [id, seat] : seats_) {
    if (arbiter_->is_open(id)) return;
  }
  const FloorPolicy policy = *std::exchange(pending_open_, std::nullopt);
  begin_open(policy, now);
}

void RoomFloor::retire_arbiter() {
  if (!arbiter_) return;
  retired_ += FloorNumbers{.counters = arbiter_->counters()};
  arbiter_.reset();
}

// ---- media --------------------------------------------------------------------------------------

std::optional<RoomFloor::Passed> RoomFloor::on_packet(PeerId talker, std::uint32_t rtp,
                                                      Timestamp now) {
  Seat* const seat = find(talker);
  if (seat == nullptr) return std::nullopt;
  const auto passage = arbiter_->on_packet(seat->member.id, rtp, now, outbox_);
  if (!outbox_.told.empty() || !outbox_.gates.empty()) collect(now);
  if (passage.verdict == GateVerdict::shut) return std::nullopt;
  if (seat->unheard_since) {
    retired_.press_to_forward.add(now - *seat->unheard_since);
    seat->unheard_since.reset();
  }
  return Passed{.channel = passage.channel, .burst = passage.burst};
}

// A gate has come into being, or to this room: it may have missed that it is open.
void RoomFloor::on_gate_ready(PeerId peer, std::uint32_t talk_version) {
  Seat* const seat = find(peer);
  if (seat == nullptr) return;
  seat->talk_version = std::max(seat->talk_version, talk_version);
  send_open(*seat);
}

void RoomFloor::on_unclaimed_voice(PeerId peer, std::uint32_t talk_version, Timestamp now) {
  Seat* const seat = find(peer);
  if (seat == nullptr || !arbiter_) return;
  seat->talk_version = std::max(seat->talk_version, talk_version);
  if (arbiter_->is_open(seat->member.id)) return send_open(*seat);  // the order was lost
  const bool is_reachable = is_link_up_ && seat->member.is_reachable;
  const bool was_just_told = seat->answered_at && now - *seat->answered_at < kAnswerTravel;
  if (is_reachable && was_just_told) return;
  arbiter_->on_voice_without_grant(seat->member.id, now, outbox_);
  collect(now);
}

void RoomFloor::on_burst_abandoned(PeerId peer, std::uint32_t grant,
                                   std::optional<std::uint32_t> last_timestamp, Timestamp now) {
  const Seat* const seat = find(peer);
  if (seat == nullptr || !arbiter_) return;
  const Release release{.grant = {.term = term_, .number = grant},
                        .last_timestamp = last_timestamp};
  arbiter_->on_request(seat->member.id, release, now, outbox_);
  collect(now);
}

void RoomFloor::repeat_shut(PeerId peer, std::uint32_t grant) {
  const Seat* const seat = find(peer);
  if (seat == nullptr || !arbiter_ || arbiter_->is_open(seat->member.id)) return;
  GateOrder shut = make_order(GateOrder::Kind::shut, *seat);
  shut.grant = grant;
  output_.orders.push_back({.worker = seat->member.worker, .channel = kNoChannel, .order = shut});
}

void RoomFloor::send_open(const Seat& seat) {
  if (!arbiter_) return;
  const auto holders = arbiter_->holders();
  const auto held = std::ranges::find(holders, seat.member.id, &FloorHolder::member);
  if (held == holders.end()) return;
  GateOrder open = make_order(GateOrder::Kind::open, seat);
  open.grant = held->grant.number;
  output_.orders.push_back({.worker = seat.member.worker, .channel = held->channel, .order = open});
}

void RoomFloor::tick(Timestamp now) {
  if (!arbiter_) return;
  arbiter_->tick(now, outbox_);
  collect(now);
}

Timestamp RoomFloor::deadline() const { return arbiter_ ? arbiter_->deadline() : kNever; }

std::uint8_t RoomFloor::open_talkers() const {
  return std::clamp<std::uint8_t>(arbiter_ ? default_talkers_ : policy_.talkers, 1, kMaxSlots);
}

// ---- what is said -------------------------------------------------------------------------------

void RoomFloor::collect(Timestamp now) {
  for (const FloorTold& told : outbox_.told) {
    note_told(told, now);
    say(told.to, told.fseq, told.message, now);
  }
  for (const GateChange& change : outbox_.gates) order(change);
  outbox_.told.clear();
  outbox_.gates.clear();
  adopt_pending_policy(now);
}

void RoomFloor::say(MemberId to, const FloorMessage& message, Timestamp now) {
  say(to, arbiter_ ? arbiter_->fseq() : open_fseq_, message, now);
}

void RoomFloor::say(MemberId to, std::uint64_t fseq, const FloorMessage& message, Timestamp now) {
  const Seat* const seat = to.is_none() ? nullptr : find(to);
  control::FloorTold& told = output_.told.emplace_back();
  told.set_member_id(static_cast<std::uint32_t>(to.value));
  floor::Event& event = *told.mutable_event();
  event.set_room_id(room_.value);
  event.set_term(term_);
  event.set_fseq(fseq);
  event.set_message_id(++message_id_);
  write_event({.arbiter = arbiter_.get(),
               .policy = arbiter_ ? arbiter_->policy() : policy_,
               .delegations = delegations_,
               .own_rights = seat == nullptr ? nullptr : &seat->member.rights,
               .now = now},
              to, message, event);
}

void RoomFloor::note_told(const FloorTold& told, Timestamp now) {
  Seat* const seat = told.to.is_none() ? nullptr : find(told.to);
  if (seat == nullptr) return;
  if (const auto* const granted = std::get_if<Granted>(&told.message)) {
    if (!seat->asked_at || granted->req_id != seat->asked_req) return;
    retired_.press_to_grant.add(now - *seat->asked_at);
    seat->unheard_since = std::exchange(seat->asked_at, std::nullopt);
  } else if (std::holds_alternative<Queued>(told.message)) {
    seat->answered_at = now;
    seat->asked_at.reset();
  } else if (const auto* const denied = std::get_if<Denied>(&told.message)) {
    seat->answered_at = now;
    seat->asked_at.reset();
    if (denied->req_id == 0 || denied->req_id == seat->discarded_req) return;
    seat->discarded_req = denied->req_id;  // the same answer again destroys no other press's voice
    discard(*seat);
  } else if (std::holds_alternative<Revoked>(told.message)) {
    seat->answered_at = now;
    seat->unheard_since.reset();
    discard(*seat);
  } else if (std::holds_alternative<Done>(told.message)) {
    seat->answered_at = now;
    seat->unheard_since.reset();
  }
}

GateOrder RoomFloor::make_order(GateOrder::Kind kind, const Seat& seat) const {
  return {.kind = kind, .room = room_, .peer = seat.member.peer, .talk_version = seat.talk_version};
}

void RoomFloor::order(const GateChange& change) {
  const Seat* const seat = find(change.member);
  PARLEY_CHECK(seat != nullptr);
  const auto kind = [&] {
    switch (change.kind) {
      case GateChange::Kind::open:
        return GateOrder::Kind::open;
      case GateChange::Kind::open_until:
        return GateOrder::Kind::open_until;
      case GateChange::Kind::shut:
        return GateOrder::Kind::shut;
    }
    return GateOrder::Kind::shut;
  }();
  GateOrder made = make_order(kind, *seat);
  made.grant = change.grant.number;
  made.first_timestamp = change.first_timestamp;
  made.last_timestamp = change.last_timestamp;
  output_.orders.push_back(
      {.worker = seat->member.worker, .channel = change.channel, .order = made});
}

void RoomFloor::discard(const Seat& seat) {
  output_.orders.push_back({.worker = seat.member.worker,
                            .channel = kNoChannel,
                            .order = make_order(GateOrder::Kind::discard, seat)});
}

void RoomFloor::take_output(FloorOutput& into) {
  PARLEY_CHECK(into.is_empty());
  std::swap(into, output_);
}

void RoomFloor::add_numbers(FloorNumbers& to, Timestamp now) const {
  to += retired_;
  if (!arbiter_) return;
  const auto queue = arbiter_->queue();
  FloorNumbers own{.counters = arbiter_->counters(),
                   .rooms = 1,
                   .holders = arbiter_->holders().size(),
                   .waiting = queue.size()};
  for (const FloorWaiting& waiting : queue) {
    own.oldest_wait = std::max(own.oldest_wait, now - waiting.since);
  }
  to += own;
}

}  // namespace parley::sfu
