#include "tests/unit/sfu_core/radio_exchange.hpp"

#include <algorithm>
#include <utility>

namespace parley::test {

namespace {

using std::chrono::milliseconds;

constexpr Duration kFrameTime = milliseconds(20);
constexpr std::uint32_t kMostFrames = 20;
// Between two bursts: what a thumb needs at least.
constexpr std::uint32_t kLeastPauseMs = 100;
constexpr std::uint32_t kMostPauseMs = 300;

}  // namespace

RadioExchange::RadioExchange(const Settings& settings)
    : settings_(settings),
      call_(settings.workers, settings.seed, settings.workers == 1 ? 64 : 1),
      heard_(settings.members) {
  while (members_.size() < settings.members) members_.push_back(&call_.join(kRoom));
}

void RadioExchange::disturb(Duration every, Disturb how) {
  disturb_every_ = every;
  disturb_ = std::move(how);
}

void RadioExchange::talk(int bursts) {
  SeededRandom& random = call_.call().random();
  for (int i = 0; i < bursts; ++i) {
    const std::size_t talker = random.next_u32() % members_.size();
    const Duration length = kFrameTime * (1 + random.next_u32() % kMostFrames);
    const std::uint32_t pause_ms =
        kLeastPauseMs + random.next_u32() % (kMostPauseMs - kLeastPauseMs);
    begin({.talker = talker,
           .req_id = static_cast<std::uint32_t>(bursts_.size() + 1),
           .pressed = now(),
           .first_timestamp = members_[talker]->next_timestamp()},
          length);
    run_until(now() + length + milliseconds(pause_ms));
  }
}

void RadioExchange::finish() { run_until(now() + std::chrono::seconds(1)); }

void RadioExchange::run_until(Timestamp end) {
  while (!agenda_.empty() && agenda_.begin()->first <= end) {
    auto next = agenda_.extract(agenda_.begin());
    call_.pass(next.key() - now());
    next.mapped()();
    listen();
  }
  call_.pass(end - now());
  listen();
}

void RadioExchange::listen() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    for (const HeardPacket& packet : members_[i]->take_heard()) {
      heard_[i].push_back({.when = now(), .word = {packet.payload.begin(), packet.payload.end()}});
    }
    (void)members_[i]->take_rtcp();
  }
}

void RadioExchange::begin(Burst burst, Duration length) {
  const std::size_t number = bursts_.size();
  bursts_.push_back(std::move(burst));
  const bool is_voice_first = number % 2 == 1;
  if (!is_voice_first) ask_for_floor(number, length);
  for (Duration at{}; at < length; at += kFrameTime) {
    after(at, [this, number] { say(number); });
  }
  if (is_voice_first) after({}, [this, number, length] { ask_for_floor(number, length); });
  after(length, [this, number] { let_go(number); });
}

void RadioExchange::ask_for_floor(std::size_t number, Duration length) {
  after(settings_.ways.requests, [this, number, length] {
    Burst& burst = bursts_[number];
    const TestPeer& peer = *members_[burst.talker];
    call_.press(peer, kRoom, burst.req_id, burst.first_timestamp);
    const auto granted = call_.last_told(peer, &floor::Event::has_granted).granted();
    if (granted.req_id() != burst.req_id) return;
    burst.grant = granted.grant();
    after(settings_.ways.requests, [this, number] { bursts_[number].is_grant_known = true; });
    if (disturb_) disturb_again(number, now() + length);
  });
}

void RadioExchange::say(std::size_t number) {
  Burst& burst = bursts_[number];
  burst.words.push_back(std::to_string(number) + "." + std::to_string(burst.words.size()));
  send(*members_[burst.talker], burst.words.back());
}

void RadioExchange::say_outside(TestPeer& peer) {
  ++said_outside_;
  send(peer, "outside");
}

void RadioExchange::send(TestPeer& peer, const std::string& word) {
  after(settings_.ways.media,
        [this, &peer, datagram = peer.make_voice(as_bytes(word))] { call_.send(peer, datagram); });
}

void RadioExchange::let_go(std::size_t number) {
  const Burst& burst = bursts_[number];
  TestPeer& peer = *members_[burst.talker];
  if (!burst.is_grant_known) {
    after(settings_.ways.requests,
          [this, &peer, req_id = burst.req_id] { call_.cancel(peer, kRoom, req_id); });
    return;
  }
  const std::uint32_t last = peer.next_timestamp() - kFrame;
  after(settings_.ways.requests,
        [this, &peer, grant = *burst.grant, last] { call_.release(peer, kRoom, grant, last); });
  // Not before the node can know that the burst is over.
  const Duration behind = std::max(settings_.ways.requests - settings_.ways.media, Duration{});
  after(behind, [this, &peer] { say_outside(peer); });
  after(behind + kFrameTime, [this, &peer] { say_outside(peer); });
}

void RadioExchange::disturb_again(std::size_t number, Timestamp until) {
  if (now() >= until) return;
  const Burst& burst = bursts_[number];
  disturb_(*members_[burst.talker], *burst.grant);
  after(disturb_every_, [this, number, until] { disturb_again(number, until); });
}

std::vector<std::string> RadioExchange::said_to(std::size_t member) const {
  std::vector<std::string> words;
  for (const Burst& burst : bursts_) {
    if (burst.talker != member) words.insert(words.end(), burst.words.begin(), burst.words.end());
  }
  return words;
}

std::vector<std::string> RadioExchange::words_heard_by(std::size_t member) const {
  std::vector<std::string> words;
  for (const Heard& heard : heard_[member]) words.push_back(heard.word);
  return words;
}

std::uint64_t RadioExchange::drops_without(sfu::Drop drop) {
  std::uint64_t sum = 0;
  for (std::uint16_t i = 0; i < settings_.workers; ++i) {
    const sfu::WorkerCounters& counters = call_.call().counters(WorkerIndex{i});
    sum += sum_of(counters.receive_drops) + sum_of(counters.listener_drops);
  }
  return sum - call_.dropped(drop);
}

}  // namespace parley::test
