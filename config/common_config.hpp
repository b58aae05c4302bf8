// The sections that are the same in every program.
#pragma once

#include <cstdint>

#include "base/endpoint.hpp"

namespace parley::config {

inline constexpr IpAddress kLoopbackV4{.bytes = {127, 0, 0, 1}};

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

// Prometheus metrics over plain HTTP, for a scraper on this machine or behind a firewall.
struct MetricsConfig {
  IpAddress listen = kLoopbackV4;
  std::uint16_t port = 0;  // 0: off
  friend bool operator==(const MetricsConfig&, const MetricsConfig&) = default;
};

}  // namespace parley::config
