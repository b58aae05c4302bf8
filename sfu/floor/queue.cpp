#include <algorithm>

#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

bool FloorArbiter::State::has_waiting() const {
  switch (policy.mode) {
    case FloorMode::ptt:
    case FloorMode::dual:
    case FloorMode::multi:
    case FloorMode::chaired:
      return true;
    case FloorMode::open:
    case FloorMode::cut_in:
    case FloorMode::broadcast:
    case FloorMode::private_half:
    case FloorMode::private_full:
      return false;
  }
  return false;
}

bool FloorArbiter::State::has_queue() const {
  return has_waiting() && (policy.queues || policy.mode == FloorMode::chaired);
}

std::size_t FloorArbiter::State::queue_limit() const {
  return policy.mode == FloorMode::chaired ? kMaxChairedQueue : kMaxFloorQueue;
}

std::optional<std::size_t> FloorArbiter::State::waiting_index(MemberId member) const {
  const auto found = std::ranges::find(queue, member, &FloorWaiting::member);
  if (found == queue.end()) return std::nullopt;
  return static_cast<std::size_t>(found - queue.begin());
}

std::size_t FloorArbiter::State::main_places() const {
  std::size_t places = 1;
  if (policy.mode == FloorMode::multi) places = policy.talkers;
  if (policy.mode == FloorMode::private_full) places = 2;
  if (mutated(7)) ++places;
  const auto taken = static_cast<std::size_t>(std::ranges::count_if(
      holdings, [](const FloorHolding& h) { return h.is_holder() && !h.is_override; }));
  return places - std::min(places, taken);
}

FloorPlace FloorArbiter::State::free_place(FloorPriority priority, const FloorRights& rights,
                                           std::size_t reserved) const {
  const bool is_main_free = main_places() > reserved;
  const FloorPlace main = is_main_free ? FloorPlace::main : FloorPlace::none;
  if (policy.mode == FloorMode::chaired && rights.role == FloorRole::chair) {
    return beside() == nullptr ? FloorPlace::beside : main;
  }
  if (policy.mode != FloorMode::dual || is_main_free || beside() != nullptr) return main;
  const bool is_above = std::ranges::none_of(holdings, [&](const FloorHolding& holding) {
    return holding.is_holder() && !may_preempt(priority, holding);
  });
  return is_above && reserved == 0 ? FloorPlace::beside : FloorPlace::none;
}

// Where a press goes that does not have to wait.
FloorPlace FloorArbiter::State::place_now(const FloorAsk& ask) const {
  const FloorRights& rights = find(ask.member)->rights;
  const FloorPlace place = free_place(ask.priority, rights);
  if (place != FloorPlace::main) return place;
  const bool is_by_give = policy.mode == FloorMode::chaired && rights.role != FloorRole::chair;
  if (is_by_give && ask.priority.tier != FloorTier::emergency) return FloorPlace::none;
  if (!is_offering() || ask.priority.tier > queue.front().priority.tier || mutated(8)) {
    return place;
  }
  return queue.size() == 1 ? free_place(ask.priority, rights, 1) : FloorPlace::none;
}

bool FloorArbiter::State::may_preempt(FloorPriority priority, const FloorHolding& holding) const {
  switch (policy.mode) {
    case FloorMode::cut_in:
      return priority.tier >= holding.priority.tier;
    case FloorMode::ptt:
    case FloorMode::dual:
    case FloorMode::multi:
      return priority.tier > holding.priority.tier ||
             (mutated(9) && priority.tier == holding.priority.tier) ||
             (policy.preempts_by_level && priority > holding.priority);
    case FloorMode::open:
    case FloorMode::broadcast:
    case FloorMode::private_half:
    case FloorMode::private_full:
    case FloorMode::chaired:
      return priority.tier == FloorTier::emergency && holding.priority.tier < FloorTier::emergency;
  }
  return false;
}

// The lowest of those whom this one pre-empts and nobody has yet; the newest of equals. What is
// beside the floor makes room in dual only, and there nothing else does.
FloorHolding* FloorArbiter::State::victim_of(FloorPriority priority) {
  FloorHolding* victim = nullptr;
  for (FloorHolding& holding : holdings) {
    if (!holding.is_holder()) continue;
    if (!may_preempt(priority, holding)) {
      if (policy.mode == FloorMode::dual) return nullptr;
      continue;
    }
    if (holding.is_revoking()) continue;
    if (holding.is_override != (policy.mode == FloorMode::dual)) continue;
    const bool is_lower =
        victim == nullptr || holding.priority < victim->priority ||
        (holding.priority == victim->priority && holding.grant.number > victim->grant.number);
    if (is_lower) victim = &holding;
  }
  return victim;
}

Duration FloorArbiter::State::grace_for(FloorPriority priority) const {
  if (policy.mode == FloorMode::cut_in) return {};
  return priority.tier == FloorTier::emergency ? policy.grace_emergency : policy.grace_preempted;
}

bool FloorArbiter::State::may_wait(const FloorAsk& ask, bool is_implicit) const {
  const bool is_emergency = ask.priority.tier == FloorTier::emergency;
  const bool is_chair =
      policy.mode == FloorMode::chaired && find(ask.member)->rights.role == FloorRole::chair;
  if (has_queue() && !is_implicit && (!is_chair || is_emergency)) return true;
  return std::ranges::any_of(holdings, [&](const FloorHolding& holding) {
    return holding.is_holder() && may_preempt(ask.priority, holding);
  });
}

