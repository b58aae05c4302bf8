// Times and durations as an operator writes and reads them. Times are in UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace parley::admin_cli {

// "90s", "8h", "2d", "1h30m", "2w": 1 s to 100 years.
[[nodiscard]] Result<std::chrono::seconds> parse_duration(std::string_view text);

// Seconds since 1970 of "2026-11-22", "2026-11-22T09:30", "2026-11-22T09:30:00Z",
// "2026-11-22T09:30+02:00" (without a zone: UTC), or of a duration from `now` on. "never": 0.
[[nodiscard]] Result<std::uint64_t> parse_moment(std::string_view text, WallTime now);

// "2026-11-22T09:30:00Z"; "-" for 0.
[[nodiscard]] std::string moment_text(std::uint64_t seconds);

}  // namespace parley::admin_cli
