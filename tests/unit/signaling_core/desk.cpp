#include "tests/unit/signaling_core/desk.hpp"

#include <algorithm>
#include <utility>

#include "base/base64url.hpp"
#include "base/check.hpp"
#include "protocol/proof.hpp"
#include "signaling/directory/rows.hpp"
#include "signaling/store/tables.hpp"

namespace parley::signaling {

Desk::Desk(SignalingConfig settings, std::uint64_t seed) : Desk(std::move(settings), seed, "") {}

Desk::Desk(SignalingConfig settings, const std::string& path)
    : Desk(std::move(settings), 1, path) {}

Desk::Desk(SignalingConfig settings, std::uint64_t seed, std::string path)
    : config(std::move(settings)),
      random(seed),
      authority(Authority::create("Parley", random, now.wall).value()),
      path_(std::move(path)) {
  config.hosts = {kHost};
  open_store();
  floor::Policy ptt;
  ptt.set_mode(floor::PTT);
  for (const RoomRecord& room : {RoomRecord{.id = kBridge, .name = "Bridge"},
                                 RoomRecord{.id = kRadio, .name = "Radio", .policy = ptt}}) {
    const Write write{.kind = Write::Kind::put, .table = &tables::kRooms, .row = to_row(room)};
    PARLEY_CHECK(engine->commit({write}, Durability::synced).has_value());
  }
  start();
}

void Desk::open_store() {
  engine.reset();
  engine = path_.empty() ? std::move(SqliteEngine::open_in_memory().value())
                         : std::move(SqliteEngine::open(path_).value());
}

void Desk::start() {
  core = std::make_unique<SignalingCore>(config, *engine, authority, random, now);
  PARLEY_CHECK(core->loaded().has_value());
}

ConnectionId Desk::open() {
  const ConnectionId connection{next_connection_++};
  SignalingOutbox out;
  core->on_connection_opened(connection, now, out);
  deliver(out);
  return connection;
}

void Desk::close_connection(ConnectionId connection) {
  SignalingOutbox out;
  core->on_connection_closed(connection, now, out);
  deliver(out);
}

void Desk::send_bytes(ConnectionId connection, Bytes frame) {
  SignalingOutbox out;
  core->on_frame(connection, frame, now, out);
  deliver(out);
}

api::ServerMessage Desk::say(ConnectionId connection, api::ClientMessage message) {
  message.set_request_id(kRequest);
  const std::size_t before = inbox_[connection].size();
  send_bytes(connection, as_bytes(message.SerializeAsString()));
  const std::vector<api::ServerMessage>& inbox = inbox_[connection];
  for (std::size_t i = inbox.size(); i > before; --i) {
    if (inbox[i - 1].request_id() == kRequest) return inbox[i - 1];
  }
  return {};
}

std::vector<api::ServerMessage> Desk::take(ConnectionId connection) {
  return std::exchange(inbox_[connection], {});
}

std::optional<CloseCode> Desk::closed_with(ConnectionId connection) const {
  const auto found = closed_.find(connection);
  if (found == closed_.end()) return std::nullopt;
  return found->second;
}

admin::Answer Desk::administer(const admin::Request& request) {
  admin_answer_.reset();
  SignalingOutbox out;
  core->on_admin(AdminRequestId{1}, request, now, out);
  deliver(out);
  PARLEY_CHECK(admin_answer_.has_value());
  return *std::exchange(admin_answer_, std::nullopt);
}

std::string Desk::invitation(std::string_view name, RoomId room, std::chrono::seconds life) {
  admin::Invite invite;
  invite.add_rooms()->mutable_room()->set_id(room.value);
  invite.set_name(std::string(name));
  invite.set_lifetime_s(static_cast<std::uint32_t>(life.count()));
  return invitation_of(invite);
}

std::string Desk::invitation_to(const std::vector<Access>& rooms, std::string_view delegation) {
  admin::Invite invite;
  for (const Access& access : rooms) {
    admin::Invite::Room& room = *invite.add_rooms();
    room.mutable_room()->set_id(access.room.value);
    room.set_role(access.rights.role);
    room.set_max_tier(access.rights.max_tier);
    room.set_max_level(access.rights.max_level);
  }
  invite.set_delegation(std::string(delegation));
  return invitation_of(invite);
}

RoomId Desk::make_room(std::string_view name, const floor::Policy& policy) {
  admin::Request request;
  request.mutable_create_room()->mutable_room()->set_name(std::string(name));
  *request.mutable_create_room()->mutable_room()->mutable_policy() = policy;
  const admin::Answer answer = administer(request);
  PARLEY_CHECK(answer.has_room());
  return RoomId{answer.room().room_id()};
}

RoomRecord Desk::stored_room(RoomId room) {
  const auto rows = engine->read(tables::kRooms);
  for (const Row& row : rows.value()) {
    if (auto record = room_from(row); record->id == room) return *std::move(record);
  }
  return {};
}

std::string Desk::invitation_of(const admin::Invite& invite) {
  admin::Request request;
  *request.mutable_invite() = invite;
  const admin::Answer answer = administer(request);
  PARLEY_CHECK(answer.links().links_size() == 1);
  const auto code = from_base64url(answer.links().links(0).code());
  PARLEY_CHECK(code.has_value());
  return {code->begin(), code->end()};
}

std::string Desk::link_for(UserId user, bool is_approved) {
  admin::Request request;
  request.mutable_create_enrolment()->mutable_user()->set_id(user.value);
  request.mutable_create_enrolment()->set_is_approved(is_approved);
  const admin::Answer answer = administer(request);
  PARLEY_CHECK(answer.links().links_size() == 1);
  const auto code = from_base64url(answer.links().links(0).code());
  PARLEY_CHECK(code.has_value());
  return {code->begin(), code->end()};
}

TestDevice Desk::new_device() { return {.key = client::DeviceKey::generate(random)}; }

const std::string& Desk::challenge(ConnectionId connection) const {
  return challenges_.at(connection);
}

api::ServerMessage Desk::enrol(ConnectionId connection, TestDevice& device, const std::string& code,
                               const std::string& name) {
  api::ServerMessage answer =
      say(connection, enrol_message(device, challenge(connection), code, name));
  if (answer.has_enrolled()) {
    device.credential = answer.enrolled().credential();
    device.id = DeviceId{answer.enrolled().device_id()};
  }
  return answer;
}

api::ServerMessage Desk::login(ConnectionId connection, TestDevice& device) {
  api::ServerMessage answer = say(connection, login_message(device, challenge(connection)));
  if (!answer.session().credential().empty()) device.credential = answer.session().credential();
  if (answer.has_session()) device.user = UserId{answer.session().user_id()};
  return answer;
}

ConnectionId Desk::greeted() {
  const ConnectionId connection = open();
  const api::ServerMessage answer = say(connection, hello_message());
  PARLEY_CHECK(answer.has_welcome());
  challenges_[connection] = answer.welcome().challenge();
  return connection;
}

Desk::Page Desk::signed_in(std::string_view name, RoomId room) {
  Page page{.connection = greeted(), .device = std::make_shared<TestDevice>(new_device())};
  PARLEY_CHECK(enrol(page.connection, *page.device, invitation(name, room)).has_enrolled());
  PARLEY_CHECK(login(page.connection, *page.device).has_session());
  return page;
}

Desk::Page Desk::in_room(std::string_view name) {
  Page page = signed_in(name);
  const auto answer = say(page.connection, join_message());
  PARLEY_CHECK(answer.has_joined());
  page.member = answer.joined().own_member_id();
  return page;
}

Desk::Page Desk::talking(std::string_view name) {
  if (!node_is_up_) node_up();
  Page page = in_room(name);
  connect_media(page);
  return page;
}

Desk::Page Desk::guest_of(const std::vector<Access>& rooms, std::string_view delegation) {
  Page page{.connection = greeted(), .device = std::make_shared<TestDevice>(new_device())};
  const std::string code = invitation_to(rooms, delegation);
  PARLEY_CHECK(enrol(page.connection, *page.device, code).has_enrolled());
  PARLEY_CHECK(login(page.connection, *page.device).has_session());
  if (node_is_up_) connect_media(page);
  return page;
}

Desk::Page Desk::guest_of_both(std::string_view delegation) {
  return guest_of({{.room = kBridge}, {.room = kRadio}}, delegation);
}

void Desk::connect_media(Page& page) {
  PARLEY_CHECK(say(page.connection, connect_message()).has_connected());
  page.peer = {};
  for (auto message = node.received.rbegin(); page.peer.is_none(); ++message) {
    page.peer = PeerId{message->add_peer().peer_id()};
  }
  set_peer(page.peer, control::PeerState::CONNECTED);
}

Desk::Page Desk::resumed(const Page& page) {
  Page next = page;
  next.connection = greeted();
  if (!login(next.connection, *next.device).has_session()) next.connection = {};
  return next;
}

void Desk::kill(const Page& page, bool stalls) {
  close_connection(page.connection);
  if (!stalls) return;
  advance(std::chrono::seconds(3));
  set_peer(page.peer, control::PeerState::STALLED);
}

void Desk::node_up() {
  node_is_up_ = true;
  node_link_closed = false;
  SignalingOutbox out;
  core->on_node_up(now, out);
  deliver(out);
  for (const control::FromNode& message : node.greet()) from_node(message);
}

void Desk::node_down() {
  node_is_up_ = false;
  SignalingOutbox out;
  core->on_node_down(now, out);
  deliver(out);
}

void Desk::from_node(const control::FromNode& message) {
  SignalingOutbox out;
  core->on_node_message(message, now, out);
  deliver(out);
}

void Desk::set_peer(PeerId peer, control::PeerState::State state) {
  from_node(node.set_state(peer, state));
}

void Desk::tell_talkers(std::vector<PeerId> channels, RoomId room) {
  control::FromNode message;
  message.mutable_talkers()->set_room_id(room.value);
  for (const PeerId peer : channels) message.mutable_talkers()->add_peer_ids(peer.value);
  from_node(message);
}

void Desk::tell_floor(std::uint32_t member, const floor::Event& event) {
  control::FromNode message;
  message.mutable_floor()->set_member_id(member);
  *message.mutable_floor()->mutable_event() = event;
  from_node(message);
}

std::vector<control::ToNode> Desk::take_from_node() { return std::exchange(node.received, {}); }

void Desk::advance(Duration by) {
  const Timestamp end = now.mono + by;
  while (now.mono < end) {
    const Timestamp next = std::clamp(core->deadline(), now.mono + Duration(1), end);
    now.wall += next - now.mono;
    now.mono = next;
    SignalingOutbox out;
    core->tick(now, out);
    deliver(out);
  }
}

void Desk::restart() {
  core.reset();
  node_is_up_ = false;
  if (!path_.empty()) open_store();
  // The new process has its own monotonic clock.
  now.mono = Timestamp(std::chrono::seconds(3));
  start();
}

void Desk::deliver(SignalingOutbox& out) {
  for (const auto& [to, bytes] : out.frames) {
    api::ServerMessage message;
    PARLEY_CHECK(message.ParseFromString(bytes));
    inbox_[to].push_back(message);
    if (message.has_enrolled()) {
      message.mutable_enrolled()->clear_credential();
      message.mutable_enrolled()->clear_authority();
    }
    everything_sent += message.SerializeAsString();
  }
  for (const auto& [connection, code] : out.closes) closed_.emplace(connection, code);
  for (const auto& [id, answer] : out.admin_answers) admin_answer_ = answer;
  floor_log.insert(floor_log.end(), out.floor_changes.begin(), out.floor_changes.end());
  node_link_closed = node_link_closed || out.close_node;
  if (node_is_up_) {
    for (const control::ToNode& message : out.to_node) {
      everything_sent += message.SerializeAsString();
      for (const control::FromNode& answer : node.receive(message)) from_node(answer);
    }
  }
}

api::ClientMessage hello_message(std::uint32_t min, std::uint32_t max) {
  api::ClientMessage message;
  message.mutable_hello()->set_min_version(min);
  message.mutable_hello()->set_max_version(max);
  message.mutable_hello()->set_agent("test");
  return message;
}

api::ClientMessage enrol_message(const TestDevice& device, const std::string& challenge,
                                 const std::string& code, const std::string& name) {
  const std::string key(as_text(device.key.public_key()));
  api::ClientMessage message;
  api::Enrol& enrol = *message.mutable_enrol();
  enrol.set_invitation(code);
  enrol.set_public_key(key);
  enrol.set_signature(
      device.key.sign(protocol::proof_text(protocol::ProofOf::enrolment, kHost, challenge, key)));
  enrol.set_label("test");
  enrol.set_display_name(name);
  return message;
}

api::ClientMessage login_message(const TestDevice& device, const std::string& challenge) {
  api::ClientMessage message;
  message.mutable_login()->set_credential(device.credential);
  message.mutable_login()->set_signature(device.key.sign(
      protocol::proof_text(protocol::ProofOf::login, kHost, challenge, device.credential)));
  return message;
}

api::ClientMessage join_message(RoomId room, std::uint32_t first_slot, std::uint32_t slots) {
  api::ClientMessage message;
  message.mutable_join()->set_room_id(room.value);
  message.mutable_join()->set_first_slot(first_slot);
  message.mutable_join()->set_slots(slots);
  return message;
}

api::ClientMessage leave_message(RoomId room) {
  api::ClientMessage message;
  message.mutable_leave()->set_room_id(room.value);
  return message;
}

api::ClientMessage connect_message() {
  api::ClientMessage message;
  api::Connect& connect = *message.mutable_connect();
  connect.set_ice_ufrag("ufrag");
  connect.set_ice_pwd(std::string(24, 'p'));
  connect.set_dtls_fingerprint(std::string(32, 'f'));
  connect.set_opus_payload_type(111);
  connect.set_audio_level_extension_id(1);
  connect.set_uplink_ssrc(1234);
  connect.set_slots(4);
  return message;
}

api::ClientMessage disconnect_message() {
  api::ClientMessage message;
  message.mutable_disconnect();
  return message;
}

api::ClientMessage mute_message(bool muted) {
  api::ClientMessage message;
  message.mutable_set_muted()->set_muted(muted);
  return message;
}

api::ClientMessage hand_message(bool raised, RoomId room) {
  api::ClientMessage message;
  message.mutable_set_hand()->set_room_id(room.value);
  message.mutable_set_hand()->set_raised(raised);
  return message;
}

api::ClientMessage talk_room_message(RoomId room) {
  api::ClientMessage message;
  message.mutable_set_talk_room()->set_room_id(room.value);
  return message;
}

api::ClientMessage press_message(std::uint32_t req_id, RoomId room) {
  api::ClientMessage message;
  message.mutable_floor()->set_room_id(room.value);
  message.mutable_floor()->mutable_press()->set_req_id(req_id);
  return message;
}

api::ClientMessage ping_message() {
  api::ClientMessage message;
  message.mutable_ping();
  return message;
}

}  // namespace parley::signaling