// Behind everybody who is not lower. Who was offered or given the floor stays in front of his tier.
std::size_t FloorArbiter::State::place_in_queue(FloorPriority priority) const {
  std::size_t place = queue.size();
  while (place > 0 && (queue[place - 1].priority < priority || mutated(10))) {
    const FloorWaiting& before = queue[place - 1];
    const bool is_pinned = place == 1 && (is_offering() || before.member == given);
    if (is_pinned && priority.tier <= before.priority.tier) break;
    --place;
  }
  return place;
}

bool FloorArbiter::State::enqueue(FloorStep& step, const FloorAsk& ask, bool is_pressing) {
  if (queue.size() >= queue_limit() && !mutated(11)) {
    if (queue.back().priority >= ask.priority) return false;
    deny_waiting(step, queue.size() - 1, DenyCause::queue_full);
  }
  const std::size_t place = place_in_queue(ask.priority);
  if (place == 0) withdraw_offer();
  queue.insert(queue.begin() + static_cast<std::ptrdiff_t>(place), {.member = ask.member,
                                                                    .req_id = ask.req_id,
                                                                    .priority = ask.priority,
                                                                    .since = ask.since,
                                                                    .is_pressing = is_pressing});
  find(ask.member)->first_timestamp = ask.first_timestamp;
  is_queue_told = false;
  return true;
}

FloorAsk FloorArbiter::State::dequeue(std::size_t index) {
  const FloorWaiting waiting = queue[index];
  if (index == 0) offer_until = kNever;
  if (given == waiting.member) given = {};
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
  is_queue_told = false;
  return {.member = waiting.member,
          .req_id = waiting.req_id,
          .priority = waiting.priority,
          .first_timestamp = find(waiting.member)->first_timestamp,
          .since = waiting.since};
}

// To the place that another priority has.
void FloorArbiter::State::requeue(std::size_t index, FloorPriority priority) {
  FloorWaiting waiting = queue[index];
  waiting.priority = priority;
  if (index == 0) withdraw_offer();
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
  const std::size_t place = place_in_queue(priority);
  if (place == 0) withdraw_offer();
  queue.insert(queue.begin() + static_cast<std::ptrdiff_t>(place), waiting);
  is_queue_told = false;
}

void FloorArbiter::State::deny_waiting(FloorStep& step, std::size_t index, DenyCause cause,
                                       Duration retry) {
  const FloorAsk ask = dequeue(index);
  if (ask.req_id != 0) deny(step, ask.member, ask.req_id, cause, retry);
}

void FloorArbiter::State::offer(FloorStep& step) {
  queue.front().is_pressing = false;
  offer_until = step.now + policy.offer;
  tell(step, queue.front().member,
       Offer{.req_id = queue.front().req_id, .press_within = policy.offer});
}

void FloorArbiter::State::withdraw_offer() { offer_until = kNever; }

// Brings floor and queue to rest: whoever can have a place has it, and whoever may pre-empt does.
void FloorArbiter::State::arbitrate(FloorStep& step) {
  if (is_frozen || is_closed) return;
  const bool is_idle = std::ranges::none_of(holdings, &FloorHolding::is_holder);
  if (next_policy && (is_idle || mutated(12))) apply_policy(step);
  do {
    while (serve_next(step)) {
    }
  } while (preempt(step));
}

// True when somebody was granted the floor. Behind an offer the next one gets what else is free.
bool FloorArbiter::State::serve_next(FloorStep& step) {
  const std::size_t next = is_offering() ? 1 : 0;
  if (next >= queue.size()) return false;
  const FloorWaiting& waiting = queue[next];
  const bool is_by_give = policy.mode == FloorMode::chaired;
  const bool is_emergency = waiting.priority.tier == FloorTier::emergency;
  if (is_by_give && waiting.member != given && !is_emergency && !mutated(13)) return false;
  const FloorMember& member = *find(waiting.member);
  const FloorPlace place = free_place(waiting.priority, member.rights, next);
  if (place == FloorPlace::none) return false;
  if (waiting.is_pressing && member.has_peer) {
    grant(step, dequeue(next), place);
    return true;
  }
  if (!is_offering()) offer(step);
  return false;
}

// Each one in front of whom no revoke runs yet, and who may, has one started. True when a place
// came free at once.
bool FloorArbiter::State::preempt(FloorStep& step) {
  std::array<FloorHolding*, kMaxFloorChannels> revoking{};
  std::size_t revokes = 0;
  for (FloorHolding& holding : holdings) {
    if (holding.is_revoking()) revoking[revokes++] = &holding;
  }
  std::size_t before = 0;
  for (const FloorWaiting& waiting : queue) {
    if (!waiting.is_pressing) continue;
    const Duration grace = grace_for(waiting.priority);
    if (before < revokes) {
      FloorHolding& holding = *revoking[before++];
      if (may_preempt(waiting.priority, holding)) {
        shorten_grace(step, holding, grace, waiting.member);
      }
      continue;
    }
    FloorHolding* victim = victim_of(waiting.priority);
    if (victim == nullptr) return false;
    revoke(step, *victim, RevokeCause::preempted, grace, waiting.member);
    ++counters.preemptions;
    if (!victim->is_revoking()) return true;
    before = ++revokes;
  }
  return false;
}

}  // namespace parley::sfu
