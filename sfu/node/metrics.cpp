#include "sfu/node/metrics.hpp"

#include <array>
#include <chrono>
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
           std::string_view reason = {}, std::string_view label = "reason") {
    samples_.push_back({.name = "parley_sfu_" + std::string(name),
                        .help = std::string(help),
                        .kind = kind,
                        .label = reason.empty() ? std::string() : std::string(label),
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

// Every cause that has a number, in its order.
constexpr std::array<std::pair<DenyCause, std::string_view>, 15> kDenials{{
    {DenyCause::another_talks, "another_talks"},
    {DenyCause::internal, "internal"},
    {DenyCause::nobody_else_here, "nobody_else_here"},
    {DenyCause::retry_timer_runs, "retry_timer_runs"},
    {DenyCause::receive_only, "receive_only"},
    {DenyCause::no_resources, "no_resources"},
    {DenyCause::queue_full, "queue_full"},
    {DenyCause::stale_roster, "stale_roster"},
    {DenyCause::stale_term, "stale_term"},
    {DenyCause::not_a_member, "not_a_member"},
    {DenyCause::locked, "locked"},
    {DenyCause::frozen, "frozen"},
    {DenyCause::rate_limit, "rate_limit"},
    {DenyCause::no_permission, "no_permission"},
    {DenyCause::other, "other"},
}};
constexpr std::array<std::pair<RevokeCause, std::string_view>, 10> kRevokes{{
    {RevokeCause::nobody_else_here, "nobody_else_here"},
    {RevokeCause::too_long, "too_long"},
    {RevokeCause::no_permission, "no_permission"},
    {RevokeCause::preempted, "preempted"},
    {RevokeCause::no_resources, "no_resources"},
    {RevokeCause::no_media, "no_media"},
    {RevokeCause::member_revoked, "member_revoked"},
    {RevokeCause::cut_by_chair, "cut_by_chair"},
    {RevokeCause::stuck_button, "stuck_button"},
    {RevokeCause::other, "other"},
}};

std::uint64_t to_ms(Duration time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

// Cumulative, as the buckets of a histogram.
void add_delays(Samples& to, const std::string& name, std::string_view help,
                const DelayCounts& delays) {
  for (std::size_t i = 0; i < delays.within.size(); ++i) {
    to.add(MetricKind::counter, name + "_total", help, delays.within[i],
           std::to_string(DelayCounts::kBoundsMs[i]), "within_ms");
  }
  to.add(MetricKind::counter, name + "_total", help, delays.count, "+Inf", "within_ms");
  to.counter(name + "_us_total", "Sum of these times, in microseconds.",
             static_cast<std::uint64_t>(delays.total.count()));
}

void add_floor(Samples& to, Workers workers) {
  FloorNumbers floor;
  for (const WorkerStatus& worker : workers) {
    if (worker.floor) floor += *worker.floor;
  }
  const FloorCounters& counters = floor.counters;
  to.gauge("floor_rooms", "Rooms with a floor: all but OPEN ones.", floor.rooms);
  to.gauge("floor_holders", "Members who have a floor now.", floor.holders);
  to.gauge("floor_queue_length", "Members who wait for a floor now.", floor.waiting);
  to.gauge("floor_queue_age_ms", "How long the one who waits for longest has waited.",
           to_ms(floor.oldest_wait));
  to.gauge("voice_packets_held", "Voice packets that wait now for a press.",
           sum(workers, [](const WorkerStatus& one) { return one.core.held; }));
  to.counter("floor_presses_total", "Requests for a floor, without repetitions.", counters.presses);
  to.counter("floor_repeated_presses_total", "Requests that were answered before.",
             counters.repeated_presses);
  to.counter("floor_grants_total", "Floors granted.", counters.grants);
  to.counter("floor_bursts_total", "Grants in which media came.", counters.bursts);
  to.counter("floor_queued_total", "Requests that had to wait.", counters.queued);
  to.counter("floor_preemptions_total", "Holders displaced by a higher priority.",
             counters.preemptions);
  to.counter("floor_cut_tails_total", "Bursts whose end came by time, not by their last packet.",
             counters.cut_tails);
  to.counter("floor_strikes_total", "Times that a member sent media without a floor.",
             counters.strikes);
  to.counter("floor_forged_total", "Requests that named a grant of somebody else or of nobody.",
             counters.forged);
  to.counter("floor_ignored_total", "Events that mean nothing in the state they met.",
             counters.ignored);
  for (const auto& [cause, name] : kDenials) {
    to.add(MetricKind::counter, "floor_denials_total", "Requests denied, by cause.",
           counters.denied[static_cast<std::size_t>(cause)], name, "cause");
  }
  for (const auto& [cause, name] : kRevokes) {
    to.add(MetricKind::counter, "floor_revokes_total", "Floors taken away, by cause.",
           counters.revoked[static_cast<std::size_t>(cause)], name, "cause");
  }
  add_delays(to, "floor_press_to_grant",
             "Requests granted at once, by the time from their arrival at the node.",
             floor.press_to_grant);
  add_delays(to, "floor_press_to_forward",
             "The same, until the first packet of the burst was forwarded.",
             floor.press_to_forward);
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

void add_admission(Samples& to, const NodeNumbers& numbers) {
  for (std::size_t i = 0; i < kTicketFaultNames.size(); ++i) {
    to.add(MetricKind::counter, "tickets_refused_total",
           "Peers that were not added because of their ticket, by reason.",
           numbers.refused_tickets[i], kTicketFaultNames[i]);
  }
  to.counter("leases_ended_total", "Peers that signaling has not renewed in time.",
             sum(numbers.workers, [](const WorkerStatus& one) { return one.core.leases_ended; }));
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
  add_floor(samples, numbers.workers);
  add_sockets(samples, numbers.workers);
  add_link(samples, numbers);
  add_admission(samples, numbers);
  return samples.take();
}

}  // namespace parley::sfu
