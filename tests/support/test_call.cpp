#include "tests/support/test_call.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::test {

namespace {

constexpr Duration kCheckInterval = std::chrono::milliseconds(2500);  // as browsers do
constexpr Duration kRenewal = std::chrono::seconds(10);               // as signaling does

sfu::DtlsContext make_context() {
  auto context = sfu::DtlsContext::create(
      {sfu::SrtpProfile::aead_aes_128_gcm, sfu::SrtpProfile::aes128_cm_sha1_80});
  PARLEY_CHECK(context.has_value());
  return std::move(*context);
}

}  // namespace

std::uint64_t sum_of(const sfu::DropCounters& drops) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sfu::kDropNames.size(); ++i) {
    sum += drops.of(static_cast<sfu::Drop>(i));
  }
  return sum;
}

TestCall::TestCall(sfu::WorkerConfig config, std::uint64_t seed, std::uint16_t workers)
    : random_(seed),
      node_dtls_(make_context()),
      client_dtls_(make_context()),
      outbox_{.packets = PacketBatch(1U << 20, 4096),
              .events = {},
              .close_connections = {},
              .to_workers = {}},
      now_{.mono = Timestamp(std::chrono::hours(1)),
           .wall = WallTime(std::chrono::hours(24 * 365 * 56))},
      next_check_(now_.mono + kCheckInterval),
      next_renewal_(now_.mono + kRenewal) {
  for (std::uint16_t i = 0; i < workers; ++i) {
    config.index = WorkerIndex{i};
    workers_.push_back(std::make_unique<sfu::WorkerCore>(config, node_dtls_, random_));
  }
}

TestPeer& TestCall::make_peer(TestPeerSettings settings) {
  const auto number = static_cast<std::uint16_t>(peers_.size() + 1);
  if (settings.id.is_none()) settings.id = PeerId{number};
  if (settings.path == Path{}) {
    settings.path.remote.address = *IpAddress::parse("192.0.2.1");
    settings.path.remote.port = number;
  }
  return *peers_.emplace_back(std::make_unique<TestPeer>(settings, client_dtls_, random_));
}

void TestCall::add(TestPeer& peer) {
  command(sfu::AddPeer{.request_id = 1, .offer = peer.offer()}, peer.worker());
}

bool TestCall::connect(TestPeer& peer) {
  send(peer, peer.make_check());
  return peer.is_connected();
}

TestPeer& TestCall::join(RoomId room, bool may_send, TestPeerSettings settings) {
  TestPeer& peer = make_peer(settings);
  add(peer);
  PARLEY_CHECK(connect(peer));
  if (peer.worker() != WorkerIndex{}) {
    command(sfu::OpenLeg{.room = room, .worker = peer.worker()});
  }
  command(sfu::JoinRoom{.peer = peer.id(), .room = room, .may_send = may_send}, peer.worker());
  return peer;
}

void TestCall::command(const sfu::WorkerCommand& command, WorkerIndex worker) {
  workers_[worker.value]->on_command(command, now_, outbox_);
  deliver(worker);
}

void TestCall::say(TestPeer& peer, std::string_view words, std::uint8_t level) {
  send(peer, peer.make_voice(as_bytes(words), level));
}

void TestCall::send(const TestPeer& peer, std::vector<std::uint8_t> datagram) {
  send_from(peer.path(), std::move(datagram), peer.worker());
}

void TestCall::send_from(const Path& path, std::vector<std::uint8_t> datagram, WorkerIndex worker) {
  workers_[worker.value]->receive(path, datagram, now_, outbox_);
  deliver(worker);
}

void TestCall::end_turn(WorkerIndex worker) {
  sfu::WorkerCore& core = *workers_[worker.value];
  while (core.has_work()) core.work(now_, outbox_);
  check_conservation(worker);
  collect_events();
  for (const PacketBatch::Entry& entry : outbox_.packets.entries()) {
    const Bytes bytes = outbox_.packets.bytes(entry);
    flying_.push_back({.path = entry.path, .datagram = {bytes.begin(), bytes.end()}});
  }
  outbox_.packets.clear();
  for (sfu::OutgoingMessage& message : outbox_.to_workers) {
    if (!are_workers_cut_) messages_.push_back(std::move(message));
  }
  outbox_.to_workers.clear();
}

