// A script of presses: what a bot does with its button, and when. Plain text, one action per line:
//
//   <seconds> press [ROOM] [tier NAME] [level N] [hands-free]
//   <seconds> release | cancel | clear | leave
//   <seconds> emergency [peril]
//   <seconds> talk ROOM
//   <seconds> give NAME | cut NAME [grace S] | extend NAME S | bar NAME S | order NAME NAME...
//   <seconds> mode NAME
//   <seconds> hand up|down
//
// Seconds count from the beginning of the script. Names with blanks stand in "quotes"; what follows
// a # is a comment. Actions without a room are about the room of the last press, at first the
// first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "protocol/floor.pb.h"

namespace parley::client {

struct ScriptPress {
  std::string room;  // empty: the one of the last press
  floor::Tier tier = floor::ROUTINE;
  std::uint32_t level = 0;
  bool hands_free = false;
};
struct ScriptRelease {};
struct ScriptCancel {};
struct ScriptEmergency {
  bool is_peril = false;
};
struct ScriptClear {};
struct ScriptTalk {
  std::string room;
};
struct ScriptGive {
  std::string member;
};
struct ScriptCut {
  std::string member;
  Duration grace{};
};
struct ScriptExtend {
  std::string member;
  Duration by{};
};
struct ScriptBar {
  std::string member;
  Duration time{};
};
struct ScriptOrder {
  std::vector<std::string> members;
};
struct ScriptMode {
  floor::Mode mode = floor::OPEN;
};
struct ScriptHand {
  bool is_up = false;
};
struct ScriptLeave {};
using ScriptAction = std::variant<ScriptPress, ScriptRelease, ScriptCancel, ScriptEmergency,
                                  ScriptClear, ScriptTalk, ScriptGive, ScriptCut, ScriptExtend,
                                  ScriptBar, ScriptOrder, ScriptMode, ScriptHand, ScriptLeave>;

struct ScriptStep {
  Duration at{};
  std::size_t line = 0;
  ScriptAction action;
};

struct PttScript {
  static constexpr std::size_t kMaxSteps = 20'000;
  static constexpr double kMaxSeconds = 86'400;

  std::vector<ScriptStep> steps;  // in the order of time

  // Every mistake of the text at once, each as "file:line: what is wrong".
  static std::expected<PttScript, std::vector<std::string>> parse(std::string_view text,
                                                                  std::string_view file);
};

}  // namespace parley::client
