#include <algorithm>

#include "base/check.hpp"
#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

FloorArbiter::State::State(const FloorPolicy& initial, std::uint32_t first_term,
                           std::size_t most_members)
    : policy(bounded(initial)), term(first_term), max_members(most_members) {
  PARLEY_CHECK(initial.mode != FloorMode::open && first_term != 0);
  queue.reserve(kMaxChairedQueue);
  queue_told_at -= kQueueInterval;
}

FloorStep FloorArbiter::State::begin(Timestamp now, FloorOutbox& out) {
  FloorStep step{.now = now, .out = out};
  if (now >= next_deadline) run_timers(step);
  return step;
}

void FloorArbiter::State::finish(FloorStep& step) {
  arbitrate(step);
  refresh_holders();
  if (step.holders_changed) {
    note_change(step);
    if (holders_told > 0) {
      tell(step, {}, Taken{});
    } else {
      tell(step, {}, Idle{});
    }
  }
  tell_queue(step);
  next_deadline = next_due().at;
}

// One step is one change, however much of it there is: clients and the audit see no gap.
void FloorArbiter::State::note_change(FloorStep& step) {
  if (!step.is_change && !mutated(1)) ++fseq;
  step.is_change = true;
}

void FloorArbiter::State::note_holders(FloorStep& step) {
  note_change(step);
  step.holders_changed = true;
}

void FloorArbiter::State::tell(FloorStep& step, MemberId to, const FloorMessage& message) {
  step.out.told.push_back({.to = to, .fseq = fseq, .message_id = ++message_id, .message = message});
}

void FloorArbiter::State::tell_queue(FloorStep& step) {
  if (is_queue_told || step.now < queue_told_at + kQueueInterval) return;
  is_queue_told = true;
  queue_told_at = step.now;
  note_change(step);
  for (std::size_t i = 0; i < queue.size(); ++i) {
    if (find(queue[i].member)->told_position != i + 1) tell_queued(step, i);
  }
  tell(step, {}, QueueChanged{});
}

void FloorArbiter::State::refresh_holders() {
  holders_told = 0;
  for (std::size_t channel = 0; channel < holdings.size(); ++channel) {
    const FloorHolding& holding = holdings[channel];
    if (!holding.is_holder()) continue;
    holders[holders_told++] = {.member = holding.member,
                               .grant = holding.grant,
                               .priority = holding.priority,
                               .channel = static_cast<std::uint8_t>(channel),
                               .since = holding.since,
                               .limit_at = limit_told(holding),
                               .is_revoking = holding.is_revoking()};
  }
}

// Between two bursts. Who waits goes on waiting where the new rules let him.
void FloorArbiter::State::apply_policy(FloorStep& step) {
  policy = *next_policy;
  next_policy.reset();
  withdraw_offer();
  call_ends_at = kNever;
  while (!queue.empty() && (!has_queue() || queue.size() > queue_limit())) {
    deny_waiting(step, queue.size() - 1, DenyCause::other);
  }
  note_change(step);
  tell(step, {}, StateTold{});
}

void FloorArbiter::State::close(FloorStep& step) {
  is_closed = true;
  given = {};
  withdraw_offer();
  call_ends_at = kNever;
  while (!queue.empty()) deny_waiting(step, queue.size() - 1, DenyCause::other);
  for (FloorHolding& holding : holdings) {
    if (holding.is_holder()) revoke(step, holding, RevokeCause::other, {});
    if (holding.phase == HoldingPhase::tail) shut(step, holding);
  }
  note_holders(step);
}

FloorState FloorArbiter::State::state() const {
  if (is_closed) return FloorState::closed;
  if (is_frozen) return FloorState::frozen;
  const auto any = [this](HoldingPhase phase) {
    return std::ranges::any_of(holdings, [phase](const auto& h) { return h.phase == phase; });
  };
  if (any(HoldingPhase::revoking)) return FloorState::revoking;
  if (any(HoldingPhase::talking)) return FloorState::talking;
  if (any(HoldingPhase::granted)) return FloorState::granted;
  return is_offering() ? FloorState::offered : FloorState::idle;
}

