#include "client/load/load_engine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "client/load/voice_payload.hpp"
#include "net/clock.hpp"

namespace parley::client {
namespace {

constexpr Duration kCalmRound = std::chrono::milliseconds(10);
constexpr int kCalmRounds = 4;       // in a row without voice
constexpr int kPatientRounds = 50;   // ... while something is missing
constexpr int kMaxCalmRounds = 300;  // an overloaded server may have seconds of backlog
constexpr Duration kLongestDrain = std::chrono::milliseconds(100);
constexpr Duration kShortestDrain = std::chrono::milliseconds(2);
// Packets a socket gathers between two looks at it: one recvmmsg takes them all.
constexpr double kPacketsPerDrain = 32;
// Packets/s of one socket up to which every packet of a probe is decrypted.
constexpr double kProbeRate = 100;

std::uint64_t part_of(std::uint64_t whole, std::uint64_t part, std::uint64_t of) {
  if (of == 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(whole) * static_cast<double>(part) /
                                    static_cast<double>(of));
}

}  // namespace

LoadEngine::LoadEngine(Target& target, EngineOptions options)
    : target_(target), options_(options), ears_(target, options.ears), loss_state_(options.seed) {}

void LoadEngine::idle() { target_.idle(net::read_clock()); }

int LoadEngine::server_pid() const {
  return options_.server_pid != 0 ? options_.server_pid : target_.server_pid();
}

// Exact run time; user and system in the proportion in which the kernel's ticks saw them.
ProcessTimes LoadEngine::cpu_since(const ProcessTimes& before) const {
  const ProcessTimes after = read_process_times(server_pid()).value_or(before);
  const std::uint64_t run = after.run_ns - before.run_ns;
  const std::uint64_t user = after.user_ns - before.user_ns;
  const std::uint64_t system = after.system_ns - before.system_ns;
  return {.run_ns = run,
          .user_ns = part_of(run, user, user + system),
          .system_ns = part_of(run, system, user + system)};
}

std::vector<LoadEngine::Talker> LoadEngine::talkers_of(std::span<const RoomIndex> rooms) const {
  std::vector<Talker> talkers;
  for (const RoomIndex room : rooms) {
    for (const MemberIndex member : rooms_[room].talkers) talkers.push_back({member, room});
  }
  return talkers;
}

std::vector<MemberIndex> LoadEngine::members_of(std::span<const RoomIndex> rooms) const {
  std::vector<MemberIndex> members;
  for (const RoomIndex room : rooms) {
    members.insert(members.end(), rooms_[room].talkers.begin(), rooms_[room].talkers.end());
    members.insert(members.end(), rooms_[room].listeners.begin(), rooms_[room].listeners.end());
  }
  return members;
}

std::uint64_t LoadEngine::hearers_of(const Talker& talker) const {
  const Room& room = rooms_[talker.room];
  return room.listeners.size() + (target_.traits().talkers_hear ? room.talkers.size() - 1 : 0);
}

Duration LoadEngine::drain_interval(const WindowPlan& plan, std::size_t streams) const {
  if (plan.drain_every) return *plan.drain_every;
  if (plan.rate <= 0) return kShortestDrain * 4;
  const double seconds =
      kPacketsPerDrain / (plan.rate * static_cast<double>(std::max<std::size_t>(streams, 1)));
  return std::clamp(Duration(static_cast<std::int64_t>(seconds * 1e6)), kShortestDrain,
                    kLongestDrain);
}

std::size_t LoadEngine::round(std::span<const MemberIndex> members,
                              const std::function<void()>& between) {
  std::size_t voices = 0;
  const Now now = net::read_clock();
  for (const MemberIndex member : members) {
    voices += ears_.drain(member, now);
    if (between) between();
  }
  target_.tick(now);
  return voices;
}

void LoadEngine::calm(std::span<const MemberIndex> members, std::uint64_t expected) {
  int quiet = 0;
  for (int i = 0; i < kMaxCalmRounds; ++i) {
    net::sleep_until(net::read_monotonic() + kCalmRound);
    quiet = round(members) == 0 ? quiet + 1 : 0;
    if (quiet < kCalmRounds) continue;
    if (quiet >= kPatientRounds || ears_.totals(members).received >= expected) return;
  }
}

// SplitMix64: the same packets are lost for the same seed.
bool LoadEngine::is_lost_on_purpose(double loss) {
  if (loss <= 0) return false;
  loss_state_ += 0x9e37'79b9'7f4a'7c15U;
  std::uint64_t mixed = loss_state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58'476d'1ce4'e5b9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d0'49bb'1331'11ebU;
  mixed ^= mixed >> 31;
  return static_cast<double>(mixed >> 11) * 0x1p-53 < loss;
}

void LoadEngine::say(const Talker& talker, Now now) {
  std::array<std::uint8_t, kMaxVoicePayload> buffer;
  const MutableBytes payload = MutableBytes(buffer).first(options_.payload_bytes);
  const std::uint64_t sequence = next_sequence_[talker.member];
  write_voice_payload({.talker = talker.member, .sequence = sequence, .sent_at = now.wall},
                      payload);
  const auto rtp_time = static_cast<std::uint32_t>(now.mono.time_since_epoch().count() * 48 / 1000);
  target_.speak(talker.member,
                {.sequence = sequence, .rtp_timestamp = rtp_time, .payload = payload});
}

void LoadEngine::send_due(Schedule& schedule, std::span<const Talker> talkers, double loss,
                          Speech& speech) {
  if (schedule.is_over()) return;
  for (Now now = net::read_clock(); schedule.due() <= now.mono; now = net::read_clock()) {
    const Talker& talker = talkers[schedule.take(now.mono).talker];
    if (!is_lost_on_purpose(loss)) {
      say(talker, now);
      ++speech.sent;
      speech.expected += hearers_of(talker);
    }
    ++next_sequence_[talker.member];
  }
}

LoadEngine::Speech LoadEngine::speak(const WindowPlan& plan, Duration duration,
                                     std::span<const MemberIndex> ears) {
  if (target_.speaks_itself()) return let_speak(plan, duration, ears);
  const std::vector<Talker> talkers = talkers_of(plan.rooms);
  const Duration drain_every = drain_interval(plan, talkers.size());
  Speech speech;
  const Timestamp start = net::read_monotonic();
  Schedule schedule(start, static_cast<std::uint32_t>(talkers.size()), plan.rate, duration,
                    plan.is_paced);
  Timestamp next_round = start + drain_every;
  while (!schedule.is_over()) {
    send_due(schedule, talkers, plan.loss, speech);
    if (net::read_monotonic() >= next_round) {
      round(ears, [&] { send_due(schedule, talkers, plan.loss, speech); });
      next_round = std::max(next_round + drain_every, net::read_monotonic());
    }
    net::sleep_until(std::min(schedule.due(), next_round));
  }
  speech.late = schedule.late();
  speech.worst_lateness = schedule.worst_lateness();
  speech.took = net::read_monotonic() - start;
  return speech;
}

LoadEngine::Speech LoadEngine::let_speak(const WindowPlan& plan, Duration duration,
                                         std::span<const MemberIndex> ears) {
  const RoomIndex room = plan.rooms.front();
  const Duration drain_every = drain_interval(plan, rooms_[room].talkers.size());
  target_.begin_speech({.room = room,
                        .packets_per_second = plan.rate,
                        .duration = duration,
                        .payload_bytes = options_.payload_bytes});
  while (true) {
    const Timestamp next_round = net::read_monotonic() + drain_every;
    round(ears);
    if (const auto done = target_.speech_done()) {
      return {.sent = done->sent,
              .expected = done->sent * rooms_[room].listeners.size(),
              .late = done->late,
              .worst_lateness = done->worst_lateness,
              .took = done->took};
    }
    net::sleep_until(next_round);
  }
}

void LoadEngine::refresh() {
  std::vector<MemberIndex> everybody(ears_.size());
  std::iota(everybody.begin(), everybody.end(), MemberIndex{0});
  target_.refresh(net::read_clock());
  calm(everybody, 0);
}

Result<WindowReport> LoadEngine::window(const WindowPlan& plan) {
  for (const RoomIndex room : plan.rooms) {
    if (room >= rooms_.size()) return fail(ErrorCode::not_found, "nobody has joined that room");
    if (rooms_[room].talkers.empty()) {
      return fail(ErrorCode::failed_precondition, "a room of the window has no talkers");
    }
  }
  const bool is_whole = !plan.rooms.empty() && (plan.rate > 0 || target_.speaks_itself()) &&
                        (plan.rooms.size() == 1 || !target_.speaks_itself());
  if (!is_whole) return fail(ErrorCode::invalid_argument, "this target cannot speak like that");
  const std::vector<MemberIndex> ears = members_of(plan.rooms);
  refresh();
  const std::size_t streams = talkers_of(plan.rooms).size();
  ears_.set_probe_sample(static_cast<std::uint32_t>(
      std::max(1.0, std::ceil(plan.rate * static_cast<double>(streams) / kProbeRate))));
  if (plan.warm_up > Duration(0)) {
    ears_.reset();
    calm(ears, speak(plan, plan.warm_up, ears).expected);
  }
  ears_.reset();
  const ProcessTimes before = read_process_times(server_pid()).value_or(ProcessTimes{});
  const Speech speech = speak(plan, plan.duration, ears);
  const Timestamp deadline = net::read_monotonic() + kGrace;
  for (Timestamp now = net::read_monotonic(); now < deadline; now = net::read_monotonic()) {
    net::sleep_until(std::min(now + kCalmRound, deadline));
    round(ears);
  }
  WindowReport report;
  report.cpu = cpu_since(before);
  report.ears = ears_.totals(ears);
  report.delay = percentiles_of(ears_.delays());
  calm(ears, speech.expected);
  report.late_copies = ears_.totals(ears).received - report.ears.received;
  report.talkers = static_cast<std::uint32_t>(streams);
  report.listeners = static_cast<std::uint32_t>(ears.size() - streams);
  report.rate = plan.rate;
  report.took = speech.took;
  report.sent = speech.sent;
  report.expected = speech.expected;
  report.forwarded = report.ears.received - report.ears.duplicated;
  report.late_sends = speech.late;
  report.worst_lateness = speech.worst_lateness;
  report.resident_bytes = read_resident_bytes(server_pid()).value_or(0);
  report.is_flagged =
      speech.worst_lateness > kStandstill ||
      static_cast<double>(speech.late) > kMaxLatePart * static_cast<double>(speech.sent);
  return report;
}

}  // namespace parley::client
