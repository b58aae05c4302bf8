#include "tests/unit/floor/floor_explorer.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "sfu/floor/arbiter_state.hpp"
#include "tests/unit/floor/floor_watch.hpp"

namespace parley::sfu {

struct FloorProbe {
  using State = FloorArbiter::State;
  static const State& look(const FloorArbiter& arbiter) { return *arbiter.state_; }
};

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kPacket = 960;
constexpr Duration kBriefly = milliseconds(500);        // all timers are multiples of it
constexpr std::uint32_t kFirstTimestamp = 0xffff'f000;  // wraps soon

enum class Do : std::uint8_t {
  press,
  press_again,
  press_before,   // a late copy of the press before
  release,        // with all its packets here
  release_early,  // the last packet is still under way
  release_blind,  // of a client that knows no timestamps
  cancel,
  packet,
  packet_again,
  forged_release,
  lose_peer,
  return_peer,
  give,
  cut,           // of everybody by the dispatcher
  wait,          // to the next deadline
  wait_briefly,  // or less far
};
constexpr std::array kNames{
    "press",  "press again", "press before", "release",        "release early", "release blind",
    "cancel", "packet",      "packet again", "forged release", "lose peer",     "return peer",
    "give",   "cut",         "wait",         "wait briefly"};

struct Event {
  Do what;
  std::uint8_t member;  // index
};

struct Client {
  std::uint32_t req_id = 0;
  std::uint32_t rtp = kFirstTimestamp;
  bool has_peer = true;
};

// One room on one path of events.
struct World {
  explicit World(const ExplorerRoom& room)
      : members(room.members), arbiter(room.policy, 1, room.members.size()) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      const FloorRole role = i + 1 == members.size() ? FloorRole::dispatcher : FloorRole::talker;
      arbiter.add(id(i), {.role = role, .limit = members[i]}, now, out);
    }
  }

  static MemberId id(std::size_t index) { return {index + 1}; }

  bool run(const Event& event) {
    out.told.clear();
    out.gates.clear();
    watch.before(arbiter);
    if (!perform(event)) return false;
    watch.after(arbiter, now, out);
    return true;
  }

  // False: it cannot happen here.
  bool perform(const Event& event);
  bool request(std::size_t member, const FloorRequest& body) {
    arbiter.on_request(id(member), body, now, out);
    return true;
  }
  bool press(std::size_t member, std::uint32_t req_id) {
    if (req_id == 0) return false;
    watch.on_press(id(member), req_id);
    const std::uint32_t first = clients[member].rtp + kPacket;
    return request(member,
                   Press{.req_id = req_id, .asked = members[member], .first_timestamp = first});
  }
  bool release(std::size_t member, std::size_t owner, std::optional<std::uint32_t> last) {
    const FloorProbe::State& state = FloorProbe::look(arbiter);
    for (const FloorHolding& holding : state.holdings) {
      if (holding.phase == HoldingPhase::none || holding.member != id(owner)) continue;
      const GrantId grant = holding.grant;
      watch.on_release(id(member), grant, last);
      return request(member, Release{.grant = grant, .last_timestamp = last});
    }
    return false;
  }
  bool packet(std::size_t member, std::uint32_t rtp) {
    const auto passage = arbiter.on_packet(id(member), rtp, now, out);
    watch.on_packet(arbiter, id(member), rtp, now, passage);
    return true;
  }
  // To the next deadline that changes more than what the queue is told.
  bool wait(Duration most) {
    FloorProbe::State state = FloorProbe::look(arbiter);
    state.is_queue_told = true;
    const Timestamp next = state.next_due().at;
    if (next == kNever) return false;
    now = std::min(next, now + most);
    arbiter.tick(now, out);
    return true;
  }
  bool cut() {
    bool is_any = false;
    const auto held = arbiter.holders();
    const std::vector<FloorHolder> holders(held.begin(), held.end());
    for (const FloorHolder& holder : holders) {
      is_any |= request(members.size() - 1, Cut{.grant = holder.grant});
    }
    return is_any;
  }

  std::vector<FloorPriority> members;
  FloorArbiter arbiter;
  FloorWatch watch;
  FloorOutbox out;
  Timestamp now{std::chrono::hours(1)};
  std::array<Client, 4> clients{};
};

