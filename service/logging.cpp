#include "service/logging.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

namespace parley::service {

namespace {

using config::LogFormat;
using config::LogLevel;

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Everything outside printable ASCII becomes an escape of JSON (RFC 8259 7), so one event is one
// line and a terminal never obeys a logged byte. Bytes above 0x7f are kept: they are UTF-8 of our
// texts.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      static constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

struct AppendValue {
  std::string& out;
  void operator()(std::string_view text) const {
    out += '"';
    append_escaped(out, text);
    out += '"';
  }
  void operator()(std::int64_t number) const { append_number(out, number); }
  void operator()(std::uint64_t number) const { append_number(out, number); }
  // JSON has no infinity and no NaN.
  void operator()(double number) const {
    if (number - number == 0) {
      append_number(out, number);
    } else {
      out += "null";
    }
  }
  void operator()(bool value) const { out += value ? "true" : "false"; }
};

std::string now_rfc3339() {
  using namespace std::chrono;
  const auto now = time_point_cast<milliseconds>(system_clock::now());
  const std::time_t seconds_now = system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds_now, &utc);
  std::array<char, 24> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const long ms = static_cast<long>(now.time_since_epoch().count() % 1000);
  std::array<char, 40> out{};
  const int size = std::snprintf(out.data(), out.size(), "%s.%03ldZ", date.data(), ms);
  return {out.data(), static_cast<std::size_t>(size)};
}

// The process has one log. spdlog serialises the threads that write to it.
struct LogState {
  spdlog::logger logger{"parley", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  LogFormat format = LogFormat::text;
  LogState() {
    logger.set_pattern("%v");
    logger.flush_on(spdlog::level::debug);
  }
};

LogState& state() {
  static LogState the_log;
  return the_log;
}

}  // namespace

void start_logging(const config::LogConfig& config) {
  state().format = config.format;
  state().logger.set_level(to_spdlog(config.level));
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  LogState& the_log = state();
  const auto spd_level = to_spdlog(level);
  if (!the_log.logger.should_log(spd_level)) return;
  const std::string line = format_line(the_log.format, now_rfc3339(), level, event, fields);
  the_log.logger.log(spd_level, spdlog::string_view_t(line.data(), line.size()));
}

std::string format_line(LogFormat format, std::string_view time, LogLevel level,
                        std::string_view event, std::initializer_list<LogField> fields) {
  std::string out;
  const bool is_json = format == LogFormat::json;
  out += is_json ? "{\"time\":\"" : "";
  out += time;
  out += is_json ? "\",\"level\":\"" : " ";
  out += level_name(level);
  out += is_json ? "\",\"event\":\"" : " ";
  append_escaped(out, event);
  out += is_json ? "\"" : "";
  for (const LogField& field : fields) {
    out += is_json ? ",\"" : " ";
    append_escaped(out, field.key);
    out += is_json ? "\":" : "=";
    std::visit(AppendValue{out}, field.value);
  }
  out += is_json ? "}" : "";
  return out;
}

std::optional<std::uint64_t> LogLimiter::pass(Timestamp now) {
  if (!window_start_ || now - *window_start_ >= interval_) {
    window_start_ = now;
    in_window_ = 0;
  }
  if (in_window_ >= burst_) {
    ++suppressed_;
    return std::nullopt;
  }
  ++in_window_;
  return std::exchange(suppressed_, 0);
}

}  // namespace parley::service
