// The command mode of parley-load: one JSON object per line in, one per line out, so that a script
// can interleave what it compares over members that joined once. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "client/load/load_engine.hpp"

namespace parley::client {

struct QuitCommand {};
// Makes every member known to be alive: for a server that waits long for its next window.
struct RefreshCommand {};
// The process whose time and memory are reported, when it was started after parley-load.
struct ServerCommand {
  int pid;
};

// {"do":"join","talkers":1,"listeners":100}, further: room, at_once, talking_rate, limit_seconds.
// {"do":"window","rooms":[0],"rate":50,"seconds":2}, further: warm_up_seconds, paced, loss,
// drain_ms.
// {"do":"server","pid":123}
// {"do":"refresh"}
// {"do":"quit"}
using Command = std::variant<JoinPlan, WindowPlan, ServerCommand, RefreshCommand, QuitCommand>;

inline constexpr std::size_t kMaxCommandBytes = 64 * 1024;
inline constexpr std::uint32_t kMaxMembersPerJoin = 100'000;
inline constexpr double kMaxSeconds = 3600;
inline constexpr double kMaxRate = 1e6;

// invalid_argument with one sentence: no JSON object, an unknown key, a value outside its range.
[[nodiscard]] Result<Command> parse_command(std::string_view line);

}  // namespace parley::client
