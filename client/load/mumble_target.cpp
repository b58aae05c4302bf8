#include "client/load/mumble_target.hpp"

#include <array>
#include <utility>

#include "client/load/mumble_session.hpp"
#include "client/load/settings.hpp"
#include "net/tcp_connection.hpp"
#include "net/tls_session.hpp"

namespace parley::client {
namespace {

constexpr std::uint16_t kMumblePort = 64738;
// A ping of ours and its answer: shorter than any voice packet.
constexpr std::uint64_t kPingStamp = 0;
constexpr std::size_t kPingDatagram = kMumbleCryptHeader + 2;
// Mumble counts in frames of 10 ms; a talker sends 20 ms in each packet.
constexpr std::uint64_t kFramesPerPacket = 2;

}  // namespace

struct MumbleTarget::Member {
  Member(std::string name, RoomIndex room, const net::TlsContext& context,
         const std::string& server_name, net::UdpSink& udp)
      : session(std::move(name), room), tls(context, server_name), socket(&udp) {}

  MumbleSession session;
  net::TlsSession tls;
  net::UdpSink* socket;
  bool has_failed = false;
  Timestamp next_ping{};
  std::unique_ptr<net::TcpConnection> tcp;  // last: its handlers use the others
};

Result<std::unique_ptr<Target>> MumbleTarget::create(const TargetSettings& settings) {
  const std::string text = text_setting(settings, "address", "127.0.0.1");
  const auto address = IpAddress::parse(text);
  if (!address) {
    return fail(ErrorCode::invalid_argument,
                "the setting address is '" + text + "', which is no IP address");
  }
  const auto port = number_setting<std::uint16_t>(settings, "port", kMumblePort);
  if (!port) return std::unexpected(port.error());
  auto tls = net::TlsContext::load(net::TlsRole::client,
                                   {.certificate_file = text_setting(settings, "certificate", ""),
                                    .key_file = text_setting(settings, "key", ""),
                                    .ca_file = text_setting(settings, "ca", "")});
  if (!tls) return std::unexpected(tls.error());
  return std::unique_ptr<Target>(
      new MumbleTarget({.address = *address, .port = *port}, *std::move(tls)));
}

MumbleTarget::MumbleTarget(Endpoint server, net::TlsContext tls)
    : server_(server), tls_(std::move(tls)) {
  traits_.name = "mumble";
  traits_.version = "1.3";
  traits_.sequence_bits = 8;
}

MumbleTarget::~MumbleTarget() = default;

Result<void> MumbleTarget::start() { return {}; }

Result<void> MumbleTarget::begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now) {
  const std::string name = (talks ? "talker-" : "listener-") + std::to_string(members_.size());
  members_.push_back(
      std::make_unique<Member>(name, room, tls_, server_.address.to_string(), socket));
  probing_.push_back(static_cast<MemberIndex>(members_.size() - 1));
  Member& member = *members_.back();
  member.tcp = net::TcpConnection::connect(
      loop_, server_, {.policy = net::QueuePolicy::close},
      {.on_connected =
           [this, &member] {
             member.tls.handshake();
             flush(member);
           },
       .on_bytes = [this, &member](MutableBytes received) { on_bytes(member, received); },
       .on_closed = [this, &member](std::string_view reason) { fail_member(member, reason); }});
  return {};
}

void MumbleTarget::on_bytes(Member& member, Bytes received) {
  if (member.has_failed) return;
  member.tls.feed(received);
  if (member.tls.state() == net::TlsSession::State::handshaking) {
    if (member.tls.handshake() == net::TlsSession::State::open) {
      std::string stream;
      member.session.start(stream);
      send_stream(member, stream);
    }
  }
  std::array<std::uint8_t, 16 * 1024> plain;  // one TLS record
  std::string answer;
  while (const std::size_t size = member.tls.read(plain)) {
    member.session.on_stream(Bytes(plain).first(size), answer);
  }
  send_stream(member, answer);
  if (member.tls.state() == net::TlsSession::State::failed) {
    fail_member(member, member.tls.failure());
  } else if (member.session.state() == MumbleSession::State::refused) {
    fail_member(member, member.session.refusal());
  }
}

void MumbleTarget::send_stream(Member& member, const std::string& stream) {
  if (!stream.empty()) member.tls.write(as_bytes(stream));
  flush(member);
}

void MumbleTarget::flush(Member& member) {
  if (member.tls.output().empty() || member.has_failed) return;
  const bool queued = member.tcp->send(member.tls.output());
  member.tls.drop_output();
  if (!queued) fail_member(member, "the control connection is full");
}

void MumbleTarget::fail_member(Member& member, std::string_view reason) {
  member.has_failed = true;
  if (failure_.empty()) failure_ = "Mumble's server: " + std::string(reason) + ".";
}

JoinState MumbleTarget::join_state(MemberIndex index) const {
  const Member& member = *members_[index];
  if (member.has_failed) return JoinState::failed;
  return member.session.state() == MumbleSession::State::ready ? JoinState::ready
                                                               : JoinState::joining;
}

void MumbleTarget::tick(Now now) {
  loop_.poll();
  std::erase_if(probing_,
                [this](MemberIndex index) { return join_state(index) != JoinState::joining; });
  for (const MemberIndex index : probing_) probe(*members_[index], now);
}

void MumbleTarget::idle(Now) { loop_.poll(); }

void MumbleTarget::probe(Member& member, Now now) {
  if (member.session.state() != MumbleSession::State::probing || now.mono < member.next_ping) {
    return;
  }
  member.next_ping = now.mono + kPingInterval;
  std::array<std::uint8_t, kMaxMumbleDatagram> datagram;
  const std::size_t size = member.session.write_ping(kPingStamp, datagram);
  member.socket->send(server_, Bytes(datagram).first(size));
}

std::optional<Heard> MumbleTarget::on_datagram(MemberIndex index, MutableBytes datagram, Now) {
  MumbleSession& session = members_[index]->session;
  if (datagram.size() > kPingDatagram) {
    session.follow(datagram);
    // All talkers share the nonces of a member: they are one stream.
    return Heard{.stream = 0, .sequence = datagram[0]};
  }
  std::array<std::uint8_t, kPingDatagram> scratch;
  static_cast<void>(session.open(datagram, scratch));
  return std::nullopt;
}

std::optional<Bytes> MumbleTarget::open(MemberIndex index, MutableBytes datagram) {
  if (datagram.size() < kMumbleCryptHeader) return std::nullopt;
  const auto voice = members_[index]->session.open(datagram, datagram.subspan(kMumbleCryptHeader));
  if (!voice) return std::nullopt;
  return voice->opus;
}

bool MumbleTarget::speak(MemberIndex talker, const LoadFrame& frame) {
  Member& member = *members_[talker];
  std::array<std::uint8_t, kMaxMumbleDatagram> datagram;
  static_assert(kMaxVoicePayload + kMaxMumbleVoiceHeader + kMumbleCryptHeader <=
                kMaxMumbleDatagram);
  const std::size_t size =
      member.session.write_voice(frame.sequence * kFramesPerPacket, frame.payload, datagram);
  return member.socket->send(server_, Bytes(datagram).first(size));
}

void MumbleTarget::leave_all(Now) {
  for (const auto& member : members_) {
    member->tls.shut_down();
    flush(*member);
    if (member->tcp) member->tcp->close();
  }
  loop_.poll();
}

}  // namespace parley::client
