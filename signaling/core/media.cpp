// The media transport of a session: asked of the node, held, lost.
#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {
namespace {

// The room on whose worker the peer lives.
RoomId home_of(const Session& session) {
  const RoomId talk_room = session.record.talk_room;
  return talk_room.is_none() ? session.places.front().stay.room : talk_room;
}

}  // namespace

void SignalingCore::State::connect(Asker asker, const api::Connect& offer, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  if (session->places.empty()) {
    return refuse(asker, api::Error::NOT_A_MEMBER, "This user has no room.", turn);
  }
  // Checked before the old transport is given up: its media may well go on without the link.
  if (!node.is_ready()) {
    return refuse(asker, api::Error::NO_MEDIA_NODE, "The media node is away; try again.", turn);
  }
  cancel_request(*session, api::Error::MEDIA_REFUSED, "A newer connect replaced this one.", turn);
  drop_transport(*session, turn);
  if (peers.size() >= node.max_peers()) {
    return refuse(asker, api::Error::NO_MEDIA_NODE, "The media node is full; try again.", turn);
  }
  const NodeRequestId request = node.next_request();
  const PeerId peer = new_peer_id();
  session->transport = RequestedTransport{.request = request,
                                          .peer = peer,
                                          .id = TransportId{session->record.transport_id + 1},
                                          .asker = asker};
  peers.emplace(peer, session->device);
  requests.emplace(request, session->device);
  request_deadlines.set(request, turn.now.mono + config.node_answer_limit);
  control::ToNode message;
  message.set_request_id(request.value);
  message.mutable_add_peer()->set_peer_id(peer.value);
  message.mutable_add_peer()->set_home_room_id(home_of(*session).value);
  *message.mutable_add_peer()->mutable_offer() = offer;
  message.mutable_add_peer()->set_ticket(ticket_for(*session, peer, offer, turn));
  turn.out.to_node.push_back(std::move(message));
}

std::string SignalingCore::State::ticket_for(const Session& session, PeerId peer,
                                             const api::Connect& offer, Turn& turn) const {
  protocol::Ticket ticket{.peer = peer,
                          .device = session.device,
                          .boot_id = node.boot_id(),
                          .not_after = turn.now.wall + protocol::kTicketLife / 2};
  std::ranges::copy(as_bytes(offer.dtls_fingerprint()), ticket.fingerprint.begin());
  return tickets.mint(ticket);
}

void SignalingCore::State::disconnect(Asker asker, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  cancel_request(*session, api::Error::MEDIA_REFUSED, "A disconnect ended this one.", turn);
  drop_transport(*session, turn);
  api::ServerMessage message;
  message.mutable_disconnected();
  answer(asker, message, turn);
}

void SignalingCore::State::on_peer_added(NodeRequestId request, const control::PeerAdded& added,
                                         Turn& turn) {
  // Nobody waits for it any more: the RemovePeer that follows it to the node is on its way.
  Session* session = find_requester(request);
  if (session == nullptr) return;
  const auto requested = std::get<RequestedTransport>(session->transport);
  if (!added.has_answer() || added.peer_id() != requested.peer.value) {
    return on_request_refused(request, api::Error::MEDIA_REFUSED,
                              "The media node gave a wrong answer.", turn);
  }
  remember_transport(*session, requested.id, requested.peer);
  forget_request(requested);
  session->transport = HeldTransport{.peer = requested.peer, .id = requested.id};
  introduce(*session, turn);
  api::ServerMessage message;
  *message.mutable_connected() = added.answer();
  message.mutable_connected()->set_transport_id(requested.id.value);
  answer(requested.asker, message, turn);
}

void SignalingCore::State::on_request_refused(NodeRequestId request, api::Error::Code code,
                                              std::string_view why, Turn& turn) {
  if (Session* session = find_requester(request)) cancel_request(*session, code, why, turn);
}

void SignalingCore::State::on_request_deadline(NodeRequestId request, Turn& turn) {
  on_request_refused(request, api::Error::MEDIA_REFUSED, "The media node did not answer in time.",
                     turn);
}

void SignalingCore::State::cancel_request(Session& session, api::Error::Code code,
                                          std::string_view why, Turn& turn) {
  const auto* requested = std::get_if<RequestedTransport>(&session.transport);
  if (requested == nullptr) return;
  const Asker asker = requested->asker;
  drop_transport(session, turn);
  refuse(asker, code, why, turn);
}

void SignalingCore::State::drop_transport(Session& session, Turn& turn) {
  if (const auto* requested = std::get_if<RequestedTransport>(&session.transport)) {
    const RequestedTransport ended = *requested;
    forget_request(ended);
    peers.erase(ended.peer);
    session.transport = NoTransport{};
    send_remove_peer(ended.peer, turn);
  } else if (const auto* held = std::get_if<HeldTransport>(&session.transport)) {
    send_remove_peer(held->peer, turn);
    forget_transport(session, turn);
  }
}

void SignalingCore::State::lose_transport(Session& session, Turn& turn) {
  const auto* held = std::get_if<HeldTransport>(&session.transport);
  if (held == nullptr) return;
  const TransportId lost = held->id;
  forget_transport(session, turn);
  notify(session, media_lost_message(lost).SerializeAsString(), turn);
}

void SignalingCore::State::forget_transport(Session& session, Turn& turn) {
  const HeldTransport ended = std::get<HeldTransport>(session.transport);
  peers.erase(ended.peer);
  session.transport = NoTransport{};
  remember_transport(session, ended.id, PeerId{});
  session.presence.on_media_lost(turn.now.mono);
  show_media(session, turn);
  watch_presence(session);
}

void SignalingCore::State::forget_request(const RequestedTransport& requested) {
  requests.erase(requested.request);
  request_deadlines.cancel(requested.request);
}

void SignalingCore::State::set_media(Session& session, MediaState media, Turn& turn) {
  auto* held = std::get_if<HeldTransport>(&session.transport);
  if (held == nullptr) return;
  held->media = media;
  switch (media) {
    case MediaState::connected:
      session.presence.on_media_alive();
      break;
    case MediaState::connecting:
      session.presence.on_media_lost(turn.now.mono);
      break;
    case MediaState::stalled:
      session.presence.on_media_lost(turn.now.mono - kStallAfter);
      break;
  }
  show_media(session, turn);
  watch_presence(session);
}

void SignalingCore::State::remember_transport(Session& session, TransportId id, PeerId peer) {
  session.record.transport_id = id.value;
  session.record.peer = peer;
  keep_session(session);
}

PeerId SignalingCore::State::new_peer_id() {
  PeerId id;
  do {
    id = PeerId{random.next_u64()};
  } while (id.is_none() || peers.contains(id));
  return id;
}

Session* SignalingCore::State::find_requester(NodeRequestId request) {
  const auto found = requests.find(request);
  return found == requests.end() ? nullptr : find_session(found->second);
}

}  // namespace parley::signaling
