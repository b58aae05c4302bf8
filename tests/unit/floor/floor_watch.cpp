#include "tests/unit/floor/floor_watch.hpp"

#include <algorithm>
#include <span>

namespace parley::sfu {
namespace {

bool is_after(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) > 0; }

bool holds(std::span<const FloorHolder> holders, const GrantId& grant) {
  return std::ranges::find(holders, grant, &FloorHolder::grant) != holders.end();
}

std::size_t places(const FloorPolicy& policy) {
  if (policy.mode == FloorMode::multi) return policy.talkers;
  const bool is_two = policy.mode == FloorMode::dual || policy.mode == FloorMode::private_full ||
                      policy.mode == FloorMode::chaired;
  return is_two ? 2 : 1;
}

}  // namespace

void FloorWatch::expect(bool holds, const char* what) {
  if (!holds && violation_.empty()) violation_ = what;
}

void FloorWatch::before(const FloorArbiter& arbiter) {
  holders_before_.assign(arbiter.holders().begin(), arbiter.holders().end());
  seq_before_ = {arbiter.term(), arbiter.fseq()};
  pressed_.reset();
  cancelled_.reset();
  released_.reset();
  removed_ = {};
  returned_ = {};
  is_answered_ = false;
}

void FloorWatch::on_press(MemberId member, std::uint32_t req_id) { pressed_ = {member, req_id}; }

void FloorWatch::on_cancel(MemberId member, std::uint32_t req_id) { cancelled_ = {member, req_id}; }

void FloorWatch::on_release(MemberId member, const GrantId& grant,
                            std::optional<std::uint32_t> last) {
  released_ = {member, grant};
  released_last_ = last;
}

// A new transport has new timestamps, and its gate opens anew.
void FloorWatch::on_returned(MemberId member) {
  for (auto& [grant, burst] : gates_) {
    if (burst.member == member) burst.first = burst.last = std::nullopt;
  }
  returned_ = member;
}

void FloorWatch::on_removed(MemberId member) { removed_ = member; }

void FloorWatch::on_packet(const FloorArbiter& /*arbiter*/, MemberId member, std::uint32_t rtp,
                           Timestamp now, const FloorArbiter::Passage& passage) {
  if (passage.verdict == GateVerdict::shut) return;
  const auto found = std::ranges::find_if(
      gates_, [&](const auto& gate) { return gate.first.number == passage.burst; });
  expect(found != gates_.end(), "2: a packet passes without an open gate");
  if (found == gates_.end()) return;
  Burst& burst = found->second;
  expect(burst.member == member, "5: a packet passes through the gate of another member");
  expect(burst.channel == passage.channel, "2: a packet passes on another channel");
  expect(!burst.first || !is_after(*burst.first, rtp), "10: a packet passes before its press");
  expect(!burst.last || !is_after(rtp, *burst.last), "10: a packet passes after its release");
  burst.packet_at = now;
}

void FloorWatch::after(const FloorArbiter& arbiter, Timestamp now, const FloorOutbox& out) {
  read_messages(arbiter, out);
  read_gates(arbiter, now, out);
  check_holders(arbiter, now);
  check_queue(arbiter);
  check_progress(arbiter, now);
  if (!removed_.is_none()) {
    final_.erase(final_.lower_bound({removed_, 0}), final_.lower_bound({removed_, ~0U}));
  }
}

void FloorWatch::read_answer(MemberId member, std::uint32_t req_id, const Final& answer) {
  if (req_id == 0) return;
  // Who is no member is not remembered.
  if (!answer.is_granted && answer.cause == DenyCause::not_a_member) {
    open_.erase({member, req_id});
    if (pressed_ == Asked{member, req_id}) is_answered_ = true;
    return;
  }
  const Asked asked{member, req_id};
  if (pressed_ == asked || cancelled_ == asked) is_answered_ = true;
  open_.erase(asked);
  // An answer may be forgotten after so many newer ones.
  if (req_id > 12) {
    final_.erase(final_.lower_bound({member, 0}), final_.lower_bound({member, req_id - 12}));
  }
  const auto [place, is_new] = final_.emplace(asked, answer);
  expect(is_new || place->second == answer, "3: a press has two different answers");
}

