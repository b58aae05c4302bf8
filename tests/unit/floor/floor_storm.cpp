#include "tests/unit/floor/floor_storm.hpp"

#include <algorithm>
#include <optional>
#include <queue>
#include <variant>
#include <vector>

#include "tests/unit/floor/floor_watch.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPacketTime = milliseconds(20);
constexpr std::uint32_t kPacket = 960;
constexpr Duration kRepeat = milliseconds(250);
constexpr Duration kGiveUp = seconds(2);
constexpr Duration kVoiceWithoutGrant = milliseconds(200);

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  [[nodiscard]] bool happens(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] Duration between(Duration least, Duration most) {
    return least + Duration(below(static_cast<std::uint64_t>((most - least).count()) + 1));
  }

 private:
  std::uint64_t next() {  // SplitMix64
    state_ += 0x9e37'79b9'7f4a'7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebU;
    return (z ^ (z >> 31)) >> 8;
  }
  std::uint64_t state_;
};

// What the network carries, and what clients do by themselves.
struct Voice {
  std::uint32_t rtp;
};
enum class Wake : std::uint8_t { button, repeat, packet, trouble };
struct Event {
  Timestamp at;
  std::uint64_t number;  // of equal times, the first first
  std::uint32_t client;
  std::variant<Press, Release, Cancel, SetEmergency, ClearEmergency, Voice, FloorTold, Wake> what;
  friend bool operator>(const Event& a, const Event& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
};

// The client rules of docs/floor.md.
struct Client {
  enum class Does : std::uint8_t { nothing, asks, waits, talks };
  Does does = Does::nothing;
  bool is_pressed = false;
  std::uint32_t req_id = 0;
  Timestamp pressed_at{};
  GrantId grant{};
  std::uint32_t rtp = 0;
  std::uint32_t first_rtp = 0;
  std::uint64_t newest_message = 0;
  std::uint32_t newest_term = 0;
  std::uint32_t emergency = 0;
  // The world's.
  bool has_signaling = true;
  bool has_peer = true;
  bool is_member = true;
  bool has_packet_timer = false;
  Duration held{};  // voice at the shut gate
};

class Storm {
 public:
  explicit Storm(const StormOptions& options)
      : options_(options),
        dice_(options.seed),
        arbiter_(options.policy, term_, options.clients + 1),
        clients_(options.clients + 1) {
    watch_.expects_arrival_order = !options.has_emergencies;
  }

  StormResult run();

 private:
  template <class What>
  void at(Timestamp when, std::uint32_t client, What what) {
    events_.push({.at = when, .number = ++numbers_, .client = client, .what = std::move(what)});
  }
  // Over the network.
  template <class What>
  void send(std::uint32_t client, const What& what, bool is_up) {
    if (!is_up || dice_.happens(options_.loss_percent)) return;
    const int copies = dice_.happens(options_.duplicate_percent) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      at(now_ + dice_.between(milliseconds(1), options_.latest), client, what);
    }
  }
  template <class Call>
  void step(Call&& call);

  void on(std::uint32_t client, const Wake& wake);
  void on(std::uint32_t client, const Voice& voice);
  void on(std::uint32_t client, const FloorTold& told);
  template <class Request>
  void on(std::uint32_t client, const Request& request);
  void press(std::uint32_t id);
  void send_press(std::uint32_t id);
  void button_up(std::uint32_t id);
  void speak(std::uint32_t id);
  void trouble(std::uint32_t id);
  void join(std::uint32_t id);
  void serve_list();
  void settle();
  void digest(const FloorTold& told);

  StormOptions options_;
  Dice dice_;
  std::uint32_t term_ = 1;
  FloorArbiter arbiter_;
  FloorWatch watch_;
  FloorOutbox out_;
  std::vector<Client> clients_;  // by member id, from 1
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t numbers_ = 0;
  Timestamp now_{std::chrono::hours(1)};
  Timestamp next_give_{};
  bool is_frozen_ = false;
  bool is_over_ = false;
  StormResult result_;
};

template <class Call>
void Storm::step(Call&& call) {
  out_.told.clear();
  out_.gates.clear();
  watch_.before(arbiter_);
  call();
  watch_.after(arbiter_, now_, out_);
  for (const FloorTold& told : out_.told) {
    digest(told);
    if (told.to.is_none()) continue;
    send(static_cast<std::uint32_t>(told.to.value), told, clients_[told.to.value].has_signaling);
  }
}

void Storm::digest(const FloorTold& told) {
  for (const std::uint64_t value : {told.to.value, told.fseq, told.message_id,
                                    static_cast<std::uint64_t>(told.message.index())}) {
    result_.digest = (result_.digest ^ value) * 0x100'0000'01b3U;
  }
}