FloorArbiter::FloorArbiter(const FloorPolicy& policy, std::uint32_t term, std::size_t max_members)
    : state_(std::make_unique<State>(policy, term, max_members)) {}
FloorArbiter::FloorArbiter(const FloorArbiter& other)
    : state_(std::make_unique<State>(*other.state_)) {}
FloorArbiter::FloorArbiter(FloorArbiter&&) noexcept = default;
FloorArbiter& FloorArbiter::operator=(FloorArbiter&&) noexcept = default;
FloorArbiter::~FloorArbiter() = default;

void FloorArbiter::add(MemberId member, const FloorRights& rights, Timestamp now,
                       FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->add(step, member, rights);
  state_->finish(step);
}

void FloorArbiter::remove(MemberId member, bool is_expelled, Timestamp now, FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->remove(step, member, is_expelled);
  state_->finish(step);
}

void FloorArbiter::on_peer_lost(MemberId member, Timestamp now, FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->set_peer(step, member, false);
  state_->finish(step);
}

void FloorArbiter::on_peer_back(MemberId member, Timestamp now, FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->set_peer(step, member, true);
  state_->finish(step);
}

void FloorArbiter::set_signaling(MemberId member, bool is_reachable, Timestamp now,
                                 FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->set_signaling(step, member, is_reachable);
  state_->finish(step);
}

void FloorArbiter::on_request(MemberId from, const FloorRequest& request, Timestamp now,
                              FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  std::visit([&](const auto& body) { state_->on(step, from, body); }, request);
  state_->finish(step);
}

FloorArbiter::Passage FloorArbiter::on_packet(MemberId member, std::uint32_t rtp, Timestamp now,
                                              FloorOutbox& out) {
  return state_->on_packet(member, rtp, now, out);
}

void FloorArbiter::on_voice_without_grant(MemberId member, Timestamp now, FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->on_voice(step, member);
  state_->finish(step);
}

void FloorArbiter::tick(Timestamp now, FloorOutbox& out) {
  if (now < state_->next_deadline) return;
  FloorStep step = state_->begin(now, out);
  state_->finish(step);
}

Timestamp FloorArbiter::deadline() const { return state_->next_deadline; }

void FloorArbiter::freeze(Timestamp now, FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->is_frozen = true;
  state_->withdraw_offer();
  state_->note_change(step);
  state_->tell(step, {}, StateTold{});
  state_->finish(step);
}

void FloorArbiter::thaw(std::uint32_t term, Timestamp now, FloorOutbox& out) {
  PARLEY_CHECK(term > state_->term);
  FloorStep step = state_->begin(now, out);
  state_->term = term;
  state_->is_frozen = false;
  state_->note_change(step);
  state_->tell(step, {}, StateTold{});
  state_->finish(step);
}

void FloorArbiter::close(Timestamp now, FloorOutbox& out) {
  FloorStep step = state_->begin(now, out);
  state_->close(step);
  state_->finish(step);
}

FloorState FloorArbiter::state() const { return state_->state(); }
const FloorPolicy& FloorArbiter::policy() const { return state_->policy; }
std::uint32_t FloorArbiter::term() const { return state_->term; }
std::uint64_t FloorArbiter::fseq() const { return state_->fseq; }

std::span<const FloorHolder> FloorArbiter::holders() const {
  return std::span(state_->holders).first(state_->holders_told);
}

bool FloorArbiter::is_open(MemberId member) const { return state_->holding_of(member) != nullptr; }

std::span<const FloorWaiting> FloorArbiter::queue() const { return state_->queue; }
const FloorEmergency& FloorArbiter::emergency() const { return state_->emergency; }

const FloorRights* FloorArbiter::rights(MemberId member) const {
  const FloorMember* found = state_->find(member);
  return found == nullptr ? nullptr : &found->rights;
}

std::uint32_t FloorArbiter::pending(MemberId member) const {
  const auto index = state_->waiting_index(member);
  return index ? state_->queue[*index].req_id : 0;
}

std::span<const Duration> FloorArbiter::spoken() const { return state_->spoken; }
std::size_t FloorArbiter::member_count() const { return state_->members.size(); }
const FloorCounters& FloorArbiter::counters() const { return state_->counters; }

}  // namespace parley::sfu
