#include "client/load/janus_target.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "client/load/janus_sdp.hpp"
#include "client/load/settings.hpp"
#include "codecs/rtp.hpp"
#include "net/clock.hpp"

namespace parley::client {
namespace {

// Any value but 0 will do: Janus gives its own SSRCs to listeners.
constexpr std::uint32_t kFirstUplinkSsrc = 0x1000'0000;
// Rooms of Janus are numbered from 1.
constexpr JanusId kFirstRoom = 1;
// Transactions: a member's number, or "room" and the room's number.
constexpr std::string_view kRoomPrefix = "room";
constexpr std::string_view kStartTransaction = "start";

std::optional<std::uint32_t> parse_index(std::string_view text) {
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return index;
}

}  // namespace

struct JanusTarget::Member {
  // What was asked for last.
  enum class Step : std::uint8_t { session, handle, room, media, transport, ready, failed };

  Member(RtcShared& shared, net::UdpSink& socket, IceCredentials local, RoomIndex room_index,
         bool is_talker)
      : rtc(shared, socket, std::move(local)), room(room_index), talks(is_talker) {}

  RtcEndpoint rtc;
  RoomIndex room;
  bool talks;
  Step step = Step::session;
  JanusAddress address{};
  JanusId feed = 0;                    // of a talker
  std::vector<std::uint32_t> ssrcs{};  // of a listener's streams
};

JanusTarget::JanusTarget(TargetSettings settings, sfu::DtlsContext dtls)
    : settings_(std::move(settings)),
      traits_{.name = text_setting(settings_, "name", "janus"),
              .version = "",
              .sequence_bits = 16,
              .talkers_hear = false},
      dtls_(std::move(dtls)),
      shared_{.dtls = dtls_, .random = random_} {}

JanusTarget::~JanusTarget() = default;

Result<std::unique_ptr<Target>> JanusTarget::create(const TargetSettings& settings) {
  const auto profile = profile_setting(settings);
  if (!profile) return std::unexpected(profile.error());
  const std::string address = text_setting(settings, "address", "127.0.0.1");
  const auto local = IpAddress::parse(address);
  if (!local) {
    return fail(ErrorCode::invalid_argument,
                "the setting address is '" + address + "', which is no IP address");
  }
  auto dtls = sfu::DtlsContext::create({*profile});
  if (!dtls) return std::unexpected(dtls.error());
  auto target = std::unique_ptr<JanusTarget>(new JanusTarget(settings, *std::move(dtls)));
  target->traits_.local_address = *local;
  return target;
}

Result<void> JanusTarget::start() {
  auto link = JanusLink::connect(text_setting(settings_, "socket", ""));
  if (!link) return std::unexpected(link.error());
  link_ = *std::move(link);
  const auto info = ask(janus_info(kStartTransaction));
  if (!info) return std::unexpected(info.error());
  traits_.version = info->version;
  const auto session = ask(janus_create_session(kStartTransaction));
  if (!session) return std::unexpected(session.error());
  control_.session = session->id;
  const auto handle = ask(janus_attach(kStartTransaction, control_));
  if (!handle) return std::unexpected(handle.error());
  control_.handle = handle->id;
  return {};
}

Result<JanusReply> JanusTarget::ask(std::string request) {
  if (auto sent = link_->send(std::move(request)); !sent) return std::unexpected(sent.error());
  const Timestamp give_up = net::read_monotonic() + kAnswerLimit;
  while (!link_->is_closed()) {
    const Timestamp now = net::read_monotonic();
    if (now >= give_up) break;
    link_->wait(give_up - now);
    const auto text = link_->receive();
    if (!text) continue;
    auto reply = parse_janus_reply(*text);
    if (!reply || reply->transaction != kStartTransaction) continue;
    if (reply->event == JanusEvent::answer) return *std::move(reply);
    if (reply->event == JanusEvent::error) {
      return fail(ErrorCode::failed_precondition, "Janus refuses: " + reply->reason + ".");
    }
  }
  return fail(ErrorCode::unavailable, "Janus does not answer on its socket.");
}

Result<void> JanusTarget::begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now) {
  const auto index = static_cast<MemberIndex>(members_.size());
  const auto [found, is_new] = rooms_.try_emplace(room);
  if (is_new) {
    const std::string transaction = std::string(kRoomPrefix) + std::to_string(room);
    auto asked = link_->send(janus_create_room(transaction, control_, kFirstRoom + room));
    if (!asked) return asked;
  }
  if (talks) found->second.talkers.push_back(index);
  members_.push_back(
      std::make_unique<Member>(shared_, socket, make_ice_credentials(random_), room, talks));
  return link_->send(janus_create_session(std::to_string(index)));
}