bool World::perform(const Event& event) {
  const std::size_t member = event.member;
  Client& client = clients[member];
  switch (event.what) {
    case Do::press:
      return press(member, ++client.req_id);
    case Do::press_again:
      return press(member, client.req_id);
    case Do::press_before:
      return client.req_id > 1 && press(member, client.req_id - 1);
    case Do::release:
      return release(member, member, client.rtp);
    case Do::release_early:
      return release(member, member, client.rtp + kPacket);
    case Do::release_blind:
      return release(member, member, std::nullopt);
    case Do::cancel:
      if (client.req_id == 0) return false;
      watch.on_cancel(id(member), client.req_id);
      return request(member, Cancel{client.req_id});
    case Do::packet:
      return packet(member, client.rtp += kPacket);
    case Do::packet_again:
      return packet(member, client.rtp);
    case Do::forged_release:
      return release(member, (member + 1) % members.size(), client.rtp);
    case Do::lose_peer:
      if (!std::exchange(client.has_peer, false)) return false;
      watch.on_lost(id(member));
      arbiter.on_peer_lost(id(member), now, out);
      return true;
    case Do::return_peer:
      if (std::exchange(client.has_peer, true)) return false;
      watch.on_returned(id(member));
      arbiter.on_peer_back(id(member), now, out);
      return true;
    case Do::give:
      return request(members.size() - 1, Give{id(member)});
    case Do::cut:
      return cut();
    case Do::wait:
      return wait(seconds(1'000'000));
    case Do::wait_briefly:
      return wait(kBriefly);
  }
  return false;
}

// What the future depends on, and nothing else: times from now on, requests and timestamps by what
// the clients can still send.
class Canonical {
 public:
  bool has_late_copies = false;

  std::uint64_t of(const World& world) {
    hash_ = 0x9e37'79b9'7f4a'7c15U;
    now_ = world.now;
    const FloorProbe::State& state = FloorProbe::look(world.arbiter);
    for (std::size_t i = 0; i < world.members.size(); ++i) add_member(world, state, i);
    for (const FloorHolding& holding : state.holdings) add(world, holding);
    for (const FloorWaiting& waiting : state.queue) add(world, waiting);
    add(state.queue.size());
    time(state.offer_until);
    add(state.given.value);
    time(state.call_ends_at);
    add(state.is_closed ? 1 : 0);
    return hash_;
  }

 private:
  void add(std::uint64_t value) {
    hash_ ^= value + 0x9e37'79b9'7f4a'7c15U + (hash_ << 6) + (hash_ >> 2);
    hash_ ^= hash_ >> 33;
    hash_ *= 0xff51'afd7'ed55'8ccdU;
    hash_ ^= hash_ >> 29;
  }
  void time(Timestamp at) {
    const bool is_far = at == kNever || at - now_ > std::chrono::seconds(60);
    add(is_far ? ~0ULL : static_cast<std::uint64_t>((at - now_).count()));
  }
  // A time that does nothing by itself once it is over.
  void past(Timestamp at) { time(std::max(at, now_)); }
  // By what a client can still send: its newest packet again, or newer ones.
  void rtp(const std::optional<std::uint32_t>& value, const Client& client, int lowest,
           int highest) {
    if (!value) return add(9);
    const auto steps =
        static_cast<std::int32_t>(*value - client.rtp) / static_cast<std::int32_t>(kPacket);
    add(static_cast<std::uint64_t>(std::clamp(steps, lowest, highest) + 4));
  }
  static const Client& client_of(const World& world, MemberId member) {
    return world.clients[member.value - 1];
  }
  void req_id(std::uint32_t value, const Client& client) {
    add(std::min<std::uint64_t>(client.req_id - value, has_late_copies ? 2 : 1));
  }
  void add_answer(const FloorProbe::State& state, const FloorMember& member, MemberId id,
                  std::uint32_t req) {
    const FloorAnswer* answer = state.remembered(member, req, now_);
    if (answer == nullptr) return add(1);
    if (!answer->is_granted) return add(300 + static_cast<std::uint64_t>(answer->denied.cause));
    const bool is_held = std::ranges::any_of(state.holdings, [&](const FloorHolding& h) {
      return h.member == id && h.grant == answer->granted.grant;
    });
    add(is_held ? 2 : 3);
  }
  void add_member(const World& world, const FloorProbe::State& state, std::size_t index) {
    const Client& client = world.clients[index];
    const FloorMember& member = *state.find(World::id(index));
    add(client.has_peer ? 1 : 0);
    add(std::min<std::uint64_t>(client.req_id, has_late_copies ? 2 : 1));
    past(member.retry_at);
    add_answer(state, member, World::id(index), client.req_id);
    if (has_late_copies) add_answer(state, member, World::id(index), client.req_id - 1);
  }
  void add(const World& world, const FloorHolding& holding) {
    add(static_cast<std::uint64_t>(holding.phase));
    if (holding.phase == HoldingPhase::none) return;
    const Client& client = client_of(world, holding.member);
    add(holding.is_override ? 1 : 0);
    add(holding.member.value);
    req_id(holding.req_id, client);
    add(holding.spoke_at ? 1 : 0);
    add(holding.is_revoking() && holding.cause == RevokeCause::too_long ? 1 : 0);
    rtp(holding.first, client, 0, 1);
    rtp(holding.last, client, -1, 1);
    rtp(holding.newest, client, -1, 0);
    for (const Timestamp at : {holding.media_by, holding.lost_until, holding.warning_at,
                               holding.limit_at, holding.grace_until, holding.tail_until}) {
      time(at);
    }
  }
  void add(const World& world, const FloorWaiting& waiting) {
    add(waiting.member.value);
    const Client& client = client_of(world, waiting.member);
    req_id(waiting.req_id, client);
    rtp(FloorProbe::look(world.arbiter).find(waiting.member)->first_timestamp, client, 0, 1);
    const Duration age = world.arbiter.policy().queue_age;
    if (age > Duration::zero()) time(waiting.since + age);
    add(waiting.is_pressing ? 1 : 0);
  }

