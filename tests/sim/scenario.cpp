#include "tests/sim/scenario.hpp"

#include <array>
#include <vector>

#include "tests/sim/world.hpp"

namespace parley::sim {
namespace {

constexpr std::size_t kMaxClients = 8;
constexpr int kSteps = 14;
constexpr int kPresses = 20;
constexpr Duration kHeal = std::chrono::seconds(30);

Impairment random_link(SeededRandom& random) {
  Impairment link;
  link.delay = std::chrono::milliseconds(1 + random.below(120));
  if (random.chance(0.5)) link.jitter = std::chrono::milliseconds(random.below(60));
  if (random.chance(0.5)) link.loss = 0.01 * static_cast<double>(random.below(20));
  if (random.chance(0.3)) link.duplicate = 0.01 * static_cast<double>(random.below(10));
  if (random.chance(0.3)) link.reorder = 0.01 * static_cast<double>(random.below(10));
  return link;
}

class Story {
 public:
  Story(std::uint64_t seed, bool is_traced) : Story(make_config(seed, is_traced)) {}

  Outcome tell() {
    for (std::uint64_t i = 0, count = 2 + world_.random().below(3); i < count; ++i) arrive();
    for (int i = 0; i < kSteps; ++i) {
      take_one_step();
      world_.run_for(std::chrono::milliseconds(200 + world_.random().below(3000)));
    }
    heal();
    world_.check_quiet();
    world_.check_empty();
    return {.violations = world_.violations(), .digest = world_.digest()};
  }

 private:
  explicit Story(const WorldConfig& config)
      : world_(config), rooms_(static_cast<std::uint16_t>(config.rooms.size())) {}

  static floor::Policy random_policy(SeededRandom& random) {
    static constexpr std::array kModes = {floor::OPEN, floor::OPEN,  floor::PTT,    floor::PTT,
                                          floor::PTT,  floor::MULTI, floor::CUT_IN, floor::DUAL};
    floor::Policy policy;
    policy.set_mode(kModes[random.below(kModes.size())]);
    if (policy.mode() == floor::PTT && random.chance(0.3)) policy.set_queues(false);
    if (policy.mode() == floor::MULTI) {
      policy.set_talkers(static_cast<std::uint32_t>(1 + random.below(4)));
    }
    return policy;
  }

  static WorldConfig make_config(std::uint64_t seed, bool is_traced) {
    SeededRandom random(seed ^ 0x5eedU);
    std::vector<floor::Policy> rooms;
    for (std::uint64_t i = 0, count = 1 + random.below(3); i < count; ++i) {
      rooms.push_back(random_policy(random));
    }
    return {.seed = seed,
            .rooms = std::move(rooms),
            .workers = static_cast<std::uint16_t>(1 + random.below(2)),
            .slots = static_cast<std::uint8_t>(1 + random.below(4)),
            .is_traced = is_traced};
  }

  ClientHost* anybody() {
    const auto hosts = world_.present();
    return hosts.empty() ? nullptr : hosts[world_.random().below(hosts.size())];
  }

  // In one room or several, of which at most one is OPEN: a microphone cannot be open in two.
  std::vector<std::uint16_t> random_rooms() {
    SeededRandom& random = world_.random();
    std::vector<std::uint16_t> rooms{static_cast<std::uint16_t>(random.below(rooms_))};
    for (std::uint16_t room = 0; room < rooms_; ++room) {
      const bool is_new = room != rooms.front();
      if (is_new && !world_.is_open(room) && random.chance(0.5)) rooms.push_back(room);
    }
    return rooms;
  }

  void arrive() {
    if (world_.present().size() >= kMaxClients) return;
    SeededRandom& random = world_.random();
    auto rooms = random_rooms();
    const Impairment link = random_link(random);
    world_.add_client(std::move(rooms), link, random.chance(0.15));
  }

  void come_back() {
    const auto hosts = world_.absent();
    if (hosts.empty() || world_.present().size() >= kMaxClients) return;
    world_.come_back(*hosts[world_.random().below(hosts.size())]);
  }

  // One line per kind of step; the weights are the number of times a step is listed.
  void take_one_step() {
    using Step = void (Story::*)();
    static constexpr std::array kStepTable = {
        &Story::arrive,       &Story::arrive,      &Story::come_back,     &Story::toggle_talk,
        &Story::toggle_talk,  &Story::toggle_talk, &Story::toggle_talk,   &Story::press_wildly,
        &Story::press_wildly, &Story::leave,       &Story::crash,         &Story::move,
        &Story::change_link,  &Story::partition,   &Story::cut_signaling, &Story::bounce_signaling,
        &Story::bounce_node,  &Story::bounce_link, &Story::garbage,
    };
    const Step step = kStepTable[world_.random().below(kStepTable.size())];
    (this->*step)();
  }

  void talk_somewhere(ClientHost& client) {
    const std::uint16_t room = client.rooms[world_.random().below(client.rooms.size())];
    world_.talk(client, room);
  }
  void toggle_talk() {
    ClientHost* client = anybody();
    if (client == nullptr) return;
    if (client->is_talking) {
      world_.be_quiet(*client);
    } else {
      talk_somewhere(*client);
    }
  }
  // Up to 20 presses a second over all his rooms, with and without a release in between.
  void press_wildly() {
    ClientHost* client = anybody();
    if (client == nullptr) return;
    SeededRandom& random = world_.random();
    const std::uint64_t longest_ms = 50 + random.below(950);
    for (int i = 0; i < kPresses; ++i) {
      talk_somewhere(*client);
      world_.run_for(std::chrono::milliseconds(random.below(longest_ms)));
      if (random.chance(0.7)) world_.be_quiet(*client);
      world_.run_for(std::chrono::milliseconds(random.below(longest_ms)));
    }
  }
  void leave() {
    if (ClientHost* client = anybody()) world_.leave(*client);
  }
  void crash() {
    if (ClientHost* client = anybody()) world_.crash(*client);
  }
  void move() {
    if (ClientHost* client = anybody()) world_.move(*client);
  }
  void change_link() {
    if (ClientHost* client = anybody()) client->link = random_link(world_.random());
  }
  void partition() {
    ClientHost* client = anybody();
    if (client == nullptr) return;
    world_.partition(*client, true);
    world_.run_for(std::chrono::milliseconds(world_.random().below(8000)));
    world_.partition(*client, false);
  }
  void cut_signaling() {
    ClientHost* client = anybody();
    if (client == nullptr) return;
    world_.cut_signaling(*client, true);
    world_.run_for(std::chrono::milliseconds(world_.random().below(6000)));
    world_.cut_signaling(*client, false);
  }
  void bounce_signaling() {
    world_.kill_signaling();
    world_.run_for(std::chrono::milliseconds(100 + world_.random().below(4000)));
    world_.start_signaling();
  }
  void bounce_node() {
    world_.kill_node();
    world_.run_for(std::chrono::milliseconds(100 + world_.random().below(4000)));
    world_.start_node();
  }
  void bounce_link() {
    world_.cut_control_link(true);
    world_.run_for(std::chrono::milliseconds(world_.random().below(5000)));
    world_.cut_control_link(false);
  }
  void garbage() { world_.send_garbage(); }

  void heal() {
    world_.trace("everything is whole again");
    for (ClientHost* client : world_.present()) {
      client->link = {};
      world_.be_quiet(*client);
      world_.cut_signaling(*client, false);
    }
    world_.run_for(kHeal);
  }

  World world_;
  std::uint16_t rooms_;
};

}  // namespace

Outcome play(std::uint64_t seed, bool is_traced) { return Story(seed, is_traced).tell(); }

}  // namespace parley::sim
