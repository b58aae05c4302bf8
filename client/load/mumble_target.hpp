// Mumble's server (murmurd 1.3) as a target: one TLS control connection and one UDP socket for each
// member. A room is a channel: room 0 is the root channel, room k the channel with the id k, which
// whoever starts the server has made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "client/load/target.hpp"
#include "net/loop.hpp"
#include "net/tls_context.hpp"

namespace parley::client {

class MumbleTarget final : public Target {
 public:
  // Settings: address (an IP address, default 127.0.0.1), port, and the PEM files ca, certificate
  // and key: the server's certificate is verified like any other; the client's is only shown.
  static Result<std::unique_ptr<Target>> create(const TargetSettings& settings);
  ~MumbleTarget() override;

  Result<void> start() override;
  [[nodiscard]] const TargetTraits& traits() const override { return traits_; }
  Result<void> begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now now) override;
  [[nodiscard]] JoinState join_state(MemberIndex member) const override;
  [[nodiscard]] std::string failure() const override { return failure_; }
  void tick(Now now) override;
  // Nothing: the server is configured to keep members that are silent.
  void refresh(Now) override {}
  void idle(Now now) override;
  std::optional<Heard> on_datagram(MemberIndex member, MutableBytes datagram, Now now) override;
  std::optional<Bytes> open(MemberIndex member, MutableBytes datagram) override;
  bool speak(MemberIndex talker, const LoadFrame& frame) override;
  void leave_all(Now now) override;

 private:
  // How long an answer to a ping may take before the next one.
  static constexpr Duration kPingInterval = std::chrono::milliseconds(500);
  struct Member;

  MumbleTarget(Endpoint server, net::TlsContext tls);
  void on_bytes(Member& member, Bytes received);
  void send_stream(Member& member, const std::string& stream);
  void flush(Member& member);
  void fail_member(Member& member, std::string_view reason);
  void probe(Member& member, Now now);

  TargetTraits traits_;
  Endpoint server_;
  net::TlsContext tls_;
  net::Loop loop_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<MemberIndex> probing_;  // members whose pings are not answered yet, and some more
  std::string failure_;
};

}  // namespace parley::client
