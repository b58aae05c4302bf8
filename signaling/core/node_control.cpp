// The control link to the media node. Media never waits for it: a link that is lost changes nothing
// but what we may believe, and each new link begins with a snapshot that sets both sides right.
#include <utility>

#include "protocol/limits.hpp"
#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {

void SignalingCore::State::on_node_up(Turn& turn) {
  if (node.is_link_up()) on_node_down(turn);  // a second link replaces the first
  node.on_link_up(turn.now.mono);
  node_deadline = turn.now.mono + kNodePingInterval;
}

void SignalingCore::State::on_node_down(Turn& turn) {
  if (!node.is_link_up()) return;
  node.on_link_down(turn.now.mono);
  node_deadline = turn.now.mono + config.media_trust;
  while (!requests.empty()) {
    on_request_refused(requests.begin()->first, api::Error::NO_MEDIA_NODE,
                       "The media node went away; try again.", turn);
  }
}

void SignalingCore::State::on_node_message(const control::FromNode& message, Turn& turn) {
  if (!node.is_link_up()) return;
  node.on_heard(turn.now.mono);
  if (!node.has_greeted() && !message.has_hello()) return break_node_link(turn);
  const NodeRequestId request{message.request_id()};
  switch (message.body_case()) {
    case control::FromNode::kHello:
      return on_node_hello(message.hello(), turn);
    case control::FromNode::kPeerSnapshot:
      return on_peer_snapshot(message.peer_snapshot(), turn);
    case control::FromNode::kSnapshotEnd:
      return on_snapshot_end(turn);
    case control::FromNode::kPeerAdded:
      return on_peer_added(request, message.peer_added(), turn);
    case control::FromNode::kError:
      return on_node_error(request, message.error(), turn);
    case control::FromNode::kPeerState:
      return on_peer_state(PeerId{message.peer_state().peer_id()}, message.peer_state().state(),
                           turn);
    case control::FromNode::kTalkers:
      return on_room_talkers(message.talkers(), turn);
    case control::FromNode::kFloor:
      return on_floor_told(message.floor(), turn);
    case control::FromNode::kTalkRoomSet:
      return on_talk_room_set(message.talk_room_set(), turn);
    case control::FromNode::kPong:
      return;
    case control::FromNode::BODY_NOT_SET:
      return;  // of a newer node; it does without an answer
  }
}

// The node broke the protocol. Its link is closed; it connects again and starts from a snapshot.
void SignalingCore::State::break_node_link(Turn& turn) { turn.out.close_node = true; }

void SignalingCore::State::on_node_hello(const control::NodeHello& hello, Turn& turn) {
  const std::uint32_t version =
      protocol::agree_on_version(hello.min_version(), hello.max_version());
  if (version == 0) return break_node_link(turn);
  switch (node.on_hello(hello)) {
    case MediaNode::Greeting::out_of_order:
      return break_node_link(turn);
    case MediaNode::Greeting::new_process:
      lose_all_transports(turn);
      break;
    case MediaNode::Greeting::same_process:
      break;
  }
  control::ToNode message;
  message.mutable_welcome()->set_version(version);
  message.mutable_welcome()->set_ticket_key(std::string(as_text(tickets.public_key())));
  turn.out.to_node.push_back(std::move(message));
}

void SignalingCore::State::on_peer_snapshot(const control::PeerSnapshot& peer, Turn& turn) {
  if (!node.on_peer_snapshot(peer)) break_node_link(turn);
}

void SignalingCore::State::on_snapshot_end(Turn& turn) {
  const auto snapshot = node.on_snapshot_end();
  if (!snapshot) return break_node_link(turn);
  clear_all_talkers(turn);  // the node tells who is heard next
  for (auto& [id, session] : sessions) {
    const auto* held = std::get_if<HeldTransport>(&session.transport);
    if (held != nullptr && !snapshot->contains(held->peer)) lose_transport(session, turn);
  }
  for (const auto& [id, peer] : *snapshot) reconcile_peer(peer, turn);
  renew_leases(turn);
}

