// The floor as signaling sees it: a pipe. The arbiter of a room runs on the media node; requests go
// there, events come from there, and nothing is decided here.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "signaling/core/messages.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {
namespace {

// What a log line tells of an event beside its place in the order.
struct EventFacts {
  std::string_view name;
  std::uint32_t member = 0;
  std::uint32_t grant = 0;
  std::uint32_t cause = 0;
};

EventFacts facts_of(const floor::Taken& taken) {
  if (taken.holders().empty()) return {.name = "taken"};
  const floor::Holder& newest = *taken.holders().rbegin();
  return {.name = "taken", .member = newest.member_id(), .grant = newest.grant().number()};
}

EventFacts facts_of(const floor::Event& event) {
  switch (event.body_case()) {
    case floor::Event::kGranted:
      return {.name = "granted", .grant = event.granted().grant().number()};
    case floor::Event::kQueued:
      return {.name = "queued"};
    case floor::Event::kDenied:
      return {.name = "denied", .cause = static_cast<std::uint32_t>(event.denied().cause())};
    case floor::Event::kRevoked:
      return {.name = "revoked",
              .grant = event.revoked().grant().number(),
              .cause = static_cast<std::uint32_t>(event.revoked().cause())};
    case floor::Event::kOffer:
      return {.name = "offer"};
    case floor::Event::kWarning:
      return {.name = "warning", .grant = event.warning().grant().number()};
    case floor::Event::kDone:
      return {.name = "done", .grant = event.done().grant().number()};
    case floor::Event::kTaken:
      return facts_of(event.taken());
    case floor::Event::kIdle:
      return {.name = "idle"};
    case floor::Event::kEmergency:
      return {.name = "emergency", .member = event.emergency().owner_member_id()};
    case floor::Event::kQueue:
      return {.name = "queue"};
    case floor::Event::kAlarm:
      return {.name = "alarm",
              .member = event.alarm().member_id(),
              .grant = event.alarm().grant().number()};
    case floor::Event::kState:
      return {.name = "state"};
    case floor::Event::BODY_NOT_SET:
      break;
  }
  return {.name = "unknown"};  // of a newer node
}

// Whether the arbiter would answer this request with a denial, and for which press (0: for none).
std::optional<std::uint32_t> answerable(const floor::Request& request) {
  switch (request.body_case()) {
    case floor::Request::kPress:
      return request.press().req_id();
    case floor::Request::kSetEmergency:
    case floor::Request::kClearEmergency:
    case floor::Request::kGive:
    case floor::Request::kCut:
    case floor::Request::kExtend:
    case floor::Request::kOrder:
    case floor::Request::kBar:
    case floor::Request::kSetPolicy:
      return 0;
    case floor::Request::kRelease:
    case floor::Request::kCancel:
    case floor::Request::kSnapshot:
    case floor::Request::BODY_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void SignalingCore::State::ask_floor(Asker asker, const floor::Request& request, Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  const Place* place = joined_room(asker, *session, RoomId{request.room_id()}, turn);
  if (place == nullptr) return;
  if (request.body_case() == floor::Request::BODY_NOT_SET) return refuse_unknown(asker, turn);
  if (!node.is_ready() || session->held_peer().is_none()) {
    // The node is only out of our sight: voice is the press there, and a denial would end it.
    const bool is_heard = !session->held_peer().is_none() && session->presence.has_media();
    if (is_heard && request.has_press()) return;
    return deny_floor(asker, request, turn);
  }
  ++counters.floor_requests;
  if (request.has_press()) follow_press(*session, *place);
  control::ToNode message;
  message.mutable_floor()->set_member_id(wire_id(place->stay.member));
  *message.mutable_floor()->mutable_request() = request;
  send_to_node(std::move(message), turn);
}

void SignalingCore::State::deny_floor(Asker asker, const floor::Request& request, Turn& turn) {
  const std::optional<std::uint32_t> press = answerable(request);
  if (!press) return;
  ++counters.floor_denied;
  api::ServerMessage message;
  floor::Event& event = *message.mutable_floor();  // of term 0: no arbiter has said it
  event.set_room_id(request.room_id());
  event.mutable_denied()->set_req_id(*press);
  event.mutable_denied()->set_cause(floor::Denied::NO_RESOURCES);
  send(asker.connection, message.SerializeAsString(), turn);
}

void SignalingCore::State::on_floor_told(const control::FloorTold& told, Turn& turn) {
  const RoomId id{told.event().room_id()};
  if (directory.find(id) == nullptr) return;
  Room& room = room_of(id);
  ++counters.floor_events;
  log_floor_change(room, told, turn);
  api::ServerMessage message;
  *message.mutable_floor() = told.event();
  if (told.member_id() == 0) {
    if (told.event().state().has_policy()) learn_policy(room, told.event().state().policy(), turn);
    return broadcast(room, message, DeviceId{}, turn);
  }
  const Member* member = room.find(MemberId{told.member_id()});
  if (member != nullptr) notify(*find_session(member->device), message.SerializeAsString(), turn);
}

void SignalingCore::State::log_floor_change(Room& room, const control::FloorTold& told,
                                            Turn& turn) {
  const floor::Event& event = told.event();
  const FloorSequence::Step step = room.floor_sequence().on_event(event.term(), event.fseq());
  if (!step.is_change) return;
  counters.floor_missed += step.missed;
  const EventFacts facts = facts_of(event);
  turn.out.floor_changes.push_back(
      {.room = room.id(),
       .term = event.term(),
       .fseq = event.fseq(),
       .event = facts.name,
       .member = told.member_id() == 0 ? facts.member : told.member_id(),
       .grant = facts.grant,
       .cause = facts.cause,
       .missed = step.missed});
}

void SignalingCore::State::learn_policy(Room& room, const floor::Policy& policy, Turn& turn) {
  const RoomRecord* const record = directory.find(room.id());
  if (!room.set_policy(policy) || record == nullptr) return;
  RoomRecord changed = *record;
  changed.policy = policy;
  Draft draft;
  const Actor actor{.device = {}, .now = turn.now.wall};
  if (!directory.change_room(changed, actor, draft)) return directory.undo(draft);
  // If this fails, a restart of both services brings the older rules back.
  (void)keep_lazily(draft);
}

void SignalingCore::State::ask_for_snapshot(const Session& session, const Place& place,
                                            Turn& turn) {
  if (session.connection.is_none() || session.held_peer().is_none()) return;
  control::ToNode message;
  message.mutable_floor()->set_member_id(wire_id(place.stay.member));
  message.mutable_floor()->mutable_request()->set_room_id(place.stay.room.value);
  message.mutable_floor()->mutable_request()->mutable_snapshot();
  send_to_node(std::move(message), turn);
}

// ---- the talk room
// --------------------------------------------------------------------------------

void SignalingCore::State::set_talk_room(Asker asker, const api::SetTalkRoom& set_talk_room,
                                         Turn& turn) {
  Session* session = signed_in(asker, turn);
  if (session == nullptr) return;
  const Place* place = joined_room(asker, *session, RoomId{set_talk_room.room_id()}, turn);
  if (place == nullptr) return;
  if (!place->may_talk_now()) {
    return refuse(asker, api::Error::WRONG_STATE, "This member may only listen there.", turn);
  }
  remember_talk_room(*session, place->stay.room);
  session->talk_change = set_talk_room.change_id();
  if (session->held_peer().is_none()) return confirm_talk_room(*session, turn);
  std::optional<std::uint32_t> first;
  if (set_talk_room.has_first_timestamp()) first = set_talk_room.first_timestamp();
  send_talk_room(*session, first, turn);
}

// Its answer comes when the node has carried it out. While none can be asked that has to wait:
// introduce() asks the next one.
void SignalingCore::State::on_talk_room_set(const control::TalkRoomSet& set, Turn& turn) {
  Session* session = session_of_peer(PeerId{set.peer_id()});
  if (session == nullptr || set.change_id() != session->talk_change) return;
  if (RoomId{set.room_id()} == session->record.talk_room) confirm_talk_room(*session, turn);
}

void SignalingCore::State::confirm_talk_room(Session& session, Turn& turn) {
  api::ServerMessage message;
  message.mutable_talk_room_set()->set_room_id(session.record.talk_room.value);
  message.mutable_talk_room_set()->set_change_id(std::exchange(session.talk_change, 0));
  if (message.talk_room_set().change_id() == 0) return;
  notify(session, message.SerializeAsString(), turn);
}

void SignalingCore::State::move_talk_room(Session& session, RoomId room, Turn& turn) {
  remember_talk_room(session, room);
  session.talk_change = 0;
  send_talk_room(session, {}, turn);
}

// The microphone belongs nowhere until the client puts it somewhere: what it said for the room it
// has left may be on its way to the node yet.
void SignalingCore::State::leave_talk_room(Session& session) {
  remember_talk_room(session, {});
  session.talk_change = 0;
}

void SignalingCore::State::follow_press(Session& session, const Place& place) {
  const auto now_in = rooms.find(session.record.talk_room);
  const bool is_open = now_in != rooms.end() && now_in->second.policy().mode() == floor::OPEN;
  const bool leads_to_open = rooms.at(place.stay.room).policy().mode() == floor::OPEN;
  const bool follows = !is_open && !leads_to_open && place.may_talk_now();
  if (follows) remember_talk_room(session, place.stay.room);
}

void SignalingCore::State::remember_talk_room(Session& session, RoomId room) {
  if (std::exchange(session.record.talk_room, room) == room) return;
  keep_session(session);
}

}  // namespace parley::signaling
