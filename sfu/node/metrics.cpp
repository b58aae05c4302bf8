#include "sfu/node/metrics.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace parley::sfu {
namespace {

using service::MetricKind;
using service::MetricSample;

template <class Number>
std::uint64_t sum(std::span<const WorkerStatus> workers, Number number) {
  std::uint64_t total = 0;
  for (const WorkerStatus& worker : workers) total += number(worker);
  return total;
}

class Samples {
 public:
  void add(MetricKind kind, std::string_view name, std::string_view help, std::uint64_t value,
           std::string_view reason = {}) {
    samples_.push_back({.name = "parley_sfu_" + std::string(name),
                        .help = std::string(help),
                        .kind = kind,
                        .label = reason.empty() ? "" : "reason",
                        .label_value = std::string(reason),
                        .value = static_cast<double>(value)});
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    add(MetricKind::counter, name, help, value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    add(MetricKind::gauge, name, help, value);
  }
  [[nodiscard]] std::vector<MetricSample> take() { return std::move(samples_); }

 private:
  std::vector<MetricSample> samples_;
};

using Workers = std::span<const WorkerStatus>;

void add_core(Samples& to, Workers workers) {
  const auto core = [&](auto field) {
    return sum(workers, [&](const WorkerStatus& one) { return one.core.*field; });
  };
  to.gauge("peers", "Transports that exist now.",
           sum(workers, [](const WorkerStatus& one) { return one.peers; }));
  to.gauge("rooms", "Rooms that have members on this node.",
           sum(workers, [](const WorkerStatus& one) { return one.rooms; }));
  to.gauge("ice_tcp_connections", "ICE-TCP connections that are open.",
           sum(workers, [](const WorkerStatus& one) { return one.tcp_connections; }));
  to.counter("packets_in_total", "Packets received over UDP and ICE-TCP.",
             core(&WorkerCounters::packets_in));
  to.counter("bytes_in_total", "Bytes of those packets.", core(&WorkerCounters::bytes_in));
  to.counter("worker_messages_in_total", "Messages that workers got from each other.",
             core(&WorkerCounters::messages_in));
  to.counter("worker_messages_out_total", "Messages that workers had for each other.",
             core(&WorkerCounters::messages_out));
  to.counter("lost_worker_messages_total", "Those of them that found the other's mailbox full.",
             sum(workers, [](const WorkerStatus& one) { return one.lost_messages; }));
  to.counter("control_packets_total",
             "STUN, DTLS and RTCP packets and worker messages that were dealt with.",
             core(&WorkerCounters::control_packets));
  to.counter("voice_packets_accepted_total", "Voice packets that found their room and a channel.",
             core(&WorkerCounters::accepted));
  to.counter("voice_packets_handed_total",
             "Voice packets handed to the worker that is their room's home.",
             core(&WorkerCounters::handed_to_home));
  to.counter("voice_packets_relayed_total",
             "Accepted voice packets that homes handed to workers with listeners.",
             core(&WorkerCounters::relayed));
  to.counter("voice_copies_expected_total", "Copies that listeners were to get.",
             core(&WorkerCounters::copies_expected));
  to.counter("voice_copies_out_total", "Copies that listeners were sent.",
             core(&WorkerCounters::copies_out));
  to.counter("voice_bytes_out_total", "Bytes of those copies.", core(&WorkerCounters::bytes_out));
  to.counter("lost_events_total", "Worker events lost because the main thread stood still.",
             sum(workers, [](const WorkerStatus& one) { return one.lost_events; }));
}

void add_drops(Samples& to, Workers workers, std::string_view name, std::string_view help,
               DropCounters WorkerCounters::* drops) {
  for (std::size_t i = 0; i < kDropNames.size(); ++i) {
    const auto drop = static_cast<Drop>(i);
    const std::uint64_t count =
        sum(workers, [&](const WorkerStatus& one) { return (one.core.*drops).of(drop); });
    to.add(MetricKind::counter, name, help, count, name_of(drop));
  }
}

void add_sockets(Samples& to, Workers workers) {
  const auto udp = [&](auto field) {
    return sum(workers, [&](const WorkerStatus& one) { return one.udp.*field; });
  };
  const auto tcp = [&](auto field) {
    return sum(workers, [&](const WorkerStatus& one) { return one.tcp.*field; });
  };
  to.counter("udp_packets_out_total", "Datagrams that the kernel took.",
             udp(&net::UdpCounters::packets_out));
  to.counter("udp_bytes_out_total", "Bytes of those datagrams.", udp(&net::UdpCounters::bytes_out));
  to.counter("udp_send_calls_total", "System calls that sent those datagrams.",
             udp(&net::UdpCounters::send_calls));
  to.counter("udp_receive_calls_total", "System calls that received datagrams.",
             udp(&net::UdpCounters::receive_calls));
  to.counter("udp_segmented_out_total", "Datagrams that left joined with others (UDP_SEGMENT).",
             udp(&net::UdpCounters::segmented_out));
  to.counter("udp_segmentation_refused_total",
             "Joined messages that the kernel refused; their datagrams left one by one.",
             udp(&net::UdpCounters::segmentation_refused));
  to.counter("ice_tcp_packets_out_total", "Packets sent over ICE-TCP.",
             tcp(&IceTcpCounters::packets_out));
  to.counter("ice_tcp_accepted_total", "ICE-TCP connections accepted.",
             tcp(&IceTcpCounters::accepted));
  const auto drop = [&](std::string_view reason, std::uint64_t count) {
    to.add(MetricKind::counter, "socket_drops_total",
           "Packets that a socket did not take or give, by reason.", count, reason);
  };
  drop("udp_too_long", udp(&net::UdpCounters::drop_too_long));
  drop("udp_send_buffer_full", udp(&net::UdpCounters::drop_send_buffer_full));
  drop("udp_send_refused", udp(&net::UdpCounters::drop_send_refused));
  drop("tcp_queue_full", tcp(&IceTcpCounters::drop_queue_full));
  drop("tcp_no_connection", tcp(&IceTcpCounters::drop_no_connection));
  const auto ended = [&](std::string_view reason, std::uint64_t count) {
    to.add(MetricKind::counter, "ice_tcp_ended_total",
           "ICE-TCP connections that the node refused or ended, by reason.", count, reason);
  };
  ended("limit", tcp(&IceTcpCounters::refused));
  ended("idle", tcp(&IceTcpCounters::closed_idle));
  ended("broken_frame", tcp(&IceTcpCounters::closed_broken));
}

void add_link(Samples& to, const NodeNumbers& numbers) {
  to.gauge("link_up", "1 while the link to the signaling service is up.",
           numbers.is_link_up ? 1 : 0);
  to.counter("link_connects_total", "Links to the signaling service that came up.",
             numbers.link.connects);
  to.counter("link_messages_in_total", "Messages of the signaling service.",
             numbers.link.messages_in);
  to.counter("link_messages_out_total", "Messages to the signaling service.",
             numbers.link.messages_out);
  to.counter("link_refused_messages_total", "Messages of the signaling service over a limit.",
             numbers.link.refused_messages);
}

}  // namespace

std::vector<MetricSample> make_samples(const NodeNumbers& numbers) {
  Samples samples;
  samples.gauge("workers", "Threads that carry media.", numbers.workers.size());
  samples.gauge("heap_bytes", "Memory that the process has allocated and not freed.",
                numbers.heap_bytes);
  add_core(samples, numbers.workers);
  add_drops(samples, numbers.workers, "drops_total", "Packets received and dropped, by reason.",
            &WorkerCounters::receive_drops);
  add_drops(samples, numbers.workers, "listener_drops_total",
            "Copies that one listener did not get, by reason.", &WorkerCounters::listener_drops);
  add_sockets(samples, numbers.workers);
  add_link(samples, numbers);
  return samples.take();
}

}  // namespace parley::sfu
