// The program's log: one line per event on standard error, as text or JSON, escaped. Fields hold no
// tokens, no names of people and only redacted addresses (base/redact.hpp). Any thread may log.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.hpp"
#include "config/common_config.hpp"

namespace parley::service {

struct LogField {
  std::string_view key;  // snake_case, a constant of the program
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;
};

// Until this is called, lines from `info` on are written as text.
void start_logging(const config::LogConfig& config);

// `event` is a short sentence for people ("media node connected").
// text: 2026-11-21T19:23:01.123Z info media node connected node="node-1" peers=3
// json: {"time":"2026-11-21T19:23:01.123Z","level":"info","event":"media node connected",...}
void log(config::LogLevel level, std::string_view event,
         std::initializer_list<LogField> fields = {});

inline void log_debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log(config::LogLevel::debug, event, fields);
}
inline void log_info(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log(config::LogLevel::info, event, fields);
}
inline void log_warning(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log(config::LogLevel::warning, event, fields);
}
inline void log_error(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log(config::LogLevel::error, event, fields);
}

// The line without the newline, as log() writes it. `time` is RFC 3339.
[[nodiscard]] std::string format_line(config::LogFormat format, std::string_view time,
                                      config::LogLevel level, std::string_view event,
                                      std::initializer_list<LogField> fields);

// Lets the first `burst` lines of each `interval` pass and counts the rest, for lines that a
// stranger can cause. Owned by the thread that logs.
class LogLimiter {
 public:
  explicit LogLimiter(Duration interval, std::uint32_t burst = 1)
      : interval_(interval), burst_(burst) {}
  // nullopt: say nothing. Else how many were suppressed since the last line that passed.
  [[nodiscard]] std::optional<std::uint64_t> pass(Timestamp now);

 private:
  Duration interval_;
  std::uint32_t burst_;
  std::optional<Timestamp> window_start_;
  std::uint32_t in_window_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace parley::service
