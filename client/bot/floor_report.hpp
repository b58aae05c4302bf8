// What parley-bot tells of the floor: a line for every change, and for measurements a file with one
// JSON object per line, each with the wall clock in microseconds (at_us).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "client/bot/report.hpp"
#include "client/core/client_core.hpp"

namespace parley::client {

class FloorReport {
 public:
  // A burst is taken for over when nothing came for so long.
  static constexpr Duration kBurstEnd = std::chrono::milliseconds(700);
  // RTP ticks without a packet that make the next one a new burst: 120 ms.
  static constexpr std::uint32_t kPauseTicks = 5760;

  FloorReport(Report& report, const ClientCore& core) : report_(report), core_(core) {}
  // Where the JSON goes; without it there is none. Errors: io.
  [[nodiscard]] Result<void> open(const std::string& file);

  void on_heard(const floor::Event& event, Now now);
  void on_own(const OwnFloorChanged& change, Now now);
  void on_voice_sent(const VoiceSent& sent, WallTime wall);
  void on_audio(const AudioReceived& audio, Now now);
  void on_joined(std::uint64_t room_id, WallTime wall);
  void on_media_connected(WallTime wall);
  void tick(Timestamp now);  // ends bursts in which nothing came any more
  void finish();             // ends all
  // False: not everything could be written.
  [[nodiscard]] bool is_written() const { return !events_.is_open() || events_.good(); }

 private:
  struct Sent {
    std::uint64_t room_id;
    std::uint32_t timestamp;
    std::uint32_t payload;  // a hash: names the packet at both ends
    WallTime wall;
    std::uint64_t packets;
  };
  struct Received {
    std::uint64_t room_id;
    std::uint32_t member_id;  // 0: not known yet
    std::string sender;       // his name, which is not known any more after leaving
    std::uint16_t sequence;
    std::uint32_t timestamp;
    std::uint32_t payload;
    Now last;
    std::uint64_t packets;
    std::uint64_t gaps;  // packets that are missing in between
  };

  void say(std::uint64_t room_id, const std::string& what);
  void write(std::string_view event, std::uint64_t room_id, WallTime wall, nlohmann::json fields);
  [[nodiscard]] std::string name_of(std::uint64_t room_id, std::uint32_t member_id) const;
  [[nodiscard]] std::string quoted(std::uint64_t room_id, std::uint32_t member_id) const;
  void tell_answer(const floor::Event& event, WallTime wall);
  void tell_taken(const floor::Event& event, WallTime wall);
  void tell_emergency(const floor::Event& event, WallTime wall);
  void tell_queue(std::uint64_t room_id, const floor::Queue& queue, WallTime wall);
  void tell_state(const floor::Event& event, WallTime wall);
  [[nodiscard]] std::string describe(const OwnFloorChanged& change, Timestamp now) const;
  void end_sent();
  void end_received(std::uint8_t slot);
  [[nodiscard]] static bool begins_burst(const Received& before, const AudioReceived& audio);

  Report& report_;
  const ClientCore& core_;
  std::ofstream events_;
  std::map<std::uint64_t, floor::Mode> modes_;
  std::map<std::uint64_t, std::string> queues_;
  std::optional<Sent> sent_;
  std::map<std::uint8_t, Received> received_;  // by slot
};

}  // namespace parley::client
