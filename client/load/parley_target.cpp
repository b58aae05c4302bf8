#include "client/load/parley_target.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "client/core/media_transport.hpp"
#include "client/load/settings.hpp"
#include "codecs/rtp.hpp"
#include "net/clock.hpp"
#include "service/command_line.hpp"

namespace parley::client {
namespace {

// Every talker speaks as loud as the others, so that nobody displaces anybody.
constexpr codecs::AudioLevel kSpeech{.dbov = 30, .voice = true};
// As the real service (control.RenewLeases).
constexpr Duration kRenewalInterval = std::chrono::seconds(10);
constexpr std::size_t kMaxLeases = 8000;  // in one message
// The node takes one uplink SSRC per peer; any value but 0 will do.
constexpr std::uint32_t kFirstUplinkSsrc = 0x1000'0000;

std::optional<Endpoint> udp_candidate(const api::Connected& answer) {
  for (const api::Candidate& one : answer.candidates()) {
    const auto address = IpAddress::parse(one.address());
    if (one.protocol() != api::Candidate::UDP || !address || address->is_v6) continue;
    return Endpoint{.address = *address, .port = static_cast<std::uint16_t>(one.port())};
  }
  return std::nullopt;
}

}  // namespace

ParleyTarget::ParleyTarget(TargetSettings settings, sfu::DtlsContext dtls, std::uint32_t slots,
                           std::unique_ptr<NodeLink> link)
    : settings_(std::move(settings)),
      traits_{.name = "parley", .version = "", .sequence_bits = 16, .talkers_hear = true},
      dtls_(std::move(dtls)),
      shared_{.dtls = dtls_, .random = random_},
      slots_(slots),
      link_(std::move(link)) {}

Result<std::unique_ptr<ParleyTarget>> ParleyTarget::create(const TargetSettings& settings) {
  const auto profile = profile_setting(settings);
  if (!profile) return std::unexpected(profile.error());
  const auto slots = number_setting<std::uint32_t>(settings, "slots", 4);
  if (!slots) return std::unexpected(slots.error());
  auto dtls = sfu::DtlsContext::create({*profile});
  if (!dtls) return std::unexpected(dtls.error());
  const auto port = number_setting<std::uint16_t>(settings, "control_port", 0);
  if (!port) return std::unexpected(port.error());
  const std::string pki = text_setting(settings, "pki", "pki");
  auto link = NodeLink::listen({.certificate_file = pki + "/signaling.pem",
                                .key_file = pki + "/signaling.key",
                                .ca_file = pki + "/ca.pem"},
                               *port);
  if (!link) return std::unexpected(link.error());
  return std::unique_ptr<ParleyTarget>(
      new ParleyTarget(settings, *std::move(dtls), *slots, *std::move(link)));
}

Result<void> ParleyTarget::start() {
  const service::CommonOptions ready{.ready_file = text_setting(settings_, "ready_file", "")};
  if (auto told = announce_ready(ready, "control=" + std::to_string(link_->port())); !told) {
    return told;
  }
  const Timestamp give_up = net::read_monotonic() + kNodeWait;
  while (!link_->is_ready()) {
    const Timestamp now = net::read_monotonic();
    if (now >= give_up) return fail(ErrorCode::unavailable, "no media node has dialled in 60 s");
    link_->poll(now);
    net::sleep_until(now + std::chrono::milliseconds(2));
  }
  return {};
}

Result<void> ParleyTarget::begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now now) {
  const auto index = static_cast<std::uint32_t>(members_.size());
  members_.push_back({.rtc = RtcEndpoint(shared_, socket, make_ice_credentials(random_)),
                      .room = room,
                      .talks = talks});
  control::ToNode message;
  message.set_request_id(index + 1);
  control::AddPeer& add = *message.mutable_add_peer();
  add.set_peer_id(index + 1);
  add.set_home_room_id(room + 1);
  api::Connect& offer = *add.mutable_offer();
  offer.set_ice_ufrag(members_.back().rtc.local_credentials().ufrag);
  offer.set_ice_pwd(members_.back().rtc.local_credentials().pwd);
  offer.set_dtls_fingerprint(dtls_.fingerprint().data(), dtls_.fingerprint().size());
  offer.set_opus_payload_type(kOpusPayloadType);
  offer.set_audio_level_extension_id(kAudioLevelExtensionId);
  offer.set_uplink_ssrc(kFirstUplinkSsrc + index);
  offer.set_slots(slots_);
  add.set_ticket(link_->mint_ticket(PeerId{index + 1}, dtls_.fingerprint(), now.wall));
  if (link_->send(message)) return {};
  return fail(ErrorCode::unavailable, "the media node's control connection is down");
}

