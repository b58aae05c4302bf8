#include "tests/unit/client/small_call.hpp"

#include <sys/time.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "tests/unit/client/device.hpp"

namespace parley::test {
namespace {

WallTime virtual_wall = kWallStart;

const Endpoint kNodeUdp = node_endpoint(1, 5000);
const Endpoint kNodeTcp = node_endpoint(1, 443);

sfu::DtlsContext make_dtls() {
  auto context = sfu::DtlsContext::create({sfu::SrtpProfile::aead_aes_128_gcm});
  PARLEY_CHECK(context.has_value());
  return std::move(*context);
}

sfu::WorkerConfig worker_config() {
  sfu::WorkerConfig config;
  config.candidates = {{.is_tcp = false, .endpoint = kNodeUdp, .priority = 200, .foundation = "u"},
                       {.is_tcp = true, .endpoint = kNodeTcp, .priority = 100, .foundation = "t"}};
  return config;
}

}  // namespace
}  // namespace parley::test

// libssl asks this for its timers; here it gets virtual time.
extern "C" int gettimeofday(timeval* time, void*) noexcept {
  const auto micros = parley::test::virtual_wall.time_since_epoch().count();
  time->tv_sec = micros / 1'000'000;
  time->tv_usec = micros % 1'000'000;
  return 0;
}

