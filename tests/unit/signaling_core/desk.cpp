#include "tests/unit/signaling_core/desk.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::signaling {

Desk::Desk(SignalingConfig settings, std::uint64_t seed)
    : Desk(std::move(settings), seed, std::move(Store::open_in_memory().value()), "") {}

Desk::Desk(SignalingConfig settings, const std::string& path)
    : Desk(std::move(settings), 1, std::move(Store::open(path).value()), path) {}

Desk::Desk(SignalingConfig settings, std::uint64_t seed, Store opened, std::string path)
    : config(std::move(settings)),
      random(seed),
      store(std::move(opened)),
      key(InvitationKey::generate(random)),
      path_(std::move(path)) {
  PARLEY_CHECK(store.create_room(kBridge, "Bridge").has_value());
  start();
}

void Desk::start() {
  core = std::make_unique<SignalingCore>(config, store, key, random, now);
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

std::string Desk::invitation(std::string_view name, RoomId room, std::chrono::seconds life) {
  const auto bytes = key.sign({.id = new_invitation_id(random),
                               .rooms = {{.room = room}},
                               .display_name = std::string(name),
                               .not_after = now.wall + life});
  return std::string(as_text(bytes.value()));
}

std::string Desk::invitation_to(std::vector<Admission> rooms, std::string_view delegation) {
  const auto bytes = key.sign({.id = new_invitation_id(random),
                               .rooms = std::move(rooms),
                               .display_name = "Guest",
                               .delegation = std::string(delegation),
                               .not_after = now.wall + std::chrono::hours(1)});
  return std::string(as_text(bytes.value()));
}

void Desk::make_radio() {
  floor::Policy policy;
  policy.set_mode(floor::PTT);
  PARLEY_CHECK(store.create_room(kRadio, "Radio", policy).has_value());
}

ConnectionId Desk::greeted() {
  const ConnectionId connection = open();
  PARLEY_CHECK(say(connection, hello_message()).has_welcome());
  return connection;
}

Desk::Page Desk::signed_in(std::string_view name) {
  Page page;
  page.connection = greeted();
  const auto answer = say(page.connection, redeem_message(invitation(name)));
  PARLEY_CHECK(answer.has_session());
  page.token = answer.session().resume_token();
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

Desk::Page Desk::guest_of_both(std::string_view delegation) {
  Page page;
  page.connection = greeted();
  const std::string invited = invitation_to({{.room = kBridge}, {.room = kRadio}}, delegation);
  const auto answer = say(page.connection, redeem_message(invited));
  PARLEY_CHECK(answer.has_session());
  page.token = answer.session().resume_token();
  if (node_is_up_) connect_media(page);
  return page;
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
  next.token = say(next.connection, resume_message(page.token)).session().resume_token();
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
  if (!path_.empty()) store = std::move(Store::open(path_).value());
  // The new process has its own monotonic clock.
  now.mono = Timestamp(std::chrono::seconds(3));
  start();
}

void Desk::deliver(SignalingOutbox& out) {
  for (const auto& [to, bytes] : out.frames) {
    api::ServerMessage message;
    PARLEY_CHECK(message.ParseFromString(bytes));
    inbox_[to].push_back(std::move(message));
    everything_sent += bytes;
  }
  for (const auto& [connection, code] : out.closes) closed_.emplace(connection, code);
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

api::ClientMessage redeem_message(const std::string& invitation, const std::string& name,
                                  const std::string& retry_key) {
  api::ClientMessage message;
  message.mutable_redeem()->set_invitation(invitation);
  message.mutable_redeem()->set_display_name(name);
  message.mutable_redeem()->set_retry_key(retry_key);
  return message;
}

api::ClientMessage resume_message(const std::string& token) {
  api::ClientMessage message;
  message.mutable_resume()->set_resume_token(token);
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
