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
  };

  const JoinPlan& plan;
  RoomIndex room;
  Timestamp start;
  std::vector<Talker> talkers;   // of the talk that is running
  std::vector<MemberIndex> old;  // who was there before
  Schedule schedule;
  std::vector<One> all{};
  std::vector<std::size_t> open{};  // places in `all` that are still joining
  std::vector<std::size_t> deaf{};  // that are ready and have heard nothing yet
  Speech speech{};
  ProcessTimes cpu{};
  Duration load_cpu{0};
  std::uint64_t talk_lost = 0;

  [[nodiscard]] std::uint32_t total() const { return plan.talkers + plan.listeners; }
  [[nodiscard]] bool has_to_hear() const { return plan.talking_rate > 0; }
  [[nodiscard]] bool is_done() const {
    return all.size() == total() && open.empty() && deaf.empty();
  }
};

Result<void> LoadEngine::begin_join(Joining& joining) {
  const auto index = static_cast<std::uint32_t>(joining.all.size());
  const bool talks = index < joining.plan.talkers;
  const bool stamped =
      !talks && is_probe(index - joining.plan.talkers, joining.plan.listeners, options_.probes);
  const auto member = static_cast<MemberIndex>(ears_.size());
  auto socket = ears_.add(stamped);
  if (!socket) return std::unexpected(socket.error());
  next_sequence_.push_back(0);
  joining.open.push_back(joining.all.size());
  const Now now = net::read_clock();
  joining.all.push_back({.member = member, .began = now.mono});
  return target_.begin_join(joining.room, talks, **socket, now);
}

// Drains these, and keeps the talk on its time: one handshake step costs a good part of a
// millisecond, and a thousand may lie in one round.
void LoadEngine::drain_joining(Joining& joining, std::span<const std::size_t> places) {
  for (const std::size_t place : places) {
    ears_.drain(joining.all[place].member, net::read_clock());
    send_due(joining.schedule, joining.talkers, 0, joining.speech);
  }
}

// Takes note of what became of those who are joining or still deaf.
void LoadEngine::follow_joins(Joining& joining) {
  drain_joining(joining, joining.open);
  drain_joining(joining, joining.deaf);
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
        return true;
    }
    return true;
  });
  std::erase_if(joining.deaf, [&](std::size_t place) {
    return ears_.first_voice(joining.all[place].member).has_value();
  });
}

// Until all have joined, and heard somebody where somebody talks, or the limit is reached.
Result<void> LoadEngine::carry_joins(Joining& joining) {
  Timestamp next_old_round = joining.start + kOldRound;
  Timestamp end = joining.start + joining.plan.limit;
  bool is_ending = false;
  for (Timestamp now = joining.start; now < end; now = net::read_monotonic()) {
    while (joining.all.size() < joining.total() && joining.open.size() < joining.plan.at_once) {
      if (auto begun = begin_join(joining); !begun) return begun;
      send_due(joining.schedule, joining.talkers, 0, joining.speech);
    }
    target_.tick(net::read_clock());
    send_due(joining.schedule, joining.talkers, 0, joining.speech);
    follow_joins(joining);
    if (now >= next_old_round) {
      next_old_round = now + kOldRound;
      for (const MemberIndex member : joining.old) ears_.drain(member, net::read_clock());
    }
    if (joining.is_done() && !is_ending) {
      is_ending = true;
      end = std::min(end, net::read_monotonic() + (joining.has_to_hear() ? kTalkOn : Duration(0)));
    }
    net::sleep_until(std::min(now + kJoinRound, joining.schedule.due()));
  }
  return {};
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
  report.talk_worst_lateness = joining.schedule.worst_lateness();
  report.cpu = joining.cpu;
  report.load_cpu = joining.load_cpu;
  return report;
}

Result<JoinReport> LoadEngine::join(const JoinPlan& plan) {
  if (plan.room && *plan.room >= rooms_.size()) {
    return fail(ErrorCode::not_found, "nobody has joined that room");
  }
  const RoomIndex room = plan.room.value_or(static_cast<RoomIndex>(rooms_.size()));
  if (!plan.room) rooms_.emplace_back();
  const std::vector<Talker> talkers = talkers_of({&room, 1});
  const Timestamp start = net::read_monotonic();
  Joining joining{.plan = plan,
                  .room = room,
                  .start = start,
                  .talkers = talkers,
                  .old = rooms_[room].listeners,
                  .schedule = Schedule(start, static_cast<std::uint32_t>(talkers.size()),
                                       plan.talking_rate, plan.limit)};
  ears_.reset();
  ears_.set_probe_sample(1);
  const ProcessTimes before = read_process_times(server_pid()).value_or(ProcessTimes{});
  const Duration load_before = own_cpu();
  if (auto carried = carry_joins(joining); !carried) return std::unexpected(carried.error());
  joining.cpu = cpu_since(before);
  joining.load_cpu = own_cpu() - load_before;
  const std::uint64_t expected = joining.speech.sent * joining.old.size();
  if (joining.has_to_hear()) calm(joining.old, expected);
  const EarTotals heard = ears_.totals(joining.old);
  const std::uint64_t came = heard.received - heard.duplicated;
  joining.talk_lost = expected > came ? expected - came : 0;
  for (std::size_t i = 0; i < joining.all.size(); ++i) {
    if (joining.all[i].ready == kNever) continue;
    Room& there = rooms_[room];
    (i < plan.talkers ? there.talkers : there.listeners).push_back(joining.all[i].member);
  }
  return report_join(joining);
}

}  // namespace parley::client