void JanusTarget::send(Member& member, std::string request) {
  if (auto sent = link_->send(std::move(request)); !sent) fail_member(member, sent.error().message);
}

JoinState JanusTarget::join_state(MemberIndex index) const {
  const Member& member = *members_[index];
  if (member.step == Member::Step::failed || member.rtc.state() == RtcState::failed) {
    return JoinState::failed;
  }
  return member.step == Member::Step::ready && member.rtc.state() == RtcState::connected
             ? JoinState::ready
             : JoinState::joining;
}

void JanusTarget::tick(Now now) {
  idle(now);
  for (const auto& member : members_) member->rtc.tick(now);
}

void JanusTarget::idle(Now now) {
  link_->poll();
  while (const auto text = link_->receive()) {
    if (const auto reply = parse_janus_reply(*text)) on_reply(*reply, now);
  }
  if (link_->is_closed()) {
    for (const auto& member : members_) fail_member(*member, "Janus closed its socket.");
  }
  std::vector<MemberIndex> able;
  std::erase_if(waiting_, [&](MemberIndex index) {
    const bool may = may_go_on(*members_[index]);
    if (may) able.push_back(index);
    return may;
  });
  for (const MemberIndex index : able) go_on(index);
}

void JanusTarget::refresh(Now now) {
  for (const auto& member : members_) member->rtc.refresh(now);
}

JanusTarget::Member* JanusTarget::find(const JanusReply& reply) {
  if (!reply.transaction.empty()) {
    const auto index = parse_index(reply.transaction);
    return index && *index < members_.size() ? members_[*index].get() : nullptr;
  }
  const auto found = by_handle_.find(reply.sender);
  return found == by_handle_.end() ? nullptr : members_[found->second].get();
}

void JanusTarget::on_reply(const JanusReply& reply, Now now) {
  if (reply.transaction.starts_with(kRoomPrefix)) {
    const auto room = parse_index(std::string_view(reply.transaction).substr(kRoomPrefix.size()));
    if (room && reply.event == JanusEvent::answer) rooms_[*room].is_open = true;
    if (reply.event == JanusEvent::error) failure_ = "Janus makes no room: " + reply.reason + ".";
    return;
  }
  Member* const member = find(reply);
  if (member == nullptr) return;
  switch (reply.event) {
    case JanusEvent::answer:
      return on_answer(*member, reply, now);
    case JanusEvent::webrtc_up:
      if (member->step == Member::Step::transport) member->step = Member::Step::ready;
      return;
    case JanusEvent::hangup:
      return fail_member(*member, "Janus ended a transport: " + reply.reason + ".");
    case JanusEvent::error:
      return fail_member(*member, "Janus refuses: " + reply.reason + ".");
    case JanusEvent::ack:
    case JanusEvent::other:
      return;
  }
}