namespace parley::test {

SmallCall::SmallCall(std::uint64_t seed)
    : now_(at(Duration::zero())),
      random_(seed),
      client_dtls_(make_dtls()),
      node_dtls_(make_dtls()),
      node_(std::make_unique<sfu::WorkerCore>(worker_config(), node_dtls_, random_)) {
  virtual_wall = now_.wall;
}

SmallCall::Person& SmallCall::add(client::ClientConfig config) {
  auto person = std::make_unique<Person>();
  person->address = {
      .address = {.bytes = {10, 0, 0, static_cast<std::uint8_t>(people_.size() + 1)}},
      .port = 4000};
  config.credential = "credential";
  person->core =
      std::make_unique<client::ClientCore>(std::move(config), device_key(), client_dtls_, random_);
  people_.push_back(std::move(person));
  people_.back()->core->on_signaling_open(now_, people_.back()->out);
  return *people_.back();
}

void SmallCall::run(Duration duration) {
  for (const Timestamp end = now_.mono + duration; now_.mono < end;) step();
}

bool SmallCall::run_until(const std::function<bool()>& is_reached, Duration limit) {
  for (const Timestamp end = now_.mono + limit; now_.mono < end;) {
    if (is_reached()) return true;
    step();
  }
  return is_reached();
}

void SmallCall::say(Person& person, const std::string& words) {
  person.rtp_timestamp += 960;
  person.core->send_audio(as_bytes(words), person.rtp_timestamp, 20, now_, person.out);
}

void SmallCall::talk(Person& person, Duration duration) {
  for (int i = 0; i * std::chrono::milliseconds(20) < duration; ++i) {
    say(person, std::to_string(i));
    run(std::chrono::milliseconds(20));
  }
}

void SmallCall::renew_leases() {
  if (now_.mono < next_renewal_) return;
  next_renewal_ = now_.mono + std::chrono::seconds(10);
  sfu::RenewLeases renewal;
  for (std::uint64_t peer = 1; peer <= people_.size(); ++peer) {
    renewal.peers.push_back(PeerId{peer});
  }
  node_->on_command(renewal, now_, node_out_);
}

void SmallCall::step() {
  now_.mono += kStep;
  now_.wall += kStep;
  virtual_wall = now_.wall;
  renew_leases();
  for (auto& person : people_) {
    if (person->core->deadline() <= now_.mono) person->core->tick(now_, person->out);
    collect(*person);
  }
  if (node_->deadline() <= now_.mono) node_->tick(now_, node_out_);
  while (node_->has_work()) node_->work(now_, node_out_);
  deliver_node();
}

void SmallCall::collect(Person& person) {
  std::vector<std::pair<Path, std::vector<std::uint8_t>>> packets;
  for (const auto& entry : person.out.packets.entries()) {
    const Bytes bytes = person.out.packets.bytes(entry);
    packets.emplace_back(entry.path, std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  }
  person.out.packets.clear();
  for (auto& [path, bytes] : packets) {
    if (!path.is_tcp() && (is_udp_blocked || random_.chance(loss_percent))) continue;
    node_->receive({.remote = person.address, .connection = path.connection}, bytes, now_,
                   node_out_);
  }
  for (const std::string& frame : std::exchange(person.out.frames, {})) {
    if (person.is_signaling_up) answer(person, frame);
  }
  for (const Endpoint& remote : std::exchange(person.out.connect_tcp, {})) {
    person.core->on_tcp_connected(remote, person.address.address.bytes[3], now_, person.out);
  }
  for (const std::uint32_t connection : std::exchange(person.out.close_tcp, {})) {
    node_->on_connection_closed(connection, now_, node_out_);
  }
  for (client::ClientEvent& event : std::exchange(person.out.events, {})) {
    if (const auto* audio = std::get_if<client::AudioReceived>(&event)) {
      person.heard.push_back({.slot = audio->slot,
                              .sequence = audio->sequence,
                              .words = {audio->opus.begin(), audio->opus.end()}});
    } else {
      person.events.push_back(std::move(event));
    }
  }
}

void SmallCall::send(Person& person, api::ServerMessage message, std::uint32_t request_id) {
  message.set_request_id(request_id);
  const std::string frame = message.SerializeAsString();
  person.core->on_signaling_frame(as_bytes(frame), now_, person.out);
}

void SmallCall::answer(Person& person, const std::string& frame) {
  api::ClientMessage message;
  PARLEY_CHECK(message.ParseFromString(frame));
  api::ServerMessage reply;
  if (message.has_hello()) {
    reply.mutable_welcome()->set_version(2);
    reply.mutable_welcome()->set_ping_interval_ms(10'000);
    reply.mutable_welcome()->set_challenge(std::string(32, 'c'));
  } else if (message.has_login()) {
    reply.mutable_session()->set_device_id(person.address.address.bytes[3]);
    reply.mutable_session()->set_user_id(person.address.address.bytes[3]);
    reply.mutable_session()->set_transport_id(person.transport_id);
    reply.mutable_session()->add_rooms()->set_room_id(kRoom);
    reply.mutable_session()->mutable_rooms(0)->set_name("Lobby");
  } else if (message.has_join()) {
    reply.mutable_joined()->mutable_room()->set_room_id(kRoom);
    reply.mutable_joined()->mutable_room()->set_name("Lobby");
    reply.mutable_joined()->set_own_member_id(person.address.address.bytes[3]);
  } else if (message.has_ping()) {
    reply.mutable_pong();
  } else if (message.has_connect()) {
    ask_node(person, message);
    return;
  } else {
    return;
  }
  send(person, reply, message.request_id());
}

void SmallCall::ask_node(Person& person, const api::ClientMessage& message) {
  person.connect_request = message.request_id();
  const api::Connect& offer = message.connect();
  sfu::Fingerprint fingerprint{};
  std::ranges::copy(as_bytes(offer.dtls_fingerprint()), fingerprint.begin());
  const PeerId peer{person.address.address.bytes[3]};
  node_->on_command(sfu::RemovePeer{peer}, now_, node_out_);
  node_->on_command(
      sfu::AddPeer{
          .request_id = 1,
          .offer = {.peer = peer,
                    .ice_ufrag = offer.ice_ufrag(),
                    .ice_pwd = offer.ice_pwd(),
                    .fingerprint = fingerprint,
                    .opus_payload_type = static_cast<std::uint8_t>(offer.opus_payload_type()),
                    .audio_level_extension_id =
                        static_cast<std::uint8_t>(offer.audio_level_extension_id()),
                    .uplink_ssrc = Ssrc{offer.uplink_ssrc()},
                    .slots = static_cast<std::uint8_t>(offer.slots())}},
      now_, node_out_);
  node_->on_command(sfu::JoinRoom{.peer = peer, .room = RoomId{kRoom}, .may_send = true}, now_,
                    node_out_);
}

void SmallCall::grant(const sfu::PeerAdded& added) {
  Person& person = *people_[added.peer.value - 1];
  api::ServerMessage reply;
  api::Connected* connected = reply.mutable_connected();
  connected->set_transport_id(++person.transport_id);
  connected->set_ice_ufrag(added.answer.ice_ufrag);
  connected->set_ice_pwd(added.answer.ice_pwd);
  connected->set_dtls_fingerprint(added.answer.fingerprint.data(), added.answer.fingerprint.size());
  connected->set_uplink_ssrc(added.answer.uplink_ssrc.value);
  for (const Ssrc ssrc : added.answer.slot_ssrcs) connected->add_slot_ssrcs(ssrc.value);
  for (const sfu::IceCandidate& candidate : added.answer.candidates) {
    api::Candidate* told = connected->add_candidates();
    told->set_protocol(candidate.is_tcp ? api::Candidate::TCP_PASSIVE : api::Candidate::UDP);
    told->set_address(candidate.endpoint.address.to_string());
    told->set_port(candidate.endpoint.port);
    told->set_priority(candidate.priority);
    told->set_foundation(candidate.foundation);
  }
  send(person, reply, person.connect_request);
}

SmallCall::Person* SmallCall::person_at(const Path& path) {
  const auto found = std::ranges::find_if(
      people_, [&](const auto& person) { return person->address == path.remote; });
  return found == people_.end() ? nullptr : found->get();
}

void SmallCall::deliver_node() {
  std::vector<std::pair<Path, std::vector<std::uint8_t>>> packets;
  for (const auto& entry : node_out_.packets.entries()) {
    const Bytes bytes = node_out_.packets.bytes(entry);
    packets.emplace_back(entry.path, std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  }
  node_out_.packets.clear();
  for (auto& [to, bytes] : packets) {
    Person* person = person_at(to);
    if (person == nullptr) continue;
    if (!to.is_tcp() && (is_udp_blocked || random_.chance(loss_percent))) continue;
    const Path from{.remote = to.is_tcp() ? kNodeTcp : kNodeUdp, .connection = to.connection};
    person->core->on_datagram(from, bytes, now_, person->out);
  }
  for (const std::uint32_t connection : std::exchange(node_out_.close_connections, {})) {
    people_[connection - 1]->core->on_tcp_closed(connection, now_, people_[connection - 1]->out);
  }
  for (const sfu::WorkerEvent& event : std::exchange(node_out_.events, {})) {
    if (const auto* added = std::get_if<sfu::PeerAdded>(&event)) grant(*added);
  }
}

void SmallCall::restart_node() {
  node_ = std::make_unique<sfu::WorkerCore>(worker_config(), node_dtls_, random_);
  node_out_.packets.clear();
  node_out_.events.clear();
}

void SmallCall::cut_signaling(Person& person) {
  person.is_signaling_up = false;
  person.core->on_signaling_closed(now_, person.out);
}

void SmallCall::restore_signaling(Person& person) {
  person.is_signaling_up = true;
  person.core->on_signaling_open(now_, person.out);
}

void SmallCall::tell_media_lost(Person& person) {
  api::ServerMessage message;
  message.mutable_media_lost()->set_transport_id(person.transport_id);
  send(person, message);
}

void SmallCall::take_rooms(Person& person) {
  api::ServerMessage message;
  message.mutable_rooms_changed();
  send(person, message);
}

void SmallCall::inject(Person& person, std::vector<std::uint8_t> datagram) {
  person.core->on_datagram({.remote = kNodeUdp}, datagram, now_, person.out);
}

}  // namespace parley::test
