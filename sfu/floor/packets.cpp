#include <algorithm>

#include "sfu/floor/arbiter_state.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

FloorArbiter::Passage FloorArbiter::State::on_packet(MemberId member, std::uint32_t rtp,
                                                     Timestamp now, FloorOutbox& out) {
  if (now >= next_deadline) {
    FloorStep step = begin(now, out);
    finish(step);
  }
  FloorHolding* holding = holding_of(member);
  if (holding == nullptr || (!holding->covers(rtp) && !mutated(17))) return {GateVerdict::shut};
  const Passage passage{.verdict = GateVerdict::pass,
                        .channel = static_cast<std::uint8_t>(holding - holdings.data()),
                        .burst = holding->grant.number};
  if (!holding->newest || is_before(*holding->newest, rtp)) holding->newest = rtp;
  if (!holding->spoke_at) start_talking(*holding, now);
  if (holding->phase == HoldingPhase::talking && !mutated(18)) {
    holding->media_by = now + policy.end_of_media;
  }
  if (holding->phase == HoldingPhase::tail && holding->last == rtp) {
    FloorStep step{.now = now, .out = out};
    shut(step, *holding);
    finish(step);
  }
  return passage;
}

void FloorArbiter::State::start_talking(FloorHolding& holding, Timestamp now) {
  ++counters.bursts;
  holding.spoke_at = now;
  if (holding.phase != HoldingPhase::granted) return;
  holding.phase = HoldingPhase::talking;
  holding.media_by = now + policy.end_of_media;
  holding.stuck_at = now + policy.stuck;
  start_limit(holding, after(now, limit_of(holding)), now);
  next_deadline = std::min(next_deadline, next_due().at);
}

void FloorArbiter::State::start_limit(FloorHolding& holding, Timestamp limit_at, Timestamp now) {
  holding.limit_at = holding.early_warning_at = holding.warning_at = kNever;
  if (limit_at != kNever) {
    holding.limit_at = limit_at + holding.extension;
    const auto before_limit = [&](Duration time) {
      const Timestamp at = holding.limit_at - time;
      return time > Duration::zero() && at > now ? at : kNever;
    };
    holding.early_warning_at = before_limit(policy.early_warning);
    holding.warning_at = before_limit(policy.warning);
  }
  refresh_holders();
}

}  // namespace parley::sfu
