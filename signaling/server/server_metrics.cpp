#include "signaling/server/server_metrics.hpp"

#include <string>
#include <utility>

#include "protocol/client.pb.h"

namespace parley::signaling {

namespace {

using service::MetricKind;
using service::MetricSample;

MetricSample gauge(std::string name, std::string help, std::uint64_t value) {
  return {.name = std::move(name),
          .help = std::move(help),
          .kind = MetricKind::gauge,
          .value = static_cast<double>(value)};
}

MetricSample counter(std::string name, std::string help, std::uint64_t value) {
  return {.name = std::move(name),
          .help = std::move(help),
          .kind = MetricKind::counter,
          .value = static_cast<double>(value)};
}

MetricSample labelled(std::string name, std::string help, std::string label,
                      std::string label_value, std::uint64_t value) {
  MetricSample sample = counter(std::move(name), std::move(help), value);
  sample.label = std::move(label);
  sample.label_value = std::move(label_value);
  return sample;
}

void add_errors(const std::vector<std::uint64_t>& errors, std::vector<MetricSample>& samples) {
  for (std::size_t code = 0; code < errors.size(); ++code) {
    if (!api::Error::Code_IsValid(static_cast<int>(code))) continue;
    const auto& name = api::Error::Code_Name(static_cast<api::Error::Code>(code));
    samples.push_back(labelled("parley_signaling_errors_total", "Errors sent to clients, by code.",
                               "code", name, errors[code]));
  }
}

void add_refusals(const WebServerCounters& web, std::vector<MetricSample>& samples) {
  const std::pair<const char*, std::uint64_t> reasons[] = {
      {"connection_limit", web.refused_limit}, {"origin", web.refused_origin},
      {"message_too_big", web.closed_too_big}, {"message_not_binary", web.closed_not_binary},
      {"slow_reader", web.closed_slow},
  };
  for (const auto& [reason, value] : reasons) {
    samples.push_back(labelled("parley_signaling_refusals_total",
                               "Connections refused or closed by the web server, by reason.",
                               "reason", reason, value));
  }
}

}  // namespace

std::vector<MetricSample> server_metrics(const SignalingCore::Counters& core,
                                         const WebServerCounters& web, bool has_node) {
  std::vector<MetricSample> samples{
      gauge("parley_signaling_connections", "WebSockets open now.", core.connections),
      gauge("parley_signaling_sessions", "Sessions now, with or without a connection.",
            core.sessions),
      gauge("parley_signaling_members", "Members now, in all rooms.", core.members),
      gauge("parley_signaling_media_nodes", "Media nodes linked now.", has_node ? 1 : 0),
      counter("parley_signaling_frames_in_total", "Messages from clients.", core.frames_in),
      counter("parley_signaling_frames_out_total", "Messages to clients.", core.frames_out),
      counter("parley_signaling_enrolled_total", "Links turned into devices.", core.enrolled),
      counter("parley_signaling_logins_total", "Sessions begun or taken up again.", core.logins),
      counter("parley_signaling_revoked_total", "Sessions ended because their access was.",
              core.revoked),
      counter("parley_signaling_audit_events_total", "Rows of the audit trail, ever.", core.events),
      gauge("parley_signaling_store_available", "1 while changes can be stored.",
            core.store_available ? 1 : 0),
      counter("parley_signaling_floor_requests_total", "Floor requests passed to the media node.",
              core.floor_requests),
      counter("parley_signaling_floor_limited_total",
              "Floor requests refused because a connection sent too many.", core.floor_limited),
      counter("parley_signaling_floor_denied_total",
              "Floor requests denied because no media node was there.", core.floor_denied),
      counter("parley_signaling_floor_events_total", "Floor events told by the media node.",
              core.floor_events),
      counter("parley_signaling_floor_missed_total",
              "Changes of a floor that the media node made and never told: gaps in the log.",
              core.floor_missed),
      counter("parley_signaling_sockets_total", "TCP connections accepted.", web.accepted),
      counter("parley_signaling_http_requests_total", "HTTP requests.", web.http_requests),
  };
  add_errors(core.errors, samples);
  add_refusals(web, samples);
  return samples;
}

}  // namespace parley::signaling
