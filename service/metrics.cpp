#include "service/metrics.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <exception>
#include <mutex>
#include <utility>

namespace parley::service {

namespace {

prometheus::ClientMetric to_metric(const MetricSample& sample) {
  prometheus::ClientMetric metric;
  if (!sample.label.empty()) metric.label = {{sample.label, sample.label_value}};
  if (sample.kind == MetricKind::counter) {
    metric.counter.value = sample.value;
  } else {
    metric.gauge.value = sample.value;
  }
  return metric;
}

// The one thing the program's thread and the library's threads share: the newest snapshot.
class Snapshot : public prometheus::Collectable {
 public:
  void replace(std::vector<MetricSample> samples) {
    const std::lock_guard lock(mutex_);
    samples_.swap(samples);
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    std::vector<prometheus::MetricFamily> families;
    for (const MetricSample& sample : samples_) {
      if (families.empty() || families.back().name != sample.name) {
        const auto type = sample.kind == MetricKind::counter ? prometheus::MetricType::Counter
                                                             : prometheus::MetricType::Gauge;
        families.push_back({sample.name, sample.help, type, {}});
      }
      families.back().metric.push_back(to_metric(sample));
    }
    return families;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<MetricSample> samples_;
};

}  // namespace

// The library wants a weak_ptr of what it collects: the snapshot is shared with it and nobody else.
struct MetricsExporter::State {
  explicit State(const std::string& address) : exposer(address, 1) {
    exposer.RegisterCollectable(snapshot);
  }
  std::shared_ptr<Snapshot> snapshot = std::make_shared<Snapshot>();
  prometheus::Exposer exposer;
};

MetricsExporter::MetricsExporter(std::unique_ptr<State> state) : state_(std::move(state)) {}
MetricsExporter::MetricsExporter(MetricsExporter&&) noexcept = default;
MetricsExporter& MetricsExporter::operator=(MetricsExporter&&) noexcept = default;
MetricsExporter::~MetricsExporter() = default;

Result<MetricsExporter> MetricsExporter::start(const config::MetricsConfig& config) {
  if (config.port == 0) return MetricsExporter(nullptr);
  return start_on({.address = config.listen, .port = config.port});
}

Result<MetricsExporter> MetricsExporter::start_on(const Endpoint& endpoint) {
  try {
    return MetricsExporter(std::make_unique<State>(endpoint.to_string()));
  } catch (const std::exception&) {
    // civetweb's text is about its own callbacks and says nothing about the cause.
    return fail(ErrorCode::unavailable, "metrics cannot listen on " + endpoint.to_string() +
                                            ": the port is busy or the address is not ours");
  }
}

std::uint16_t MetricsExporter::port() const {
  if (state_ == nullptr) return 0;
  const std::vector<int> ports = state_->exposer.GetListeningPorts();
  return ports.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(ports.front());
}

void MetricsExporter::publish(std::vector<MetricSample> samples) {
  if (state_ != nullptr) state_->snapshot->replace(std::move(samples));
}

}  // namespace parley::service
