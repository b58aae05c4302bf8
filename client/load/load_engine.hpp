// Joins members to a target and measures windows of speech over them. One thread: between two sends
// it drains sockets in rounds, and looks at the schedule again after each socket.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "client/load/ears.hpp"
#include "client/load/percentiles.hpp"
#include "client/load/process_times.hpp"
#include "client/load/schedule.hpp"
#include "client/load/target.hpp"

namespace parley::client {

struct EngineOptions {
  EarsOptions ears;
  std::size_t payload_bytes = 80;  // kMinVoicePayload to kMaxVoicePayload
  std::uint64_t seed = 1;          // of the loss on purpose
  std::uint32_t probes = 32;       // stamped members of each room, spread over its listeners
  int server_pid = 0;              // 0: the target's own, if it knows one
};

struct JoinPlan {
  std::optional<RoomIndex> room{};  // none: a new one
  std::uint32_t talkers = 0;
  std::uint32_t listeners = 0;
  std::uint32_t at_once = 64;  // that are joining at the same time
  double talking_rate = 0;     // packets/s of the talkers who are there already, meanwhile
  Duration limit = std::chrono::seconds(120);
};

struct JoinReport {
  RoomIndex room = 0;
  std::uint64_t joined = 0;
  std::uint64_t failed = 0;
  Duration took{0};
  Percentiles ready;        // from the begin of each join to its end
  Percentiles first_voice;  // ... to the first voice, where somebody talked
  Duration all_hear{0};     // from the begin of the first join until all have heard voice
  // The talk that was running, at those who had been there before.
  std::uint64_t talk_expected = 0;
  std::uint64_t talk_lost = 0;
  Duration talk_worst_lateness{0};
  ProcessTimes cpu;      // of the server
  Duration load_cpu{0};  // of this process: near `took` when the load was what the joins waited for
};

struct WindowPlan {
  std::vector<RoomIndex> rooms;  // all talkers of these speak; the bare limit takes one
  double rate = 50;              // packets/s of each; 0: as fast as it can (the bare limit only)
  Duration duration = std::chrono::seconds(2);
  Duration warm_up = std::chrono::milliseconds(500);
  bool is_paced = false;                // see Schedule; the bare limit's talkers are never held up
  double loss = 0;                      // part of the talkers' packets that is not sent, on purpose
  std::optional<Duration> drain_every;  // none: as the rate asks for
};

struct WindowReport {
  std::uint32_t talkers = 0;
  std::uint32_t listeners = 0;
  double rate = 0;
  Duration took{0};
  std::uint64_t sent = 0;         // by talkers
  std::uint64_t expected = 0;     // copies that should have come
  std::uint64_t forwarded = 0;    // copies that came in time, without duplicates
  std::uint64_t late_copies = 0;  // came more than kGrace after the last send: counted as lost
  EarTotals ears;
  Percentiles delay;
  std::uint64_t late_sends = 0;
  Duration worst_lateness{0};
  ProcessTimes cpu;
  std::uint64_t resident_bytes = 0;
  bool is_flagged = false;  // the machine stood still, or the talkers missed their times
};

class LoadEngine {
 public:
  // After the last send, what is not there after this long is lost: a server with a backlog is past
  // its highest rate. More: an overloaded server looks better. Less: a short halt looks like loss.
  static constexpr Duration kGrace = std::chrono::milliseconds(50);
  // A window with a later send than this is flagged.
  static constexpr Duration kStandstill = std::chrono::milliseconds(20);
  // ... or with more late sends than this part of all.
  static constexpr double kMaxLatePart = 0.05;

  LoadEngine(Target& target, EngineOptions options);

  Result<JoinReport> join(const JoinPlan& plan);
  Result<WindowReport> window(const WindowPlan& plan);
  // Keep-alives of every member, and what is answered to them.
  void refresh();
  void set_server_pid(int pid) { options_.server_pid = pid; }
  // While nothing is asked of it.
  void idle();

 private:
  struct Room {
    std::vector<MemberIndex> talkers;
    std::vector<MemberIndex> listeners;
  };
  struct Talker {
    MemberIndex member;
    RoomIndex room;
  };
  struct Speech {
    std::uint64_t sent = 0;
    std::uint64_t expected = 0;
    std::uint64_t late = 0;
    Duration worst_lateness{0};
    Duration took{0};
  };

  struct Joining;
  Result<void> carry_joins(Joining& joining);
  Result<void> begin_join(Joining& joining);
  void drain_joining(Joining& joining, std::span<const std::size_t> places);
  void follow_joins(Joining& joining);
  JoinReport report_join(const Joining& joining) const;

  [[nodiscard]] std::vector<Talker> talkers_of(std::span<const RoomIndex> rooms) const;
  [[nodiscard]] std::vector<MemberIndex> members_of(std::span<const RoomIndex> rooms) const;
  [[nodiscard]] std::uint64_t hearers_of(const Talker& talker) const;
  [[nodiscard]] Duration drain_interval(const WindowPlan& plan, std::size_t streams) const;

  Speech speak(const WindowPlan& plan, Duration duration, std::span<const MemberIndex> ears);
  Speech let_speak(const WindowPlan& plan, Duration duration, std::span<const MemberIndex> ears);
  // What is due now is said; returns the copies to expect of it.
  void send_due(Schedule& schedule, std::span<const Talker> talkers, double loss, Speech& speech);
  void say(const Talker& talker, Now now);
  [[nodiscard]] bool is_lost_on_purpose(double loss);
  // One look into each socket; `between` after each.
  std::size_t round(std::span<const MemberIndex> members, const std::function<void()>& between);
  std::size_t round(std::span<const MemberIndex> members) { return round(members, {}); }
  // Rounds until nothing comes any more. Waits longer while fewer than `expected` copies came.
  void calm(std::span<const MemberIndex> members, std::uint64_t expected);
  [[nodiscard]] int server_pid() const;
  [[nodiscard]] ProcessTimes cpu_since(const ProcessTimes& before) const;

  Target& target_;
  EngineOptions options_;
  Ears ears_;
  std::vector<Room> rooms_;
  std::vector<std::uint64_t> next_sequence_;  // of each member
  std::uint64_t loss_state_;
};

}  // namespace parley::client