  std::uint64_t hash_ = 0;
  Timestamp now_{};
};

// A state that was reached: how, from which one.
struct Reached {
  std::uint32_t from;
  Event by;
};

bool happens(const ExplorerRoom& room, Do what) {
  if (what == Do::press_before) return room.has_late_copies;
  if (what == Do::give) return room.policy.mode == FloorMode::chaired;
  if (what == Do::lose_peer || what == Do::return_peer) return room.has_lost_peers;
  return true;
}

std::vector<Event> all_events(const ExplorerRoom& room) {
  std::vector<Event> events;
  const auto members = static_cast<std::uint8_t>(room.members.size());
  for (auto what = static_cast<std::uint8_t>(Do::press);
       what <= static_cast<std::uint8_t>(Do::give); ++what) {
    if (!happens(room, static_cast<Do>(what))) continue;
    for (std::uint8_t member = 0; member < members; ++member) {
      events.push_back({static_cast<Do>(what), member});
    }
  }
  events.push_back({Do::cut, static_cast<std::uint8_t>(members - 1)});
  events.push_back({Do::wait, 0});
  events.push_back({Do::wait_briefly, 0});
  return events;
}

class Explorer {
 public:
  explicit Explorer(const ExplorerRoom& room) : room_(room), events_(all_events(room)) {
    canonical_.has_late_copies = room.has_late_copies;
    reached_.push_back({});
    seen_.insert(canonical_.of(World(room)));
  }

  Exploration run(std::size_t depth, std::size_t most_states) {
    std::size_t begin = 0;
    for (std::size_t level = 0; level < depth; ++level) {
      const std::size_t end = reached_.size();
      for (std::size_t state = begin; state < end && result_.violation.empty(); ++state) {
        if (reached_.size() < most_states) expand(state, level);
      }
      begin = end;
    }
    result_.states = reached_.size();
    if (result_.states >= most_states && result_.violation.empty()) {
      result_.violation = "more states than allowed";
    }
    return result_;
  }

 private:
  std::vector<Event> path_to(std::size_t state, std::size_t length) const {
    std::vector<Event> path(length);
    for (; length > 0; state = reached_[state].from) path[--length] = reached_[state].by;
    return path;
  }

  void expand(std::size_t state, std::size_t level) {
    World here(room_);
    const std::vector<Event> path = path_to(state, level);
    for (const Event& event : path) here.run(event);
    for (const Event& event : events_) {
      World next = here;
      if (!next.run(event)) continue;
      ++result_.steps;
      if (!next.watch.violation().empty()) {
        result_.violation = tell(path, event, next.watch.violation());
        return;
      }
      if (!seen_.insert(canonical_.of(next)).second) continue;
      reached_.push_back({static_cast<std::uint32_t>(state), event});
    }
  }

  static std::string tell(const std::vector<Event>& path, const Event& last,
                          const std::string& violation) {
    std::string text = violation + " after:";
    const auto add = [&text](const Event& event) {
      text += std::string(" ") + kNames[static_cast<std::size_t>(event.what)] + " " +
              std::to_string(event.member + 1) + ",";
    };
    for (const Event& event : path) add(event);
    add(last);
    return text;
  }

  const ExplorerRoom& room_;
  std::vector<Event> events_;
  std::vector<Reached> reached_;
  std::unordered_set<std::uint64_t> seen_;
  Canonical canonical_;
  Exploration result_;
};

}  // namespace

FloorPolicy explorer_policy(FloorMode mode) {
  FloorPolicy policy = default_policy(mode);
  policy.first_media = milliseconds(1000);
  policy.end_of_media = milliseconds(1000);
  policy.talk_limit = milliseconds(1500);
  policy.warning = {};
  policy.grace_limit = milliseconds(500);
  policy.grace_preempted = milliseconds(500);
  policy.tail = milliseconds(500);
  policy.offer = milliseconds(500);
  policy.queue_age = {};
  policy.answers = std::chrono::hours(1);
  return policy;
}

Exploration explore(const ExplorerRoom& room, std::size_t depth, std::size_t most_states) {
  return Explorer(room).run(depth, most_states);
}

}  // namespace parley::sfu
