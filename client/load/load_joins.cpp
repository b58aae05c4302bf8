// The joining half of the engine.
#include <algorithm>

#include "client/load/load_engine.hpp"
#include "net/clock.hpp"

namespace parley::client {
namespace {

constexpr Duration kJoinRound = std::chrono::milliseconds(2);
// Members who are there already are drained less often than those who join.
constexpr Duration kOldRound = std::chrono::milliseconds(20);
// The talk goes on so long after the last one has heard it.
constexpr Duration kTalkOn = std::chrono::milliseconds(100);

// Stamped members lie evenly spread in the room, the last one among them.
bool is_probe(std::uint32_t listener, std::uint32_t listeners, std::uint32_t probes) {
  if (probes == 0) return false;
  const auto rank = [&](std::uint64_t of) { return of * probes / listeners; };
  return rank(listener + 1ULL) != rank(listener);
}

}  // namespace

// Everything about one call of join().
struct LoadEngine::Joining {
  struct One {
    MemberIndex member;
    Timestamp began;
    Timestamp ready = kNever;
    bool has_failed = false;
  };

  const JoinPlan& plan;
  RoomIndex room;
  Timestamp start;
  std::vector<One> all{};
  std::vector<std::size_t> open{};  // places in `all` that are still joining
  std::vector<std::size_t> deaf{};  // that are ready and have heard nothing yet
  std::vector<MemberIndex> old{};   // who was there before
  Speech speech{};
  ProcessTimes cpu{};
  std::uint64_t talk_lost = 0;

  [[nodiscard]] std::uint32_t total() const { return plan.talkers + plan.listeners; }
  [[nodiscard]] bool has_to_hear() const { return plan.talking_rate > 0; }
};

Result<void> LoadEngine::begin_join(Joining& joining, Now now) {
  const auto index = static_cast<std::uint32_t>(joining.all.size());
  const bool talks = index < joining.plan.talkers;
  const bool stamped =
      !talks && is_probe(index - joining.plan.talkers, joining.plan.listeners, options_.probes);
  const auto member = static_cast<MemberIndex>(ears_.size());
  auto socket = ears_.add(stamped);
  if (!socket) return std::unexpected(socket.error());
  next_sequence_.push_back(0);
  joining.open.push_back(joining.all.size());
  joining.all.push_back({.member = member, .began = now.mono});
  return target_.begin_join(joining.room, talks, **socket, now);
}

// Drains who is joining or still deaf, and takes note of what became of them.
void LoadEngine::follow_joins(Joining& joining, Now now) {
  for (const std::size_t place : joining.open) ears_.drain(joining.all[place].member, now);
  for (const std::size_t place : joining.deaf) ears_.drain(joining.all[place].member, now);
  std::erase_if(joining.open, [&](std::size_t place) {
    Joining::One& one = joining.all[place];
    switch (target_.join_state(one.member)) {
      case JoinState::joining:
        return false;
      case JoinState::ready:
        one.ready = net::read_monotonic();
        if (joining.has_to_hear()) joining.deaf.push_back(place);
        return true;
      case JoinState::failed:
        one.has_failed = true;
        return true;
    }
    return true;
  });
  std::erase_if(joining.deaf, [&](std::size_t place) {
    return ears_.first_voice(joining.all[place].member).has_value();
  });
}

JoinReport LoadEngine::report_join(const Joining& joining) const {
  std::vector<Duration> ready;
  std::vector<Duration> voice;
  JoinReport report;
  report.room = joining.room;
  for (const Joining::One& one : joining.all) {
    if (one.ready == kNever) {
      ++report.failed;
      continue;
    }
    ++report.joined;
    ready.push_back(one.ready - one.began);
    report.took = std::max(report.took, one.ready - joining.start);
    const auto first = ears_.first_voice(one.member);
    if (!first) continue;
    voice.push_back(*first - one.began);
    report.all_hear = std::max(report.all_hear, *first - joining.start);
  }
  report.ready = percentiles_of(std::move(ready));
  report.first_voice = percentiles_of(std::move(voice));
  report.talk_expected = joining.speech.sent * joining.old.size();
  report.talk_lost = joining.talk_lost;
  report.cpu = joining.cpu;
  return report;
}

Result<JoinReport> LoadEngine::join(const JoinPlan& plan) {
  if (plan.room && *plan.room >= rooms_.size()) {
    return fail(ErrorCode::not_found, "nobody has joined that room");
  }
  const RoomIndex room = plan.room.value_or(static_cast<RoomIndex>(rooms_.size()));
  if (!plan.room) rooms_.emplace_back();
  Joining joining{.plan = plan, .room = room, .start = net::read_monotonic()};
  joining.old = rooms_[room].listeners;
  const std::vector<Talker> talkers = talkers_of({&room, 1});
  Schedule schedule(joining.start, static_cast<std::uint32_t>(talkers.size()), plan.talking_rate,
                    plan.limit);
  ears_.reset();
  ears_.set_probe_sample(1);
  const ProcessTimes before = read_process_times(server_pid()).value_or(ProcessTimes{});
  Timestamp next_old_round = joining.start + kOldRound;
  Timestamp talk_until = kNever;
  while (true) {
    const Now now = net::read_clock();
    while (joining.all.size() < joining.total() && joining.open.size() < plan.at_once) {
      if (auto begun = begin_join(joining, now); !begun) return std::unexpected(begun.error());
      send_due(schedule, talkers, 0, joining.speech);
    }
    send_due(schedule, talkers, 0, joining.speech);
    target_.tick(now);
    follow_joins(joining, now);
    if (now.mono >= next_old_round) {
      next_old_round = now.mono + kOldRound;
      for (const MemberIndex member : joining.old) ears_.drain(member, now);
    }
    const bool is_done =
        joining.all.size() == joining.total() && joining.open.empty() && joining.deaf.empty();
    if (is_done && talk_until == kNever)
      talk_until = now.mono + (joining.has_to_hear() ? kTalkOn : Duration(0));
    if (now.mono >= std::min(talk_until, joining.start + plan.limit)) break;
    net::sleep_until(std::min(now.mono + kJoinRound, schedule.due()));
  }
  joining.cpu = cpu_since(before);
  const std::uint64_t expected = joining.speech.sent * joining.old.size();
  if (joining.has_to_hear()) calm(joining.old, expected);
  const EarTotals heard = ears_.totals(joining.old);
  const std::uint64_t came = heard.received - heard.duplicated;
  joining.talk_lost = expected > came ? expected - came : 0;
  for (const Joining::One& one : joining.all) {
    if (one.ready == kNever) continue;
    const bool talks = &one - joining.all.data() < static_cast<std::ptrdiff_t>(plan.talkers);
    (talks ? rooms_[room].talkers : rooms_[room].listeners).push_back(one.member);
  }
  return report_join(joining);
}

}  // namespace parley::client
