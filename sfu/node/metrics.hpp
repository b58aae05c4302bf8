// The node's numbers as Prometheus samples. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "service/metrics.hpp"
#include "sfu/core/ticket_gate.hpp"
#include "sfu/node/control_link.hpp"
#include "sfu/node/worker.hpp"

namespace parley::sfu {

struct NodeNumbers {
  std::span<const WorkerStatus> workers;
  ControlLinkCounters link;
  bool is_link_up = false;
  TicketFaultCounts refused_tickets{};
  std::uint64_t heap_bytes = 0;
};

// Sums over all workers; each named drop is one sample. packets_in_total +
// worker_messages_in_total equals voice_packets_accepted_total + voice_packets_handed_total +
// voice_packets_relayed_total + voice_packets_held + control_packets_total + the sum of
// drops_total, and voice_copies_expected_total equals voice_copies_out_total + the sum of
// listener_drops_total.
[[nodiscard]] std::vector<service::MetricSample> make_samples(const NodeNumbers& numbers);

}  // namespace parley::sfu