void SignalingCore::State::reconcile_peer(const control::PeerSnapshot& peer, Turn& turn) {
  const PeerId id{peer.peer_id()};
  Session* session = session_of_peer(id);
  if (session == nullptr) return send_remove_peer(id, turn);
  on_peer_state(id, peer.state(), turn);
  if (std::holds_alternative<HeldTransport>(session->transport)) {
    reconcile_rooms(*session, peer, turn);
  }
}

void SignalingCore::State::reconcile_rooms(const Session& session,
                                           const control::PeerSnapshot& peer, Turn& turn) {
  for (const std::uint64_t room : peer.room_ids()) {
    const Place* place = session.find(RoomId{room});
    const bool is_wanted = place != nullptr && place->stay.is_inside;
    if (!is_wanted) send_leave_room(PeerId{peer.peer_id()}, RoomId{room}, false, turn);
  }
  introduce(session, turn);
}

void SignalingCore::State::on_node_error(NodeRequestId request, const control::NodeError& error,
                                         Turn& turn) {
  const bool is_full = error.code() == control::NodeError::FULL;
  on_request_refused(request, is_full ? api::Error::NO_MEDIA_NODE : api::Error::MEDIA_REFUSED,
                     error.message().empty() ? "The media node refused." : error.message(), turn);
}

void SignalingCore::State::on_peer_state(PeerId peer, control::PeerState::State state, Turn& turn) {
  Session* session = session_of_peer(peer);
  if (session == nullptr) return;  // removed meanwhile
  switch (state) {
    case control::PeerState::CONNECTING:
      return set_media(*session, MediaState::connecting, turn);
    case control::PeerState::CONNECTED:
      return set_media(*session, MediaState::connected, turn);
    case control::PeerState::STALLED:
      return set_media(*session, MediaState::stalled, turn);
    case control::PeerState::CLOSED:
      return lose_transport(*session, turn);
    case control::PeerState_State_PeerState_State_INT_MIN_SENTINEL_DO_NOT_USE_:
    case control::PeerState_State_PeerState_State_INT_MAX_SENTINEL_DO_NOT_USE_:
      return;
  }
}

void SignalingCore::State::on_room_talkers(const control::RoomTalkers& talkers, Turn& turn) {
  const auto room = rooms.find(RoomId{talkers.room_id()});
  if (room == rooms.end()) return;
  std::vector<MemberId> channels;
  for (const std::uint64_t peer : talkers.peer_ids()) {
    const Session* session = session_of_peer(PeerId{peer});
    const Place* here = session ? session->find(room->first) : nullptr;
    channels.push_back(here == nullptr ? MemberId{} : here->stay.member);
  }
  set_talkers(room->second, std::move(channels), turn);
}

void SignalingCore::State::on_node_deadline(Turn& turn) {
  if (!node.is_link_up()) {
    node_deadline = kNever;
    return doubt_media(turn);
  }
  node_deadline = turn.now.mono + kNodePingInterval;
  if (turn.now.mono - node.heard_at() >= kNodeSilenceLimit) return break_node_link(turn);
  if (!node.is_ready()) return;
  control::ToNode message;
  message.mutable_ping();
  turn.out.to_node.push_back(std::move(message));
}

// Every peer that we know, of sessions that were reviewed: whoever has lost his access has no peer.
void SignalingCore::State::renew_leases(Turn& turn) {
  lease_at = node.is_ready() ? turn.now.mono + kLeaseInterval : kNever;
  control::ToNode message;
  for (const auto& [peer, device] : peers) {
    message.mutable_renew_leases()->add_peer_ids(peer.value);
    if (message.renew_leases().peer_ids_size() < static_cast<int>(kLeasesPerMessage)) continue;
    send_to_node(std::exchange(message, {}), turn);
  }
  if (message.has_renew_leases()) send_to_node(std::move(message), turn);
}