template <class Request>
void Storm::on(std::uint32_t id, const Request& request) {
  const MemberId member{id};
  step([&] {
    if constexpr (std::is_same_v<Request, Press>) {
      watch_.on_press(member, request.req_id);
    } else if constexpr (std::is_same_v<Request, Cancel>) {
      watch_.on_cancel(member, request.req_id);
    } else if constexpr (std::is_same_v<Request, Release>) {
      watch_.on_release(member, request.grant, request.last_timestamp);
    }
    arbiter_.on_request(member, request, now_, out_);
  });
}

void Storm::on(std::uint32_t id, const Voice& voice) {
  Client& client = clients_[id];
  if (!client.has_peer || !client.is_member) return;
  FloorArbiter::Passage passage{};
  step([&] {
    passage = arbiter_.on_packet(MemberId{id}, voice.rtp, now_, out_);
    watch_.on_packet(arbiter_, MemberId{id}, voice.rtp, now_, passage);
  });
  if (passage.verdict == GateVerdict::pass) {
    ++result_.packets;
    client.held = {};
    return;
  }
  client.held += kPacketTime;
  if (client.held < kVoiceWithoutGrant || client.has_signaling) return;
  client.held = {};
  step([&] { arbiter_.on_voice_without_grant(MemberId{id}, now_, out_); });
}

void Storm::on(std::uint32_t id, const FloorTold& told) {
  Client& client = clients_[id];
  if (!client.has_signaling) return;
  if (told.message_id <= client.newest_message) return;
  client.newest_message = told.message_id;
  if (const auto* granted = std::get_if<Granted>(&told.message)) {
    const bool is_ours = granted->req_id == client.req_id && client.is_pressed;
    if (!is_ours) {
      send(id, Release{.grant = granted->grant, .last_timestamp = client.rtp}, true);
    } else if (client.does != Client::Does::talks) {
      client.does = Client::Does::talks;
      client.grant = granted->grant;
    }
  } else if (const auto* queued = std::get_if<Queued>(&told.message)) {
    if (queued->req_id == client.req_id && client.does == Client::Does::asks) {
      client.does = Client::Does::waits;
    }
  } else if (const auto* denied = std::get_if<Denied>(&told.message)) {
    if (denied->req_id == client.req_id) client.does = Client::Does::nothing;
  } else if (const auto* done = std::get_if<Done>(&told.message)) {
    if (done->grant == client.grant) client.does = Client::Does::nothing;
  } else if (const auto* offered = std::get_if<Offer>(&told.message)) {
    if (offered->req_id == client.req_id && client.is_pressed) send_press(id);
  }
}

void Storm::on(std::uint32_t id, const Wake& wake) {
  Client& client = clients_[id];
  switch (wake) {
    case Wake::button:
      if (client.is_pressed) {
        button_up(id);
        at(now_ + dice_.between(milliseconds(100), milliseconds(700)), id, Wake::button);
      } else if (!is_over_) {
        press(id);
        at(now_ + dice_.between(milliseconds(20), milliseconds(450)), id, Wake::button);
      }
      return;
    case Wake::repeat:
      if (client.does != Client::Does::asks) return;
      if (now_ - client.pressed_at > kGiveUp) {
        ++result_.unanswered;
        client.does = Client::Does::nothing;
        return;
      }
      send_press(id);
      at(now_ + kRepeat, id, Wake::repeat);
      return;
    case Wake::packet:
      return speak(id);
    case Wake::trouble:
      return trouble(id);
  }
}

void Storm::press(std::uint32_t id) {
  Client& client = clients_[id];
  ++result_.presses;
  client.is_pressed = true;
  client.does = Client::Does::asks;
  client.grant = {};
  ++client.req_id;
  client.pressed_at = now_;
  client.first_rtp = client.rtp + kPacket;
  if (options_.has_emergencies && dice_.happens(2)) {
    client.emergency = client.req_id;
    send(id, SetEmergency{.id = client.emergency}, client.has_signaling);
  }
  send_press(id);
  at(now_ + kRepeat, id, Wake::repeat);
  if (!std::exchange(client.has_packet_timer, true)) speak(id);
}

void Storm::send_press(std::uint32_t id) {
  const Client& client = clients_[id];
  const auto tier = static_cast<FloorTier>(id % 3);
  send(id,
       Press{.req_id = client.req_id,
             .asked = {.tier = tier, .level = static_cast<std::uint8_t>(id % 4)},
             .first_timestamp = client.first_rtp},
       client.has_signaling);
}

void Storm::button_up(std::uint32_t id) {
  Client& client = clients_[id];
  client.is_pressed = false;
  if (client.does == Client::Does::talks) {
    // A client that cannot tell its last timestamp is allowed.
    const auto last = dice_.happens(10) ? std::nullopt : std::optional(client.rtp);
    send(id, Release{.grant = client.grant, .last_timestamp = last}, client.has_signaling);
  } else if (client.does != Client::Does::nothing) {
    send(id, Cancel{client.req_id}, client.has_signaling);
  }
  if (client.emergency != 0) {
    send(id, ClearEmergency{client.emergency}, client.has_signaling);
  }
  client.does = Client::Does::nothing;
}

