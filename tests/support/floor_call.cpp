#include "tests/support/floor_call.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "protocol/limits.hpp"

namespace parley::test {

namespace {

constexpr std::uint8_t kSlots = 12;
constexpr std::uint64_t kBootId = 1;
constexpr Duration kStep = std::chrono::milliseconds(5);

}  // namespace

FloorCall::FloorCall(std::uint16_t workers, std::uint64_t seed, std::size_t home_share)
    : workers_(workers),
      call_({}, seed, workers),
      mint_(call_.random()),
      switchboard_({.node_name = "node-1",
                    .boot_id = kBootId,
                    .workers = workers,
                    .home_share = home_share,
                    .first_term = 100}) {
  set_link(true);
}

control::ToNode FloorCall::make_add(const TestPeer& peer, RoomId home) {
  const sfu::PeerOffer offer = peer.offer();
  control::ToNode message;
  control::AddPeer& add = *message.mutable_add_peer();
  add.set_peer_id(peer.id().value);
  add.set_home_room_id(home.value);
  add.mutable_offer()->set_ice_ufrag(offer.ice_ufrag);
  add.mutable_offer()->set_ice_pwd(offer.ice_pwd);
  add.mutable_offer()->set_dtls_fingerprint(offer.fingerprint.data(), offer.fingerprint.size());
  add.mutable_offer()->set_opus_payload_type(offer.opus_payload_type);
  add.mutable_offer()->set_audio_level_extension_id(offer.audio_level_extension_id);
  add.mutable_offer()->set_uplink_ssrc(offer.uplink_ssrc.value);
  add.mutable_offer()->set_slots(offer.slots);
  add.set_ticket(mint_.mint({.peer = peer.id(),
                             .device = DeviceId{peer.id().value},
                             .boot_id = kBootId,
                             .not_after = call_.now().wall + protocol::kTicketLife,
                             .fingerprint = offer.fingerprint}));
  return message;
}

TestPeer& FloorCall::connect(RoomId home) {
  TestPeer& peer = call_.make_peer({.id = {}, .path = {}, .slots = kSlots});
  const control::ToNode message = make_add(peer, home);
  sfu::SwitchboardOutbox out;
  switchboard_.on_message(message, call_.now(), out);
  PARLEY_CHECK(out.to_workers.size() == 1);
  peer.place_on(out.to_workers[0].first);
  carry(out);
  PARLEY_CHECK(call_.connect(peer));
  settle();
  return peer;
}

void FloorCall::join(TestPeer& peer, RoomId room, const JoinSettings& settings) {
  control::ToNode message;
  control::JoinRoom& join = *message.mutable_join_room();
  join.set_peer_id(peer.id().value);
  join.set_room_id(room.value);
  join.set_member_id(settings.member.is_none() ? member_of(peer)
                                               : static_cast<std::uint32_t>(settings.member.value));
  join.mutable_rights()->set_role(settings.role);
  join.mutable_rights()->set_may_talk(settings.may_talk);
  join.mutable_rights()->set_max_tier(settings.max_tier);
  join.mutable_policy()->set_mode(settings.mode);
  join.set_first_slot(settings.first_slot);
  join.set_slots(settings.slots);
  control(message);
}

TestPeer& FloorCall::join(RoomId room, const JoinSettings& settings) {
  TestPeer& peer = connect(room);
  join(peer, room, settings);
  return peer;
}

void FloorCall::leave(const TestPeer& peer, RoomId room, bool is_expelled) {
  control::ToNode message;
  message.mutable_leave_room()->set_peer_id(peer.id().value);
  message.mutable_leave_room()->set_room_id(room.value);
  message.mutable_leave_room()->set_is_expelled(is_expelled);
  control(message);
}

void FloorCall::set_talk_room(const TestPeer& peer, RoomId room, std::uint32_t change_id,
                              std::optional<std::uint32_t> first_timestamp) {
  control::ToNode message;
  message.mutable_set_talk_room()->set_peer_id(peer.id().value);
  message.mutable_set_talk_room()->set_room_id(room.value);
  message.mutable_set_talk_room()->set_change_id(change_id);
  if (first_timestamp) message.mutable_set_talk_room()->set_first_timestamp(*first_timestamp);
  control(message);
}

void FloorCall::set_signaling(const TestPeer& peer, bool is_connected) {
  control::ToNode message;
  message.mutable_signaling_state()->set_peer_id(peer.id().value);
  message.mutable_signaling_state()->set_is_connected(is_connected);
  control(message);
}

void FloorCall::set_link(bool is_up) {
  sfu::SwitchboardOutbox out;
  if (is_up) {
    switchboard_.on_link_up(call_.now().mono, out);
  } else {
    switchboard_.on_link_down(call_.now().mono, out);
  }
  carry(out);
  if (!is_up) return;
  control::ToNode welcome;
  const protocol::TicketKey& key = mint_.public_key();
  welcome.mutable_welcome()->set_version(protocol::kMaxVersion);
  welcome.mutable_welcome()->set_ticket_key(key.data(), key.size());
  control(welcome);
}

void FloorCall::control(const control::ToNode& message) {
  PARLEY_CHECK(protocol::find_violation(message).empty());
  sfu::SwitchboardOutbox out;
  switchboard_.on_message(message, call_.now(), out);
  carry(out);
}

void FloorCall::ask(const TestPeer& from, floor::Request request, RoomId room) {
  request.set_room_id(room.value);
  control::ToNode message;
  message.mutable_floor()->set_member_id(member_of(from));
  *message.mutable_floor()->mutable_request() = std::move(request);
  control(message);
}

void FloorCall::press(const TestPeer& from, RoomId room, std::uint32_t req_id,
                      std::optional<std::uint32_t> first_timestamp, floor::Tier tier) {
  floor::Request request;
  request.mutable_press()->set_req_id(req_id);
  request.mutable_press()->set_tier(tier);
  if (first_timestamp) request.mutable_press()->set_first_timestamp(*first_timestamp);
  ask(from, std::move(request), room);
}

void FloorCall::release(const TestPeer& from, RoomId room, const floor::GrantId& grant,
                        std::optional<std::uint32_t> last_timestamp) {
  floor::Request request;
  *request.mutable_release()->mutable_grant() = grant;
  if (last_timestamp) request.mutable_release()->set_last_timestamp(*last_timestamp);
  ask(from, std::move(request), room);
}

void FloorCall::cancel(const TestPeer& from, RoomId room, std::uint32_t req_id) {
  floor::Request request;
  request.mutable_cancel()->set_req_id(req_id);
  ask(from, std::move(request), room);
}

void FloorCall::set_policy(const TestPeer& from, RoomId room, floor::Mode mode) {
  floor::Request request;
  request.mutable_set_policy()->mutable_policy()->set_mode(mode);
  ask(from, std::move(request), room);
}

void FloorCall::say(TestPeer& peer, std::string_view words) {
  call_.say(peer, words);
  settle();
}

void FloorCall::send(const TestPeer& peer, std::vector<std::uint8_t> datagram) {
  call_.send(peer, std::move(datagram));
  settle();
}

void FloorCall::pass(Duration duration) {
  while (duration > Duration::zero()) {
    const Duration step = std::min(duration, kStep);
    call_.pass(step);
    settle();
    duration -= step;
  }
}

void FloorCall::settle() {
  for (auto events = call_.take_events(); !events.empty(); events = call_.take_events()) {
    for (const sfu::WorkerEvent& event : events) {
      sfu::SwitchboardOutbox out;
      switchboard_.on_worker_event({}, event, call_.now().mono, out);
      carry(out);
    }
  }
}

void FloorCall::carry(sfu::SwitchboardOutbox& out) {
  for (control::FromNode& message : out.to_signaling) {
    PARLEY_CHECK(protocol::find_violation(message).empty());
    if (message.has_floor()) {
      told_.push_back(message.floor());
    } else {
      messages_.push_back(std::move(message));
    }
  }
  for (const auto& [worker, command] : out.to_workers) call_.command(command, worker);
  settle();
}

std::uint32_t FloorCall::member_of(const TestPeer& peer) {
  return static_cast<std::uint32_t>(peer.id().value);
}

std::vector<floor::Event> FloorCall::take_told(const TestPeer& to) {
  std::vector<floor::Event> events;
  for (const control::FloorTold& told : told_) {
    if (told.member_id() == 0 || told.member_id() == member_of(to)) events.push_back(told.event());
  }
  told_.clear();
  return events;
}

floor::Event FloorCall::last_told(const TestPeer& to, bool (floor::Event::*has)() const) const {
  for (auto told = told_.rbegin(); told != told_.rend(); ++told) {
    const bool is_his = told->member_id() == 0 || told->member_id() == member_of(to);
    if (is_his && (told->event().*has)()) return told->event();
  }
  return {};
}

std::vector<control::FromNode> FloorCall::take_messages() { return std::exchange(messages_, {}); }

std::vector<std::string> FloorCall::words_heard(TestPeer& peer) {
  std::vector<std::string> words;
  for (const HeardPacket& packet : peer.take_heard()) {
    words.emplace_back(packet.payload.begin(), packet.payload.end());
  }
  return words;
}

std::uint64_t FloorCall::dropped(sfu::Drop drop) const {
  std::uint64_t sum = 0;
  for (std::uint16_t i = 0; i < workers_; ++i) {
    sum += call_.counters(WorkerIndex{i}).receive_drops.of(drop);
  }
  return sum;
}

sfu::FloorNumbers FloorCall::numbers() {
  sfu::FloorNumbers sum;
  for (std::uint16_t i = 0; i < workers_; ++i) {
    sum += call_.node(WorkerIndex{i}).floor_numbers(call_.now().mono);
  }
  return sum;
}

}  // namespace parley::test
