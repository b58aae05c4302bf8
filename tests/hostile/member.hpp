// A member of a room for test programs: the real client core with its sockets and timers, without
// sound. Whoever owns it may look at what signaling says and at what the core asks for, and keep
// either from the other.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "client/bot/media_sockets.hpp"
#include "client/bot/ws_client.hpp"
#include "client/core/client_core.hpp"
#include "client/core/invitation_link.hpp"
#include "net/loop.hpp"
#include "net/os_random.hpp"
#include "net/timer.hpp"

namespace parley::hostile {

struct MemberHandlers {
  std::function<void()> on_media;  // connected, each time
  // Whether the client core is told; absent: of everything.
  std::function<bool(const api::ServerMessage&)> on_message{};
  // Whether what the client core asks for leaves; absent: all of it.
  std::function<bool(const api::ClientMessage&)> on_request{};
  std::function<void(const api::Error&)> on_refused{};  // for good
};

class Member {
 public:
  // `dtls` outlives the member. Errors: those of the sockets.
  static Result<std::unique_ptr<Member>> create(net::Loop& loop, const client::InvitationLink& link,
                                                std::shared_ptr<client::WsLibrary> library,
                                                const sfu::DtlsContext& dtls,
                                                MemberHandlers handlers);
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  ~Member() = default;

  void connect() { signaling_->connect(); }
  void leave();

  // Past whatever the client core thinks of it. False: signaling is away.
  bool ask(const floor::Request& request);
  // Presses unless it has; then speaks one packet, as far as the client core's own floor lets it.
  void press_once();
  void speak(Bytes opus, std::uint32_t rtp_timestamp);

  [[nodiscard]] const client::ClientCore& core() const { return core_; }
  [[nodiscard]] std::uint64_t room() const { return core_.floor().talk_room(); }
  [[nodiscard]] std::uint64_t signaling_losses() const { return signaling_losses_; }

 private:
  Member(net::Loop& loop, const client::InvitationLink& link, const sfu::DtlsContext& dtls,
         MemberHandlers handlers);
  Result<void> open(net::Loop& loop, const client::InvitationLink& link,
                    std::shared_ptr<client::WsLibrary> library);
  void on_message(Bytes message);
  void drain();
  void send(std::string frame);

  MemberHandlers handlers_;
  net::OsRandom random_;
  const client::DeviceKey key_;
  client::ClientCore core_;
  client::ClientOutbox out_;
  std::unique_ptr<client::WsClient> signaling_;
  std::unique_ptr<client::MediaSockets> sockets_;
  net::Timer core_timer_;
  net::Timer reconnect_timer_;
  std::uint64_t signaling_losses_ = 0;
  bool has_left_ = false;
};

}  // namespace parley::hostile
