#include "client/core/client_core.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "client/core/ice_agent.hpp"
#include "client/core/media_transport.hpp"
#include "client/core/session.hpp"

namespace parley::client {
namespace {

std::string make_retry_key(RandomSource& random) {
  std::array<std::uint8_t, 16> key{};
  random.fill(key);
  return std::string(as_text(key));
}

}  // namespace

struct ClientCore::State {
  State(ClientConfig given, const sfu::DtlsContext& context, RandomSource& source)
      : config(std::move(given)),
        dtls(context),
        random(source),
        session(config, make_retry_key(source)) {}

  // Asks for a transport when the session wants one, and gives up one that has ended.
  void settle(Now now, ClientOutbox& out);
  void obey(const MediaOrder& order, Now now, ClientOutbox& out);
  void start_transport(const api::Connected& answer, Now now, ClientOutbox& out);
  void drop_transport(const char* reason, Now now, ClientOutbox& out);

  ClientConfig config;
  const sfu::DtlsContext& dtls;
  RandomSource& random;
  ClientCounters counters;
  Session session;
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

void ClientCore::State::obey(const MediaOrder& order, Now now, ClientOutbox& out) {
  if (const auto* granted = std::get_if<TransportGranted>(&order)) {
    start_transport(granted->answer, now, out);
  } else if (std::holds_alternative<TransportGone>(order) && media) {
    media->close(false, now, out);
    out.events.emplace_back(MediaDisconnected{"the media node no longer holds this call"});
    media.reset();
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

ClientCore::ClientCore(ClientConfig config, const sfu::DtlsContext& dtls, RandomSource& random)
    : state_(std::make_unique<State>(std::move(config), dtls, random)) {}

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

void ClientCore::on_signaling_closed(Now, ClientOutbox& out) { state_->session.on_closed(out); }

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
  state_->media->send_audio(opus, rtp_timestamp, level, now, out);
}

void ClientCore::set_muted(bool muted, ClientOutbox& out) { state_->session.set_muted(muted, out); }

void ClientCore::leave(Now now, ClientOutbox& out) {
  state_->session.leave(out);
  if (!state_->media) return;
  state_->media->close(true, now, out);
  state_->media.reset();
  out.events.emplace_back(MediaDisconnected{"left"});
}

void ClientCore::tick(Now now, ClientOutbox& out) {
  state_->session.tick(now, out);
  if (state_->media) state_->media->tick(now, out);
  state_->settle(now, out);
}

Timestamp ClientCore::deadline() const {
  const Timestamp due = state_->session.deadline();
  return state_->media ? std::min(due, state_->media->deadline()) : due;
}

bool ClientCore::is_media_connected() const {
  return state_->media && state_->media->state() == MediaTransport::State::connected;
}

std::uint32_t ClientCore::own_member_id() const { return state_->session.room().own_member_id(); }

std::vector<api::Member> ClientCore::members() const { return state_->session.room().members(); }

std::uint32_t ClientCore::member_in_slot(std::uint8_t slot) const {
  return state_->session.room().member_in_slot(slot);
}

const ClientCounters& ClientCore::counters() const { return state_->counters; }

}  // namespace parley::client