void FloorWatch::read_messages(const FloorArbiter& arbiter, const FloorOutbox& out) {
  bool is_told_to_all = false;
  bool are_holders_told = false;
  std::uint64_t fseq = seq_before_.second;
  for (const FloorTold& told : out.told) {
    expect(told.message_id > message_id_, "4: message ids grow");
    message_id_ = told.message_id;
    expect(told.fseq >= fseq, "4: fseq never falls");
    expect(told.fseq <= fseq + 1, "12: the audit has a gap");
    fseq = told.fseq;
    if (told.to.is_none()) {
      is_told_to_all = true;
      expect(told.fseq > seq_before_.second, "4: a change has a new fseq");
    }
    are_holders_told |=
        std::holds_alternative<Taken>(told.message) || std::holds_alternative<Idle>(told.message);
    if (const auto* granted = std::get_if<Granted>(&told.message)) {
      read_answer(told.to, granted->req_id, {true, granted->grant, {}});
    } else if (const auto* denied = std::get_if<Denied>(&told.message)) {
      read_answer(told.to, denied->req_id, {false, {}, denied->cause});
    } else if (const auto* queued = std::get_if<Queued>(&told.message)) {
      const Asked asked{told.to, queued->req_id};
      if (queued->req_id == 0) continue;  // voice was the press
      if (pressed_ == asked) is_answered_ = true;
      expect(!final_.contains(asked), "3: a press is queued after its final answer");
      open_[asked] = true;
    } else if (std::holds_alternative<Offer>(told.message)) {
      offered_.insert(told.to);
    } else if (const auto* revoked = std::get_if<Revoked>(&told.message)) {
      if (const auto gate = gates_.find(revoked->grant); gate != gates_.end()) {
        gate->second.is_ended_by_somebody = true;
      }
    }
  }
  expect(arbiter.fseq() == fseq || !is_told_to_all, "12: the newest change is not told");
  expect(arbiter.fseq() == seq_before_.second || is_told_to_all, "12: a change is told to nobody");
  const auto differs = [](const FloorHolder& a, const FloorHolder& b) {
    return a.grant != b.grant || a.priority != b.priority || a.is_revoking != b.is_revoking;
  };
  bool has_changed = holders_before_.size() != arbiter.holders().size();
  for (std::size_t i = 0; !has_changed && i < holders_before_.size(); ++i) {
    has_changed = differs(holders_before_[i], arbiter.holders()[i]);
  }
  expect(!has_changed || are_holders_told, "12: a change of holders is told to nobody");
  const bool is_known = pressed_ && arbiter.rights(pressed_->first) != nullptr;
  expect(!is_known || is_answered_, "3: a press has no answer");
  if (cancelled_) {
    const auto index = std::ranges::find(arbiter.queue(), cancelled_->first, &FloorWaiting::member);
    expect(index == arbiter.queue().end() || index->req_id != cancelled_->second,
           "3: a cancelled press still waits");
  }
}

void FloorWatch::read_gates(const FloorArbiter& arbiter, Timestamp now, const FloorOutbox& out) {
  if (released_) {
    const auto gate = gates_.find(released_->second);
    if (gate != gates_.end()) {
      if (gate->second.member == released_->first) {
        gate->second.is_ended_by_somebody = true;
      } else {
        expect(holds(arbiter.holders(), released_->second) ==
                   holds(holders_before_, released_->second),
               "5: somebody else's release ends a burst");
      }
    }
  }
  for (const GateChange& change : out.gates) {
    const auto gate = gates_.find(change.grant);
    if (change.kind == GateChange::Kind::open) {
      if (gate != gates_.end() && returned_ == change.member) continue;
      expect(gate == gates_.end(), "2: a gate opens twice");
      expect(std::ranges::none_of(gates_,
                                  [&](const auto& g) {
                                    return g.second.member == change.member ||
                                           g.second.channel == change.channel;
                                  }),
             "2: two gates for one member or one channel");
      gates_[change.grant] = {.member = change.member,
                              .channel = change.channel,
                              .since = now,
                              .packet_at = {},
                              .first = change.first_timestamp,
                              .last = {}};
      continue;
    }
    expect(gate != gates_.end() && gate->second.member == change.member &&
               gate->second.channel == change.channel,
           "2: a gate shuts that is not open");
    if (gate == gates_.end()) continue;
    if (change.kind == GateChange::Kind::open_until) {
      gate->second.last = change.last_timestamp;
      gate->second.is_ended_by_somebody = true;
      continue;
    }
    Burst& burst = gate->second;
    const bool is_ours = removed_ == burst.member || lost_.contains(burst.member);
    const Duration silence =
        burst.packet_at ? arbiter.policy().end_of_media : arbiter.policy().first_media;
    expect(burst.is_ended_by_somebody || is_ours ||
               now >= burst.packet_at.value_or(burst.since) + silence,
           "a burst ends without a reason");
    const bool is_told = std::ranges::any_of(out.told, [&](const FloorTold& told) {
      const auto* done = std::get_if<Done>(&told.message);
      return done != nullptr && done->grant == change.grant && told.to == change.member;
    });
    expect(is_told, "a shut gate is not told to who spoke");
    gates_.erase(gate);
  }
  for (const auto& [grant, burst] : gates_) {
    expect(arbiter.is_open(burst.member), "2: an open gate is nobody's");
  }
}

