// What parley-bot tells: a line on standard output for every change, and a JSON file of counters at
// the end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "client/core/client_core.hpp"
#include "client/media/playout.hpp"

namespace parley::client {

// Text from others as one harmless line: control characters become '?'.
[[nodiscard]] std::string printable(std::string_view text);

class Report {
 public:
  static constexpr std::size_t kMaxNames = 4096;  // distinct names remembered; more are not listed

  // One line, written at once.
  void say(const std::string& line);
  void on_joined(const api::Joined& joined);
  // Prints what changed in the members and talkers of a room since the last call.
  void on_room_changed(const ClientCore& core, std::uint64_t room_id);
  void on_room_left(std::uint64_t room_id);
  void on_media_connected(bool is_tcp);
  void on_media_disconnected(const std::string& reason);
  void on_signaling_lost(std::string_view reason);
  void on_session(bool resumed);

  void record_started(WallTime wall) { record_started_ = wall; }
  void play_started(WallTime wall) {
    if (!play_started_) play_started_ = wall;
  }

  // Writes the JSON file. Errors: io.
  [[nodiscard]] Result<void> write_stats(const std::string& file, const ClientCore& core,
                                         const Playout& playout, std::uint64_t send_drops) const;

 private:
  struct Room {
    std::string name;
    std::map<std::uint32_t, api::Member> members;
    std::string talkers;
  };
  // " in <room>" where there are several.
  [[nodiscard]] std::string where(const Room& room) const;
  void print_talkers(const ClientCore& core, std::uint64_t room_id);

  std::map<std::uint64_t, Room> rooms_;
  std::set<std::string> names_seen_;
  std::string room_name_;  // of the first
  std::uint32_t own_member_id_ = 0;
  std::optional<WallTime> record_started_;
  std::optional<WallTime> play_started_;
  std::uint64_t media_connects_ = 0;
  std::uint64_t media_losses_ = 0;
  std::uint64_t signaling_losses_ = 0;
  std::uint64_t sessions_resumed_ = 0;
  bool was_tcp_ = false;
};

}  // namespace parley::client