void TestCall::deliver(WorkerIndex worker) {
  end_turn(worker);
  const auto has_message = [this] { return !are_workers_held_ && !messages_.empty(); };
  while (!flying_.empty() || has_message()) {
    if (has_message()) {
      const sfu::OutgoingMessage next = std::move(messages_.front());
      messages_.pop_front();
      workers_[next.to.value]->on_message(next.message, now_, outbox_);
      end_turn(next.to);
      continue;
    }
    Flying next = std::move(flying_.front());
    flying_.pop_front();
    arrive(std::move(next));
  }
}

void TestCall::arrive(Flying flying) {
  const auto to =
      std::ranges::find_if(peers_, [&](const auto& peer) { return peer->path() == flying.path; });
  if (to == peers_.end()) return;
  const bool is_voice = codecs::classify(flying.datagram) == codecs::DatagramKind::rtp;
  if (is_voice && random_.happens(loss_percent_)) return;
  (*to)->on_datagram(flying.datagram, now_.mono, replies_);
  for (const PacketBatch::Entry& entry : replies_.entries()) {
    const Bytes reply = replies_.bytes(entry);
    std::vector<std::uint8_t> copy(reply.begin(), reply.end());
    workers_[(*to)->worker().value]->receive(entry.path, copy, now_, outbox_);
    end_turn((*to)->worker());
  }
  replies_.clear();
}

Timestamp TestCall::deadline() const {
  Timestamp earliest = kNever;
  for (const auto& worker : workers_) earliest = std::min(earliest, worker->deadline());
  return earliest;
}

void TestCall::pass(Duration duration) {
  const Now end{.mono = now_.mono + duration, .wall = now_.wall + duration};
  while (true) {
    const Timestamp due = std::min({deadline(), next_check_, next_renewal_});
    const Timestamp next = std::min(std::max(due, now_.mono), end.mono);
    now_.wall += next - now_.mono;
    now_.mono = next;
    for (std::uint16_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i]->deadline() <= next) workers_[i]->tick(now_, outbox_);
      deliver(WorkerIndex{i});
    }
    if (next_renewal_ <= next) renew_leases();
    if (next_check_ <= next) {
      next_check_ = next + kCheckInterval;
      for (const auto& peer : peers_) {
        if (checks_ && peer->is_connected()) send(*peer, peer->make_check());
      }
    }
    if (next == end.mono && deadline() > next) return;
  }
}

void TestCall::renew_leases() {
  next_renewal_ = now_.mono + kRenewal;
  if (!renews_) return;
  sfu::RenewLeases renew;
  for (const auto& peer : peers_) renew.peers.push_back(peer->id());
  for (std::uint16_t i = 0; i < workers_.size(); ++i) command(renew, WorkerIndex{i});
}

std::vector<sfu::WorkerEvent> TestCall::take_events() { return std::exchange(events_, {}); }

void TestCall::collect_events() {
  for (sfu::WorkerEvent& event : outbox_.events) {
    if (const auto* added = std::get_if<sfu::PeerAdded>(&event)) {
      for (const auto& peer : peers_) {
        if (peer->id() == added->peer) peer->on_answer(added->answer);
      }
    }
    events_.push_back(std::move(event));
  }
  outbox_.events.clear();
}

void TestCall::check_conservation(WorkerIndex worker) const {
  const sfu::WorkerCounters& sums = workers_[worker.value]->counters();
  PARLEY_CHECK(sums.packets_in + sums.messages_in == sums.control_packets + sums.accepted +
                                                         sums.handed_to_home + sums.relayed +
                                                         sums.held + sum_of(sums.receive_drops));
  PARLEY_CHECK(sums.copies_expected == sums.copies_out + sum_of(sums.listener_drops));
}

}  // namespace parley::test
