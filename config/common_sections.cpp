#include "config/common_sections.hpp"

#include <array>

namespace parley::config {

void read_log(YamlReader::Section section, LogConfig& log) {
  static constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevels{{
      {"debug", LogLevel::debug},
      {"info", LogLevel::info},
      {"warning", LogLevel::warning},
      {"error", LogLevel::error},
  }};
  static constexpr std::array<std::pair<std::string_view, LogFormat>, 2> kFormats{{
      {"text", LogFormat::text},
      {"json", LogFormat::json},
  }};
  section.choice<LogLevel>("level", log.level, kLevels);
  section.choice<LogFormat>("format", log.format, kFormats);
}

void read_metrics(YamlReader::Section section, MetricsConfig& metrics) {
  section.address("listen", metrics.listen);
  section.number("port", metrics.port, 0, 65535);
}

bool is_wildcard(const IpAddress& address) { return address.bytes == IpAddress{}.bytes; }

}  // namespace parley::config