// Voice goes at once with the press; who is queued or denied stops.
void Storm::speak(std::uint32_t id) {
  Client& client = clients_[id];
  const bool talks = client.does == Client::Does::talks || client.does == Client::Does::asks;
  if (!client.is_pressed || !talks) {
    client.has_packet_timer = false;
    return;
  }
  client.rtp += kPacket;
  send(id, Voice{client.rtp}, client.has_peer);
  at(now_ + kPacketTime, id, Wake::packet);
}

void Storm::join(std::uint32_t id) {
  clients_[id].is_member = true;
  const FloorTier tier =
      options_.has_emergencies ? FloorTier::emergency : static_cast<FloorTier>(id % 3);
  const bool is_chair = id == options_.clients && options_.policy.mode == FloorMode::chaired;
  step([&] {
    arbiter_.add(MemberId{id},
                 {.role = is_chair ? FloorRole::chair : FloorRole::talker,
                  .limit = {.tier = tier, .level = static_cast<std::uint8_t>(id % 4)},
                  .delegation = static_cast<std::uint8_t>(id % 3)},
                 now_, out_);
  });
}

// One thing goes wrong, or is mended.
void Storm::trouble(std::uint32_t id) {
  if (is_over_) return;
  Client& client = clients_[id];
  at(now_ + dice_.between(milliseconds(300), seconds(4)), id, Wake::trouble);
  const std::uint64_t what = dice_.below(4);
  if (what == 0 && options_.has_partitions) {
    client.has_signaling = !client.has_signaling;
    step([&] { arbiter_.set_signaling(MemberId{id}, client.has_signaling, now_, out_); });
  } else if (what == 1 && options_.has_partitions && client.is_member) {
    client.has_peer = !client.has_peer;
    step([&] {
      if (client.has_peer) {
        watch_.on_returned(MemberId{id});
        arbiter_.on_peer_back(MemberId{id}, now_, out_);
      } else {
        watch_.on_lost(MemberId{id});
        arbiter_.on_peer_lost(MemberId{id}, now_, out_);
      }
    });
  } else if (what == 2 && options_.has_moves) {
    is_frozen_ = !is_frozen_;
    step([&] {
      if (is_frozen_) {
        arbiter_.freeze(now_, out_);
      } else {
        arbiter_.thaw(++term_, now_, out_);
      }
    });
  } else if (what == 3 && options_.has_comers && !client.is_member) {
    join(id);
  } else if (what == 3 && options_.has_comers && id > 2) {
    client.is_member = false;
    client.has_peer = client.has_signaling = true;
    step([&] {
      watch_.on_removed(MemberId{id});
      arbiter_.remove(MemberId{id}, dice_.happens(50), now_, out_);
    });
  }
}

void Storm::serve_list() {
  if (arbiter_.policy().mode != FloorMode::chaired || arbiter_.queue().empty()) return;
  if (now_ < next_give_) return;
  next_give_ = now_ + milliseconds(300);
  const MemberId next = arbiter_.queue().front().member;
  step([&] { arbiter_.on_request(MemberId{options_.clients}, Give{next}, now_, out_); });
}

StormResult Storm::run() {
  for (std::uint32_t id = 1; id <= options_.clients; ++id) {
    join(id);
    at(now_ + dice_.between(milliseconds(0), milliseconds(500)), id, Wake::button);
    at(now_ + dice_.between(milliseconds(0), seconds(4)), id, Wake::trouble);
  }
  while (!events_.empty() && watch_.violation().empty()) {
    is_over_ = result_.presses >= options_.presses;
    const Event event = events_.top();
    while (arbiter_.deadline() <= event.at) {
      now_ = std::max(now_, arbiter_.deadline());
      step([&] { arbiter_.tick(now_, out_); });
    }
    // What the tick has sent may come before.
    if (events_.top().number != event.number) continue;
    events_.pop();
    now_ = event.at;
    std::visit([&](const auto& what) { on(event.client, what); }, event.what);
    serve_list();
  }
  settle();
  result_.bursts = arbiter_.counters().bursts;
  if (!watch_.violation().empty()) result_.violation = watch_.violation();
  return result_;
}

// When nobody does anything any more the floor becomes free, and stays so.
void Storm::settle() {
  if (!watch_.violation().empty()) return;
  if (is_frozen_) step([&] { arbiter_.thaw(++term_, now_, out_); });
  const Timestamp until = now_ + seconds(120);
  while (arbiter_.deadline() <= until) {
    now_ = std::max(now_, arbiter_.deadline());
    step([&] { arbiter_.tick(now_, out_); });
  }
  const bool is_listed = arbiter_.policy().mode == FloorMode::chaired;
  if (!arbiter_.holders().empty() || (!is_listed && !arbiter_.queue().empty())) {
    result_.violation = "7: the floor does not become free";
  }
}

}  // namespace

StormResult run_storm(const StormOptions& options) { return Storm(options).run(); }

}  // namespace parley::sfu
