#include "client/load/report_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace parley::client {
namespace {

using Json = nlohmann::ordered_json;

double to_ms(Duration time) { return static_cast<double>(time.count()) / 1e3; }

Json in_ms(const Percentiles& times) {
  return {{"count", times.count},
          {"p50", to_ms(times.p50)},
          {"p95", to_ms(times.p95)},
          {"p99", to_ms(times.p99)},
          {"max", to_ms(times.max)}};
}

Json in_us(const Percentiles& times) {
  return {{"count", times.count},
          {"p50", times.p50.count()},
          {"p95", times.p95.count()},
          {"p99", times.p99.count()},
          {"max", times.max.count()}};
}

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double per_second(std::uint64_t count, Duration time) {
  return time > Duration(0) ? static_cast<double>(count) * 1e6 / static_cast<double>(time.count())
                            : 0;
}

}  // namespace

double ns_per_packet(std::uint64_t ns, std::uint64_t packets) {
  return packets == 0 ? 0 : std::round(static_cast<double>(ns) / static_cast<double>(packets));
}

std::string to_json(const JoinReport& report) {
  return line({{"did", "join"},
               {"room", report.room},
               {"joined", report.joined},
               {"failed", report.failed},
               {"took_ms", to_ms(report.took)},
               {"ready_ms", in_ms(report.ready)},
               {"first_voice_ms", in_ms(report.first_voice)},
               {"all_hear_ms", to_ms(report.all_hear)},
               {"talk_expected", report.talk_expected},
               {"talk_lost", report.talk_lost},
               {"talk_worst_lateness_ms", to_ms(report.talk_worst_lateness)},
               {"cpu_ms", static_cast<double>(report.cpu.run_ns) / 1e6},
               {"load_cpu_ms", to_ms(report.load_cpu)}});
}

std::string to_json(const WindowReport& report, const TargetTraits& traits,
                    std::size_t payload_bytes) {
  const std::uint64_t lost = report.expected - std::min(report.expected, report.forwarded);
  const double loss =
      report.expected == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(report.expected);
  return line({{"did", "window"},
               {"name", traits.name},
               {"talkers", report.talkers},
               {"listeners", report.listeners},
               {"packet_bytes", payload_bytes},
               {"rate", report.rate},
               {"seconds", static_cast<double>(report.took.count()) / 1e6},
               {"sent", report.sent},
               {"expected", report.expected},
               {"forwarded", report.forwarded},
               {"packets_per_second", std::round(per_second(report.forwarded, report.took))},
               {"lost", lost},
               {"loss", loss},
               {"late_copies", report.late_copies},
               {"duplicated", report.ears.duplicated},
               {"reordered", report.ears.reordered},
               {"verified", report.ears.verified},
               {"corrupt", report.ears.corrupt},
               {"cpu_ns_per_packet", ns_per_packet(report.cpu.run_ns, report.forwarded)},
               {"user_ns", ns_per_packet(report.cpu.user_ns, report.forwarded)},
               {"system_ns", ns_per_packet(report.cpu.system_ns, report.forwarded)},
               {"delay_us", in_us(report.delay)},
               {"resident_bytes", report.resident_bytes},
               {"late_sends", report.late_sends},
               {"worst_lateness_us", report.worst_lateness.count()},
               {"is_flagged", report.is_flagged}});
}

std::string to_json(const HandshakeReport& report) {
  return line({{"did", "handshakes"},
               {"handshakes", report.count},
               {"server_ms", to_ms(report.server)},
               {"client_ms", to_ms(report.client)}});
}

std::string to_json(const Error& error) { return line({{"error", error.message}}); }

}  // namespace parley::client
