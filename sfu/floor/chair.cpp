#include <algorithm>

#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

bool FloorArbiter::State::may_direct(FloorStep& step, MemberId from) {
  FloorMember* member = find(from);
  if (member == nullptr || !take_token(*member, step.now)) {
    ++counters.ignored;
    return false;
  }
  if (is_director(member->rights) || mutated(19)) return true;
  deny(step, from, 0, DenyCause::no_permission);
  return false;
}

// He is next, before everybody; in chaired rooms nobody else has a turn. Who has not asked, or does
// not press, is offered the floor.
void FloorArbiter::State::on(FloorStep& step, MemberId from, const Give& give) {
  if (!may_direct(step, from)) return;
  const FloorMember* member = find(give.member);
  if (member == nullptr) return deny(step, from, 0, DenyCause::not_a_member);
  if (is_receive_only(member->rights)) return deny(step, from, 0, DenyCause::receive_only);
  if (!has_waiting()) return deny(step, from, 0, DenyCause::other);
  if (members.size() == 1) return deny(step, from, 0, DenyCause::nobody_else_here);
  FloorHolding* holding = holding_of(give.member);
  if (holding != nullptr && holding->is_holder()) {
    ++counters.ignored;
    return;
  }
  auto index = waiting_index(give.member);
  if (index == 0U && is_offering()) return;
  if (!index) {
    const FloorAsk ask{.member = give.member,
                       .req_id = 0,
                       .priority = entitled(give.member, *member, {}),
                       .first_timestamp = {},
                       .since = step.now};
    if (!enqueue(step, ask, false)) return deny(step, from, 0, DenyCause::queue_full);
    index = waiting_index(give.member);
  }
  withdraw_offer();
  given = give.member;
  const auto place = queue.begin() + static_cast<std::ptrdiff_t>(*index);
  std::rotate(queue.begin(), place, place + 1);
  is_queue_told = false;
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const Cut& cut) {
  if (!may_direct(step, from)) return;
  FloorHolding* holding = named(cut.grant);
  if (holding == nullptr || !holding->is_holder()) {
    const bool is_old = cut.grant.term <= term && cut.grant.number <= last_grant;
    ++(is_old ? counters.ignored : counters.forged);
  } else if (holding->is_revoking() && cut.grace > Duration::zero()) {
    shorten_grace(step, *holding, cut.grace, from);
  } else {
    revoke(step, *holding, RevokeCause::cut_by_chair, cut.grace, from);
  }
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const Extend& extend) {
  if (!may_direct(step, from)) return;
  FloorHolding* holding = named(extend.grant);
  const bool is_running = holding != nullptr &&
                          (holding->phase == HoldingPhase::granted || holding->limit_at != kNever);
  if (!is_running) {
    ++counters.ignored;
    return;
  }
  holding->extension += extend.by;
  if (holding->phase == HoldingPhase::talking) {
    start_limit(*holding, holding->limit_at - (holding->extension - extend.by), step.now);
  }
  note_holders(step);
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const Order& order) {
  if (!may_direct(step, from)) return;
  auto next = queue.begin() + (is_offering() ? 1 : 0);
  const std::size_t count = std::min<std::size_t>(order.count, order.members.size());
  for (const MemberId member : std::span(order.members).first(count)) {
    const auto found = std::find_if(next, queue.end(),
                                    [member](const FloorWaiting& w) { return w.member == member; });
    if (found == queue.end()) continue;
    std::rotate(next, found, found + 1);
    ++next;
  }
  is_queue_told = false;
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const Bar& bar) {
  if (!may_direct(step, from)) return;
  FloorMember* member = find(bar.member);
  if (member == nullptr) return deny(step, from, 0, DenyCause::not_a_member);
  member->barred_until = step.now + bar.time;
  if (bar.time <= Duration::zero()) {
    member->retry_at = step.now;
  } else if (const auto index = waiting_index(bar.member)) {
    deny_waiting(step, *index, DenyCause::retry_timer_runs, bar.time);
  }
}

void FloorArbiter::State::on(FloorStep& step, MemberId from, const SetPolicy& set) {
  if (!may_direct(step, from)) return;
  // Open rooms have no arbiter: becoming one is not for this one to do.
  if (set.policy.mode == FloorMode::open) return deny(step, from, 0, DenyCause::other);
  next_policy = bounded(set.policy);
}

}  // namespace parley::sfu
