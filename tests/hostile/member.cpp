#include "tests/hostile/member.hpp"

#include <utility>

#include "net/clock.hpp"

namespace parley::hostile {
namespace {

// Whoever was thrown out is back at once.
constexpr Duration kReconnectPause = std::chrono::milliseconds(50);

}  // namespace

Result<std::unique_ptr<Member>> Member::create(net::Loop& loop, const client::InvitationLink& link,
                                               std::shared_ptr<client::WsLibrary> library,
                                               const sfu::DtlsContext& dtls,
                                               MemberHandlers handlers) {
  std::unique_ptr<Member> member(new Member(loop, link, dtls, std::move(handlers)));
  const auto opened = member->open(loop, link, std::move(library));
  if (!opened) return std::unexpected(opened.error());
  return member;
}

Member::Member(net::Loop& loop, const client::InvitationLink& link, const sfu::DtlsContext& dtls,
               MemberHandlers handlers)
    : handlers_(std::move(handlers)),
      key_(client::DeviceKey::generate(random_)),
      core_({.host = link.signed_host(),
             .invitation = link.invitation,
             .label = "member of a test",
             .slots = 4},
            key_, dtls, random_),
      core_timer_(loop,
                  [this] {
                    core_.tick(net::read_clock(), out_);
                    drain();
                  }),
      reconnect_timer_(loop, [this] { signaling_->connect(); }) {}

Result<void> Member::open(net::Loop& loop, const client::InvitationLink& link,
                          std::shared_ptr<client::WsLibrary> library) {
  auto sockets = client::MediaSockets::open(
      loop, true,
      {.on_datagram =
           [this](const Path& from, MutableBytes datagram, Now now) {
             core_.on_datagram(from, datagram, now, out_);
             drain();
           },
       .on_tcp_connected =
           [this](const Endpoint& remote, std::uint32_t connection) {
             core_.on_tcp_connected(remote, connection, net::read_clock(), out_);
             drain();
           },
       .on_tcp_closed =
           [this](std::uint32_t connection) {
             core_.on_tcp_closed(connection, net::read_clock(), out_);
             drain();
           }});
  if (!sockets) return std::unexpected(sockets.error());
  sockets_ = std::move(*sockets);
  signaling_ = std::make_unique<client::WsClient>(
      std::move(library), client::WsOptions{.host = link.host, .port = link.port},
      client::WsHandlers{.on_open =
                             [this] {
                               core_.on_signaling_open(net::read_clock(), out_);
                               drain();
                             },
                         .on_message = [this](Bytes message) { on_message(message); },
                         .on_closed =
                             [this](std::string_view) {
                               ++signaling_losses_;
                               core_.on_signaling_closed(net::read_clock(), out_);
                               drain();
                             }});
  return {};
}

void Member::on_message(Bytes message) {
  api::ServerMessage parsed;
  const bool is_looked_at = handlers_.on_message &&
                            parsed.ParseFromArray(message.data(), static_cast<int>(message.size()));
  if (is_looked_at && !handlers_.on_message(parsed)) return;
  core_.on_signaling_frame(message, net::read_clock(), out_);
  drain();
}

void Member::leave() {
  has_left_ = true;
  core_.leave(net::read_clock(), out_);
  drain();
  core_timer_.disarm();
  reconnect_timer_.disarm();
  signaling_->close();
}

bool Member::ask(const floor::Request& request) {
  client::ClientOutbox out;
  core_.ask_floor(request, out);
  for (std::string& frame : out.frames) signaling_->send(std::move(frame));
  return !out.frames.empty();
}

void Member::press_once() {
  if (core_.floor().req_id() != 0) return;
  core_.press({.room_id = room()}, net::read_clock(), out_);
  drain();
}

void Member::speak(Bytes opus, std::uint32_t rtp_timestamp) {
  constexpr std::uint8_t kLevel = 20;
  core_.send_audio(opus, rtp_timestamp, kLevel, net::read_clock(), out_);
  drain();
}

void Member::send(std::string frame) {
  api::ClientMessage message;
  if (handlers_.on_request && message.ParseFromString(frame) && !handlers_.on_request(message)) {
    return;
  }
  signaling_->send(std::move(frame));
}

void Member::drain() {
  sockets_->send(out_.packets);
  out_.packets.clear();
  for (std::string& frame : std::exchange(out_.frames, {})) send(std::move(frame));
  for (const Endpoint& remote : std::exchange(out_.connect_tcp, {})) sockets_->connect_tcp(remote);
  for (const std::uint32_t id : std::exchange(out_.close_tcp, {})) sockets_->close_tcp(id);
  for (const client::ClientEvent& event : std::exchange(out_.events, {})) {
    if (std::holds_alternative<client::MediaConnected>(event)) handlers_.on_media();
    const auto* refused = std::get_if<client::ServerRefused>(&event);
    if (refused != nullptr && handlers_.on_refused) handlers_.on_refused(refused->error);
  }
  if (has_left_) return;
  if (std::exchange(out_.reconnect_signaling, false)) {
    reconnect_timer_.arm(net::read_monotonic() + kReconnectPause);
  }
  core_timer_.arm(core_.deadline());
}

}  // namespace parley::hostile
