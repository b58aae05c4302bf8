// The numbers of the signaling service as Prometheus sees them.
#pragma once

#include <vector>

#include "service/metrics.hpp"
#include "signaling/core/signaling_core.hpp"
#include "signaling/server/web_server.hpp"

namespace parley::signaling {

[[nodiscard]] std::vector<service::MetricSample> server_metrics(const SignalingCore::Counters& core,
                                                                const WebServerCounters& web,
                                                                bool has_node);

}  // namespace parley::signaling
