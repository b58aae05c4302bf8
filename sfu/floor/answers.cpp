#include <algorithm>

#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

bool FloorArbiter::State::take_token(FloorMember& member, Timestamp now) {
  const Timestamp paid_until = std::max(member.requests_paid_until, now) + kRequestInterval;
  if (paid_until > now + kRequestBurst * kRequestInterval) return false;
  member.requests_paid_until = paid_until;
  return true;
}

const FloorAnswer* FloorArbiter::State::remembered(const FloorMember& member, std::uint32_t req_id,
                                                   Timestamp now) const {
  if (req_id == 0 || mutated(3)) return nullptr;
  const auto found = std::ranges::find(member.answers, req_id, &FloorAnswer::req_id);
  return found == member.answers.end() || now >= found->until ? nullptr : &*found;
}

void FloorArbiter::State::remember(FloorMember& member, const FloorAnswer& answer) {
  if (answer.req_id == 0) return;
  member.answers[member.next_answer] = answer;
  member.next_answer = static_cast<std::uint8_t>((member.next_answer + 1) % kRememberedAnswers);
}

void FloorArbiter::State::repeat(FloorStep& step, MemberId id, const FloorAnswer& answer) {
  if (!answer.is_granted) {
    tell(step, id, answer.denied);
    return;
  }
  tell(step, id, answer.granted);
  const FloorHolding* holding = holding_of(id);
  const bool is_over = holding == nullptr || holding->grant != answer.granted.grant;
  if (is_over) tell(step, id, Done{answer.granted.grant});
}

void FloorArbiter::State::deny(FloorStep& step, MemberId id, std::uint32_t req_id, DenyCause cause,
                               Duration retry) {
  const Denied denied{.req_id = req_id, .cause = cause, .retry = retry};
  ++counters.denied[static_cast<std::size_t>(cause)];
  tell(step, id, denied);
  if (FloorMember* member = find(id); member != nullptr) {
    remember(*member, {.req_id = req_id, .until = step.now + policy.answers, .denied = denied});
  }
}

void FloorArbiter::State::answer_granted(FloorStep& step, FloorHolding& holding,
                                         std::uint32_t req_id) {
  holding.req_id = req_id;
  const Granted granted{.req_id = req_id,
                        .grant = holding.grant,
                        .limit = limit_of(holding),
                        .tier = holding.priority.tier};
  tell(step, holding.member, granted);
  remember(*find(holding.member), {.req_id = req_id,
                                   .until = step.now + policy.answers,
                                   .is_granted = true,
                                   .granted = granted});
}

void FloorArbiter::State::tell_queued(FloorStep& step, std::size_t index) {
  const FloorWaiting& waiting = queue[index];
  const auto position = static_cast<std::uint16_t>(index + 1);
  find(waiting.member)->told_position = position;
  tell(step, waiting.member,
       Queued{.req_id = waiting.req_id,
              .position = position,
              .size = static_cast<std::uint16_t>(queue.size())});
}

}  // namespace parley::sfu