// For too long nobody has told us that media flows: it no longer proves that a person is there. The
// transports are kept; the next snapshot decides.
void SignalingCore::State::doubt_media(Turn& turn) {
  for (auto& [id, session] : sessions) {
    if (!session.presence.has_media()) continue;
    session.presence.on_media_lost(turn.now.mono);
    watch_presence(session);
  }
}

void SignalingCore::State::lose_all_transports(Turn& turn) {
  clear_all_talkers(turn);
  for (auto& [id, session] : sessions) lose_transport(session, turn);
}

void SignalingCore::State::clear_all_talkers(Turn& turn) {
  for (auto& [id, room] : rooms) {
    set_talkers(room, std::vector<MemberId>(room.talkers().size()), turn);
  }
}

// Repeated for a peer that the node knows: what differs is set right there. Its client may have
// missed what was said while the link was down.
void SignalingCore::State::introduce(const Session& session, Turn& turn) {
  for (const Place& place : session.places) {
    if (place.stay.is_inside) send_join_room(session, place, turn);
  }
  send_talk_room(session, {}, turn);
  send_signaling_state(session, turn);
  for (const Place& place : session.places) {
    if (place.stay.is_inside) ask_for_snapshot(session, place, turn);
  }
}

void SignalingCore::State::send_remove_peer(PeerId peer, Turn& turn) {
  control::ToNode message;
  message.mutable_remove_peer()->set_peer_id(peer.value);
  send_to_node(std::move(message), turn);
}

void SignalingCore::State::send_join_room(const Session& session, const Place& place, Turn& turn) {
  if (session.held_peer().is_none()) return;
  control::ToNode message;
  control::JoinRoom& join = *message.mutable_join_room();
  join.set_peer_id(session.held_peer().value);
  join.set_room_id(place.stay.room.value);
  join.set_member_id(wire_id(place.stay.member));
  *join.mutable_rights() = rights_message(place.rights, session.delegation);
  *join.mutable_policy() = rooms.at(place.stay.room).policy();
  join.set_first_slot(place.stay.first_slot);
  join.set_slots(place.stay.slots);
  send_to_node(std::move(message), turn);
}

void SignalingCore::State::send_leave_room(PeerId peer, RoomId room, bool is_expelled, Turn& turn) {
  control::ToNode message;
  message.mutable_leave_room()->set_peer_id(peer.value);
  message.mutable_leave_room()->set_room_id(room.value);
  message.mutable_leave_room()->set_is_expelled(is_expelled);
  send_to_node(std::move(message), turn);
}

void SignalingCore::State::send_signaling_state(const Session& session, Turn& turn) {
  if (session.held_peer().is_none()) return;
  control::ToNode message;
  message.mutable_signaling_state()->set_peer_id(session.held_peer().value);
  message.mutable_signaling_state()->set_is_connected(!session.connection.is_none());
  send_to_node(std::move(message), turn);
}

void SignalingCore::State::send_talk_room(const Session& session,
                                          std::optional<std::uint32_t> first_timestamp,
                                          Turn& turn) {
  if (session.held_peer().is_none() || session.record.talk_room.is_none()) return;
  control::ToNode message;
  message.mutable_set_talk_room()->set_peer_id(session.held_peer().value);
  message.mutable_set_talk_room()->set_room_id(session.record.talk_room.value);
  message.mutable_set_talk_room()->set_change_id(session.talk_change);
  if (first_timestamp) message.mutable_set_talk_room()->set_first_timestamp(*first_timestamp);
  send_to_node(std::move(message), turn);
}

void SignalingCore::State::send_to_node(control::ToNode message, Turn& turn) {
  if (node.is_ready()) turn.out.to_node.push_back(std::move(message));
}

}  // namespace parley::signaling
