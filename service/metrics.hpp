// Prometheus metrics (text format over HTTP at /metrics). The program publishes a whole snapshot of
// its numbers, about once a second; a scrape reads the latest one from threads of the library and
// never touches the program's own state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "config/common_config.hpp"

namespace parley::service {

enum class MetricKind : std::uint8_t { counter, gauge };

// One line of /metrics. Lines of one name stand together and share kind and help.
struct MetricSample {
  std::string name;  // "parley_sfu_packets_in_total"
  std::string help;
  MetricKind kind = MetricKind::counter;
  std::string label = {};        // at most one label; empty: none
  std::string label_value = {};  // from our own constants, never from users
  double value = 0;
};

class MetricsExporter {
 public:
  // Off when config.port is 0. Error unavailable: the address cannot be bound.
  static Result<MetricsExporter> start(const config::MetricsConfig& config);
  // The same on a given endpoint; port 0: any free port.
  static Result<MetricsExporter> start_on(const Endpoint& endpoint);
  MetricsExporter(MetricsExporter&&) noexcept;
  MetricsExporter& operator=(MetricsExporter&&) noexcept;
  ~MetricsExporter();

  [[nodiscard]] bool is_on() const { return state_ != nullptr; }
  [[nodiscard]] std::uint16_t port() const;  // 0: off
  void publish(std::vector<MetricSample> samples);

 private:
  struct State;
  explicit MetricsExporter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::service
