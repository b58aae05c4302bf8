#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdio>

#include "base/check.hpp"
#include "signaling/store/sqlite_engine.hpp"
#include "tests/sim/virtual_time.hpp"

namespace parley::sim {
namespace {

// A deadline that is due again and again at one instant would stop time: it is a defect.
constexpr std::uint64_t kMaxStepsAtOneInstant = 100'000;

SeededRandom prepared_for_openssl(std::uint64_t seed) {
  VirtualTime::reset();
  return SeededRandom(~seed);
}

sfu::DtlsContext make_dtls(SeededRandom& random) {
  seed_openssl(random);
  auto context = sfu::DtlsContext::create({sfu::SrtpProfile::aead_aes_128_gcm,
                                           sfu::SrtpProfile::aead_aes_256_gcm,
                                           sfu::SrtpProfile::aes128_cm_sha1_80});
  PARLEY_CHECK(context.has_value());
  return *std::move(context);
}

std::unique_ptr<signaling::StoreEngine> make_store() {
  auto store = signaling::SqliteEngine::open_in_memory();
  PARLEY_CHECK(store.has_value());
  return *std::move(store);
}

signaling::Authority make_authority(SeededRandom& random) {
  auto authority = signaling::Authority::create("Simulation", random, VirtualTime::now().wall);
  PARLEY_CHECK(authority.has_value());
  return *std::move(authority);
}

}  // namespace

World::World(const WorldConfig& config)
    : config_(config),
      random_(config.seed),
      openssl_random_(prepared_for_openssl(config.seed)),
      network_(random_),
      node_dtls_(make_dtls(openssl_random_)),
      client_dtls_(make_dtls(openssl_random_)),
      store_(make_store()),
      authority_(make_authority(random_)),
      node_(config.workers, config.slots, random_, node_dtls_, sinks_of_node()) {
  start_signaling();
  for (std::uint16_t i = 0; i < config_.rooms.size(); ++i) rooms_.push_back(create_room(i));
  start_node();
  run_for(std::chrono::milliseconds(500));
}

World::~World() = default;

Now World::now() const { return VirtualTime::now(); }

void World::run_for(Duration time) {
  const Timestamp end = now().mono + time;
  while (true) {
    const Timestamp next = std::max(next_deadline(), now().mono);
    if (next > end) break;
    VirtualTime::set(next);
    step();
  }
  VirtualTime::set(end);
}

void World::step() {
  const Timestamp at = now().mono;
  steps_at_this_instant_ = at == last_step_ ? steps_at_this_instant_ + 1 : 0;
  last_step_ = at;
  if (steps_at_this_instant_ > kMaxStepsAtOneInstant) {
    violate("time stands still: some deadline is always due");
    VirtualTime::set(at + std::chrono::milliseconds(1));
  }
  if (network_.next() <= at) {
    network_.run_next();
  } else {
    tick_all();
  }
}

Timestamp World::next_deadline() const {
  Timestamp earliest = std::min(network_.next(), node_.deadline());
  if (signaling_) earliest = std::min(earliest, signaling_->deadline());
  for (const auto& client : clients_) {
    if (client->core) earliest = std::min(earliest, client->core->deadline());
  }
  return earliest;
}

void World::tick_all() {
  node_.tick(now());
  if (signaling_ && signaling_->deadline() <= now().mono) {
    signaling::SignalingOutbox out;
    signaling_->tick(now(), out);
    carry(out);
  }
  for (const auto& client : clients_) {
    if (!client->core || client->core->deadline() > now().mono) continue;
    client->core->tick(now(), client->outbox);
    carry_from_client(*client);
  }
}

ClientHost& World::add_client(std::vector<std::uint16_t> rooms, const Impairment& link,
                              bool is_tcp_only) {
  auto host = std::make_unique<ClientHost>();
  host->index = static_cast<std::uint16_t>(clients_.size());
  host->rooms = std::move(rooms);
  host->talks_in = host->rooms.front();
  host->name = "client " + std::to_string(host->index);
  host->link = link;
  host->is_tcp_only = is_tcp_only;
  const auto low = static_cast<std::uint8_t>(host->index + 1);
  host->address = {.address = {.bytes = {10, 1, 0, low}}, .port = 40000};
  host->key = client::DeviceKey::generate(random_);
  host->invitation = invite(host->rooms);
  clients_.push_back(std::move(host));
  for (const auto& client : clients_) client->heard_from.resize(clients_.size());
  ClientHost& added = *clients_.back();
  trace(added.name + " arrives in " + std::to_string(added.rooms.size()) + " rooms, first " +
        std::to_string(added.rooms.front()));
  start_client(added);
  return added;
}

void World::start_client(ClientHost& client) {
  client::ClientConfig config{.host = kHost,
                              .invitation = client.credential.empty() ? client.invitation : "",
                              .credential = client.credential,
                              .label = client.name,
                              .display_name = client.name,
                              .allow_udp = !client.is_tcp_only};
  client.core =
      std::make_unique<client::ClientCore>(std::move(config), *client.key, client_dtls_, random_);
  client.presence = Presence::present;
  open_connection(client);
}

void World::leave(ClientHost& client) {
  trace(client.name + " leaves");
  client.is_talking = false;
  client.core->leave(now(), client.outbox);
  carry_from_client(client);
  client.presence = Presence::left;
  break_connection(client, Duration{}, std::chrono::milliseconds(100));
  client.core.reset();
}

void World::crash(ClientHost& client) {
  trace(client.name + " crashes");
  client.presence = Presence::crashed;
  client.is_talking = false;
  break_connection(client, Duration{}, std::chrono::milliseconds(50));
  client.core.reset();
}

void World::come_back(ClientHost& client) {
  trace(client.name + " comes back");
  for (const std::uint32_t connection : std::vector(client.tcp_connections)) {
    close_tcp(connection);
  }
  client.outbox = {};
  client.floors.clear();
  client.answers.clear();
  client.joined = false;
  client.talks_in = client.rooms.front();
  start_client(client);
}

void World::move(ClientHost& client) {
  trace(client.name + " moves to another network");
  ++client.address.port;
  client.address.address.bytes[1] = static_cast<std::uint8_t>(client.address.address.bytes[1] + 1);
  for (const std::uint32_t connection : std::vector(client.tcp_connections)) {
    close_tcp(connection);
  }
  break_connection(client, std::chrono::milliseconds(200), std::chrono::seconds(2));
}

std::vector<ClientHost*> World::present() {
  std::vector<ClientHost*> hosts;
  for (const auto& client : clients_) {
    if (client->presence == Presence::present) hosts.push_back(client.get());
  }
  return hosts;
}

std::vector<ClientHost*> World::absent() {
  std::vector<ClientHost*> hosts;
  for (const auto& client : clients_) {
    if (client->presence != Presence::present) hosts.push_back(client.get());
  }
  return hosts;
}

void World::violate(const std::string& what) {
  if (config_.is_traced) trace("VIOLATION " + what);
  violations_.insert(what);
}

void World::trace(const std::string& what) {
  if (!config_.is_traced) return;
  const auto elapsed = now().mono.time_since_epoch() - std::chrono::hours(1000);
  std::printf("%10.3f  %s\n", static_cast<double>(elapsed.count()) / 1e6, what.c_str());
}

void World::mix(Bytes bytes) {
  for (const std::uint8_t byte : bytes) digest_ = (digest_ ^ byte) * 0x100000001b3U;
}

}  // namespace parley::sim