void JanusTarget::on_answer(Member& member, const JanusReply& reply, Now now) {
  switch (member.step) {
    case Member::Step::session:
      member.address.session = reply.id;
      member.step = Member::Step::handle;
      return send(member, janus_attach(reply.transaction, member.address));
    case Member::Step::handle: {
      const auto index = parse_index(reply.transaction);
      if (!index) return;  // an event, not the answer
      member.address.handle = reply.id;
      member.step = Member::Step::room;
      by_handle_[reply.id] = *index;
      waiting_.push_back(*index);
      return;
    }
    case Member::Step::media:
      if (!reply.sdp.empty()) on_description(member, reply, now);
      return;
    case Member::Step::room:
    case Member::Step::transport:
    case Member::Step::ready:
    case Member::Step::failed:
      return;  // news of the room
  }
}

bool JanusTarget::may_go_on(const Member& member) const {
  const Room& room = rooms_.at(member.room);
  if (!room.is_open || member.talks) return room.is_open;
  return std::ranges::none_of(room.talkers, [this](MemberIndex talker) {
    return join_state(talker) == JoinState::joining;
  });
}

void JanusTarget::go_on(MemberIndex index) {
  Member& member = *members_[index];
  if (member.step != Member::Step::room) return;
  member.step = Member::Step::media;
  const std::string transaction = std::to_string(index);
  const JanusId room = kFirstRoom + member.room;
  if (member.talks) {
    const SdpLocal local{.ice = member.rtc.local_credentials(), .fingerprint = dtls_.fingerprint()};
    const std::string offer = write_sdp_offer(local, Ssrc{kFirstUplinkSsrc + index});
    return send(member, janus_publish(transaction, member.address, room, offer));
  }
  std::vector<JanusId> feeds;
  for (const MemberIndex talker : rooms_[member.room].talkers) {
    if (join_state(talker) == JoinState::ready) feeds.push_back(members_[talker]->feed);
  }
  if (feeds.empty()) return fail_member(member, "nobody talks in the room of a listener.");
  send(member, janus_subscribe(transaction, member.address, room, feeds));
}

void JanusTarget::on_description(Member& member, const JanusReply& reply, Now now) {
  const auto remote = parse_sdp(reply.sdp);
  if (!remote) return fail_member(member, remote.error().message);
  if (member.talks) {
    member.feed = reply.id;
  } else {
    for (const SdpMedia& media : remote->media) {
      member.ssrcs.push_back(media.ssrc.value_or(Ssrc{}).value);
    }
    const SdpLocal local{.ice = member.rtc.local_credentials(), .fingerprint = dtls_.fingerprint()};
    send(member, janus_start(reply.transaction, member.address, write_sdp_answer(local, *remote)));
  }
  member.step = Member::Step::transport;
  member.rtc.start(
      {.ice = remote->ice, .fingerprint = remote->fingerprint, .candidate = remote->candidate},
      now);
}

void JanusTarget::fail_member(Member& member, std::string_view reason) {
  member.step = Member::Step::failed;
  if (failure_.empty()) failure_ = reason;  // the first one mostly explains the others
}

std::optional<Heard> JanusTarget::on_datagram(MemberIndex member, MutableBytes datagram, Now now) {
  Member& one = *members_[member];
  return one.rtc.on_datagram(datagram, one.ssrcs, now);
}

std::optional<Bytes> JanusTarget::open(MemberIndex member, MutableBytes datagram) {
  return members_[member]->rtc.open_rtp(datagram);
}

bool JanusTarget::speak(MemberIndex talker, const LoadFrame& frame) {
  std::array<std::uint8_t, codecs::kRtpHeaderSize> header{};
  codecs::write_rtp_header({.payload_type = kJanusPayloadType,
                            .marker = frame.sequence == 0,
                            .sequence = static_cast<std::uint16_t>(frame.sequence),
                            .timestamp = frame.rtp_timestamp,
                            .ssrc = Ssrc{kFirstUplinkSsrc + talker}},
                           header);
  return members_[talker]->rtc.send_rtp(header, frame.payload, frame.sequence);
}

void JanusTarget::leave_all(Now) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Member& member = *members_[i];
    if (member.address.session != 0) {
      send(member, janus_destroy(std::to_string(i), {.session = member.address.session}));
    }
  }
  link_->poll();
}

}  // namespace parley::client