void FloorWatch::check_holders(const FloorArbiter& arbiter, Timestamp now) {
  const FloorPolicy& policy = arbiter.policy();
  const auto holders = arbiter.holders();
  expect(holders.size() <= places(policy), "1: more holders than the mode has");
  std::set<MemberId> members;
  for (const FloorHolder& holder : holders) {
    expect(members.insert(holder.member).second, "1: a member holds the floor twice");
    const FloorRights* rights = arbiter.rights(holder.member);
    expect(rights != nullptr && rights->may_talk, "5: a holder is no talker of the room");
    const auto gate = gates_.find(holder.grant);
    expect(gate != gates_.end(), "2: a holder has no open gate");
    if (gate == gates_.end() || holder.is_revoking) continue;
    const auto since = gate->second.packet_at.value_or(gate->second.since);
    const Duration silence = gate->second.packet_at ? policy.end_of_media : policy.first_media;
    expect(now < since + silence, "7: a silent holder keeps the floor");
  }
}

void FloorWatch::check_queue(const FloorArbiter& arbiter) {
  const auto queue = arbiter.queue();
  const bool is_chaired = arbiter.policy().mode == FloorMode::chaired;
  expect(queue.size() <= (is_chaired ? kMaxChairedQueue : kMaxFloorQueue),
         "6: the queue is longer than its limit");
  std::set<MemberId> members;
  std::size_t asked = 0;
  for (const FloorWaiting& waiting : queue) {
    expect(members.insert(waiting.member).second, "6: a member waits twice");
    expect(std::ranges::find(arbiter.holders(), waiting.member, &FloorHolder::member) ==
               arbiter.holders().end(),
           "6: a holder waits");
    if (waiting.req_id == 0) continue;
    ++asked;
    expect(open_.contains({waiting.member, waiting.req_id}), "3: who waits was not told");
  }
  expect(asked == open_.size(), "3: a press left the queue without a final answer");
  if (!expects_arrival_order || is_chaired) return;
  std::erase_if(offered_, [&](MemberId member) { return !members.contains(member); });
  for (std::size_t i = 1; i < queue.size(); ++i) {
    const FloorWaiting& a = queue[i - 1];
    if (offered_.contains(a.member)) continue;  // stays in front of his tier
    const FloorWaiting& b = queue[i];
    expect(a.priority > b.priority || (a.priority == b.priority && a.since <= b.since),
           "8: the queue is out of order");
  }
}

// At rest nobody waits for a free place, nobody who pre-empts waits without a revoke, and whatever
// is held ends some time.
void FloorWatch::check_progress(const FloorArbiter& arbiter, Timestamp now) {
  const auto holders = arbiter.holders();
  const FloorPolicy& policy = arbiter.policy();
  if (!holders.empty()) {
    const Duration silence = std::max(policy.first_media, policy.end_of_media);
    const Duration grace = std::max(policy.grace_limit, policy.grace_preempted);
    expect(arbiter.deadline() <= now + std::max({silence, grace, policy.tail}),
           "7: a burst without an end");
  }
  const bool is_at_rest =
      arbiter.state() == FloorState::frozen || policy.mode == FloorMode::chaired;
  if (is_at_rest || arbiter.queue().empty()) return;
  if (holders.empty()) {
    expect(arbiter.state() == FloorState::offered, "7: a free floor is kept from the queue");
  }
  const FloorWaiting& head = arbiter.queue().front();
  const bool is_one = policy.mode == FloorMode::ptt && holders.size() == 1 && head.is_pressing;
  if (is_one && head.priority.tier > holders.front().priority.tier) {
    expect(holders.front().is_revoking, "9: who pre-empts waits without a revoke");
  }
}

}  // namespace parley::sfu
