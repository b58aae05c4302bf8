#include "client/core/client_core.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "client/core/floor_client.hpp"
#include "client/core/ice_agent.hpp"
#include "client/core/media_transport.hpp"
#include "client/core/session.hpp"

namespace parley::client {
struct ClientCore::State {
  State(ClientConfig given, const DeviceKey& key, const sfu::DtlsContext& context,
        RandomSource& source)
      : config(std::move(given)),
        dtls(context),
        random(source),
        session(config, key),
        floor(source.next_u32()) {}

  // Asks for a transport when the session wants one, and gives up one that has ended.
  void settle(Now now, ClientOutbox& out);
  void obey(const SessionOrder& order, Now now, ClientOutbox& out);
  void enter(const api::Joined& joined, Now now, ClientOutbox& out);
  // Carries out what the floor asked for.
  void carry(FloorOutput asked, Now now, ClientOutbox& out);
  void start_transport(const api::Connected& answer, Now now, ClientOutbox& out);
  void drop_transport(const char* reason, Now now, ClientOutbox& out);

  ClientConfig config;
  const sfu::DtlsContext& dtls;
  RandomSource& random;
  ClientCounters counters;
  Session session;
  FloorClient floor;
  IceCredentials offered;  // of the Connect that is under way
  Ssrc offered_ssrc;
  std::optional<MediaTransport> media;
};

namespace {

// A transport that never worked is not tried again at once, so that a blocked network does not turn
// into a storm of requests.
constexpr Duration kReconnectPause = std::chrono::seconds(1);

std::vector<RemoteCandidate> read_candidates(const api::Connected& answer) {
  std::vector<RemoteCandidate> candidates;
  for (const api::Candidate& candidate : answer.candidates()) {
    const std::optional<IpAddress> address = IpAddress::parse(candidate.address());
    if (!address) continue;  // an address family of a later version
    candidates.push_back(
        {.is_tcp = candidate.protocol() == api::Candidate::TCP_PASSIVE,
         .endpoint = {.address = *address, .port = static_cast<std::uint16_t>(candidate.port())},
         .priority = candidate.priority()});
  }
  return candidates;
}

}  // namespace

void ClientCore::State::settle(Now now, ClientOutbox& out) {
  if (!session.is_connected()) floor.on_signaling_lost();
  if (media && media->state() == MediaTransport::State::ended) {
    drop_transport(media->end_reason(), now, out);
  }
  if (!session.wants_transport(now.mono)) return;
  offered = make_ice_credentials(random);
  offered_ssrc = Ssrc{random.next_u32() | 1U};  // never 0
  api::Connect offer;
  offer.set_ice_ufrag(offered.ufrag);
  offer.set_ice_pwd(offered.pwd);
  const sfu::Fingerprint& fingerprint = dtls.fingerprint();
  offer.set_dtls_fingerprint(fingerprint.data(), fingerprint.size());
  offer.set_opus_payload_type(kOpusPayloadType);
  offer.set_audio_level_extension_id(kAudioLevelExtensionId);
  offer.set_uplink_ssrc(offered_ssrc.value);
  offer.set_slots(config.slots);
  session.send_offer(offer, now, out);
}

void ClientCore::State::obey(const SessionOrder& order, Now now, ClientOutbox& out) {
  FloorOutput asked;
  if (const auto* granted = std::get_if<TransportGranted>(&order)) {
    start_transport(granted->answer, now, out);
    floor.on_new_transport(now.mono);
  } else if (std::holds_alternative<TransportGone>(order) && media) {
    media->close(false, now, out);
    out.events.emplace_back(MediaDisconnected{"the media node no longer holds this call"});
    media.reset();
  } else if (const auto* entered = std::get_if<RoomEntered>(&order)) {
    enter(entered->joined, now, out);
  } else if (const auto* gone = std::get_if<RoomsGone>(&order)) {
    for (const std::uint64_t room_id : gone->room_ids) {
      floor.leave(room_id, asked);
      out.events.emplace_back(RoomLeft{room_id});
    }
  } else if (const auto* told = std::get_if<FloorTold>(&order)) {
    floor.on_event(told->event, now.mono, asked);
  } else if (const auto* confirmed = std::get_if<TalkRoomConfirmed>(&order)) {
    floor.on_talk_room_set(confirmed->change_id, now.mono, asked);
  }
  carry(std::move(asked), now, out);
}

void ClientCore::State::enter(const api::Joined& joined, Now now, ClientOutbox& out) {
  FloorOutput asked;
  floor.enter(joined, now.mono, asked);
  carry(std::move(asked), now, out);
}

void ClientCore::State::carry(FloorOutput asked, Now now, ClientOutbox& out) {
  for (const floor::Request& request : asked.requests) session.ask_floor(request, out);
  if (asked.talk_room) session.set_talk_room(*asked.talk_room, out);
  for (VoiceFrame& frame : asked.voice) {
    if (!media) continue;
    media->send_audio(frame.opus, frame.rtp_timestamp, frame.level, now, out);
    out.events.emplace_back(VoiceSent{.room_id = floor.talk_room(),
                                      .timestamp = frame.rtp_timestamp,
                                      .opus = std::move(frame.opus)});
  }
  for (const FloorNotice& notice : asked.notices) {
    std::visit([&out](const auto& event) { out.events.emplace_back(event); }, notice);
  }
}

void ClientCore::State::start_transport(const api::Connected& answer, Now now, ClientOutbox& out) {
  if (media) {
    media->close(false, now, out);
    media.reset();
  }
  MediaTransportConfig transport{
      .ice = {.local = offered,
              .remote = {.ufrag = answer.ice_ufrag(), .pwd = answer.ice_pwd()},
              .candidates = read_candidates(answer),
              .allow_udp = config.allow_udp,
              .allow_tcp = config.allow_tcp},
      .uplink_ssrc = offered_ssrc,
      .first_sequence = config.first_sequence};
  std::ranges::copy(as_bytes(answer.dtls_fingerprint()).first(transport.remote_fingerprint.size()),
                    transport.remote_fingerprint.begin());
  for (const std::uint32_t ssrc : answer.slot_ssrcs()) transport.slot_ssrcs.push_back(Ssrc{ssrc});
  media.emplace(std::move(transport), dtls, random, counters, now.mono);
  media->tick(now, out);
}

void ClientCore::State::drop_transport(const char* reason, Now now, ClientOutbox& out) {
  media->close(false, now, out);
  media.reset();
  out.events.emplace_back(MediaDisconnected{reason});
  session.on_media_lost(now.mono, kReconnectPause);
}

ClientCore::ClientCore(ClientConfig config, const DeviceKey& key, const sfu::DtlsContext& dtls,
                       RandomSource& random)
    : state_(std::make_unique<State>(std::move(config), key, dtls, random)) {}

ClientCore::~ClientCore() = default;

void ClientCore::on_signaling_open(Now now, ClientOutbox& out) {
  state_->session.on_open(now, out);
}

void ClientCore::on_signaling_frame(Bytes frame, Now now, ClientOutbox& out) {
  state_->obey(state_->session.on_frame(frame, now, out), now, out);
  if (state_->session.has_ended() && state_->media) {  // refused for good: nothing to keep open
    state_->media->close(true, now, out);
    state_->media.reset();
    out.events.emplace_back(MediaDisconnected{"the server ended this session"});
  }
  state_->settle(now, out);
}

void ClientCore::on_signaling_closed(Now, ClientOutbox& out) {
  state_->session.on_closed(out);
  state_->floor.on_signaling_lost();
}

void ClientCore::on_datagram(const Path& from, MutableBytes datagram, Now now, ClientOutbox& out) {
  if (!state_->media) return;
  state_->media->on_datagram(from, datagram, now, out);
  state_->settle(now, out);
}

void ClientCore::on_tcp_connected(const Endpoint& remote, std::uint32_t connection, Now now,
                                  ClientOutbox& out) {
  if (!state_->media) {
    out.close_tcp.push_back(connection);
    return;
  }
  state_->media->on_tcp_connected(remote, connection, now, out);
}

void ClientCore::on_tcp_closed(std::uint32_t connection, Now now, ClientOutbox& out) {
  if (!state_->media) return;
  state_->media->on_tcp_closed(connection, now, out);
  state_->settle(now, out);
}

void ClientCore::send_audio(Bytes opus, std::uint32_t rtp_timestamp, std::uint8_t level, Now now,
                            ClientOutbox& out) {
  if (!state_->media || state_->session.is_muted()) return;
  FloorOutput asked;
  state_->floor.on_frame(
      {.opus = {opus.begin(), opus.end()}, .rtp_timestamp = rtp_timestamp, .level = level},
      now.mono, asked);
  state_->carry(std::move(asked), now, out);
}

void ClientCore::set_muted(bool muted, ClientOutbox& out) { state_->session.set_muted(muted, out); }

bool ClientCore::press(const PressOptions& options, Now now, ClientOutbox& out) {
  FloorOutput asked;
  const bool is_pressed = state_->floor.press(options, now.mono, asked);
  state_->carry(std::move(asked), now, out);
  return is_pressed;
}

void ClientCore::release(Now now, ClientOutbox& out) {
  FloorOutput asked;
  state_->floor.release(now.mono, asked);
  state_->carry(std::move(asked), now, out);
}

void ClientCore::cancel(Now now, ClientOutbox& out) {
  FloorOutput asked;
  state_->floor.cancel(now.mono, asked);
  state_->carry(std::move(asked), now, out);
}

void ClientCore::ask_floor(const floor::Request& request, ClientOutbox& out) {
  state_->session.ask_floor(request, out);
}

bool ClientCore::set_talk_room(std::uint64_t room_id, Now now, ClientOutbox& out) {
  FloorOutput asked;
  const bool is_set = state_->floor.set_talk_room(room_id, now.mono, asked);
  state_->carry(std::move(asked), now, out);
  return is_set;
}

void ClientCore::set_hand(std::uint64_t room_id, bool raised, ClientOutbox& out) {
  state_->session.set_hand(room_id, raised, out);
}

void ClientCore::leave(Now now, ClientOutbox& out) {
  release(now, out);
  state_->session.leave(out);
  if (!state_->media) return;
  state_->media->close(true, now, out);
  state_->media.reset();
  out.events.emplace_back(MediaDisconnected{"left"});
}

void ClientCore::tick(Now now, ClientOutbox& out) {
  state_->session.tick(now, out);
  FloorOutput asked;
  state_->floor.tick(now.mono, asked);
  state_->carry(std::move(asked), now, out);
  if (state_->media) state_->media->tick(now, out);
  state_->settle(now, out);
}

Timestamp ClientCore::deadline() const {
  const Timestamp due = std::min(state_->session.deadline(), state_->floor.deadline());
  return state_->media ? std::min(due, state_->media->deadline()) : due;
}

bool ClientCore::is_media_connected() const {
  return state_->media && state_->media->state() == MediaTransport::State::connected;
}

const FloorClient& ClientCore::floor() const { return state_->floor; }

std::vector<std::uint64_t> ClientCore::room_ids() const { return state_->session.room_ids(); }

const std::string& ClientCore::room_name(std::uint64_t room_id) const {
  return state_->session.room(room_id).room().name();
}

std::uint32_t ClientCore::own_member_id(std::uint64_t room_id) const {
  return state_->session.room(room_id).own_member_id();
}

std::vector<api::Member> ClientCore::members(std::uint64_t room_id) const {
  return state_->session.room(room_id).members();
}

SlotVoice ClientCore::heard_in_slot(std::uint8_t slot) const {
  const std::uint64_t room_id = state_->session.room_of_slot(slot);
  return {.room_id = room_id, .member_id = state_->session.room(room_id).member_in_slot(slot)};
}

const ClientCounters& ClientCore::counters() const { return state_->counters; }

}  // namespace parley::client