ParleyTarget::Member* ParleyTarget::find(std::uint64_t peer_id) {
  return peer_id >= 1 && peer_id <= members_.size() ? &members_[peer_id - 1] : nullptr;
}

void ParleyTarget::on_message(const control::FromNode& message, Now now) {
  if (message.has_peer_added()) return on_added(message.peer_added(), now);
  if (message.has_error()) return on_refused(message);
  if (!message.has_peer_state() || message.peer_state().state() != control::PeerState::CLOSED)
    return;
  if (Member* const member = find(message.peer_state().peer_id())) {
    member->is_refused = true;
    failure_ = "the node closed a transport: " + message.peer_state().reason();
  }
}

void ParleyTarget::on_added(const control::PeerAdded& added, Now now) {
  Member* const member = find(added.peer_id());
  const auto candidate = udp_candidate(added.answer());
  if (member == nullptr) return;
  if (!candidate) {
    member->is_refused = true;
    failure_ = "the node offers no IPv4 UDP candidate";
    return;
  }
  control::ToNode join;
  join.mutable_join_room()->set_peer_id(added.peer_id());
  join.mutable_join_room()->set_room_id(member->room + 1);
  join.mutable_join_room()->set_member_id(static_cast<std::uint32_t>(added.peer_id()));
  join.mutable_join_room()->mutable_rights()->set_may_talk(member->talks);
  join.mutable_join_room()->mutable_policy()->set_mode(floor::OPEN);
  link_->send(join);
  member->slot_ssrcs.assign(added.answer().slot_ssrcs().begin(), added.answer().slot_ssrcs().end());
  RtcRemote remote{.ice = {.ufrag = added.answer().ice_ufrag(), .pwd = added.answer().ice_pwd()},
                   .fingerprint = {},
                   .candidate = *candidate};
  std::ranges::copy(as_bytes(added.answer().dtls_fingerprint()), remote.fingerprint.begin());
  member->rtc.start(std::move(remote), now);
}

void ParleyTarget::on_refused(const control::FromNode& message) {
  failure_ = "the node refused: " + message.error().message();
  if (Member* const member = find(message.request_id())) member->is_refused = true;
}

JoinState ParleyTarget::join_state(MemberIndex member) const {
  const Member& one = members_[member];
  if (one.is_refused || one.rtc.state() == RtcState::failed) return JoinState::failed;
  return one.rtc.state() == RtcState::connected ? JoinState::ready : JoinState::joining;
}

void ParleyTarget::tick(Now now) {
  idle(now);
  for (Member& member : members_) member.rtc.tick(now);
}

void ParleyTarget::renew_leases(Timestamp now) {
  if (now < next_renewal_) return;
  next_renewal_ = now + kRenewalInterval;
  for (std::size_t first = 0; first < members_.size(); first += kMaxLeases) {
    control::ToNode message;
    const std::size_t end = std::min(first + kMaxLeases, members_.size());
    for (std::size_t i = first; i < end; ++i) message.mutable_renew_leases()->add_peer_ids(i + 1);
    link_->send(message);
  }
}

void ParleyTarget::idle(Now now) {
  renew_leases(now.mono);
  for (const control::FromNode& message : link_->poll(now.mono)) on_message(message, now);
}

void ParleyTarget::refresh(Now now) {
  for (Member& member : members_) member.rtc.refresh(now);
}

std::optional<Heard> ParleyTarget::on_datagram(MemberIndex member, MutableBytes datagram, Now now) {
  Member& one = members_[member];
  return one.rtc.on_datagram(datagram, one.slot_ssrcs, now);
}

std::optional<Bytes> ParleyTarget::open(MemberIndex member, MutableBytes datagram) {
  return members_[member].rtc.open_rtp(datagram);
}

bool ParleyTarget::speak(MemberIndex talker, const LoadFrame& frame) {
  std::array<std::uint8_t, 32> head{};
  const std::size_t size =
      codecs::write_rtp_header_with_level({.payload_type = kOpusPayloadType,
                                           .marker = frame.sequence == 0,
                                           .sequence = static_cast<std::uint16_t>(frame.sequence),
                                           .timestamp = frame.rtp_timestamp,
                                           .ssrc = Ssrc{kFirstUplinkSsrc + talker}},
                                          kAudioLevelExtensionId, kSpeech, head);
  return members_[talker].rtc.send_rtp(Bytes(head).first(size), frame.payload, frame.sequence);
}

void ParleyTarget::leave_all(Now now) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    control::ToNode message;
    message.mutable_remove_peer()->set_peer_id(i + 1);
    link_->send(message);
  }
  link_->poll(now.mono);
}

}  // namespace parley::client
