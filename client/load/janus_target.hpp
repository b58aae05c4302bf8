// Janus' videoroom as a target, driven over its Unix socket: a talker publishes one stream of Opus,
// a listener subscribes to all talkers of its room in one transport. Each member has its own Janus
// session, as each browser would.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/load/janus_link.hpp"
#include "client/load/janus_messages.hpp"
#include "client/load/rtc_endpoint.hpp"
#include "client/load/target.hpp"
#include "net/os_random.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

class JanusTarget final : public Target {
 public:
  static constexpr Duration kAnswerLimit = std::chrono::seconds(10);  // of what start() asks

  // A listener can subscribe only to talkers who are there: it waits for those of its room who
  // began to join before it, and does not hear later ones. Settings: socket (path of Janus' API),
  // profile (gcm128, gcm256, sha1), name (of the results).
  static Result<std::unique_ptr<Target>> create(const TargetSettings& settings);
  ~JanusTarget() override;

  Result<void> start() override;
  [[nodiscard]] const TargetTraits& traits() const override { return traits_; }
  Result<void> begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now now) override;
  [[nodiscard]] JoinState join_state(MemberIndex member) const override;
  [[nodiscard]] std::string failure() const override { return failure_; }
  void tick(Now now) override;
  void refresh(Now now) override;
  void idle(Now now) override;
  std::optional<Heard> on_datagram(MemberIndex member, MutableBytes datagram, Now now) override;
  std::optional<Bytes> open(MemberIndex member, MutableBytes datagram) override;
  bool speak(MemberIndex talker, const LoadFrame& frame) override;
  void leave_all(Now now) override;

 private:
  struct Member;
  struct Room {
    bool is_open = false;
    std::vector<MemberIndex> talkers{};  // who began to join
  };

  JanusTarget(TargetSettings settings, sfu::DtlsContext dtls);
  Result<JanusReply> ask(std::string request);
  void send(Member& member, std::string request);
  void on_reply(const JanusReply& reply, Now now);
  void on_answer(Member& member, const JanusReply& reply, Now now);
  void on_description(Member& member, const JanusReply& reply, Now now);
  void go_on(MemberIndex index);
  [[nodiscard]] bool may_go_on(const Member& member) const;
  void fail_member(Member& member, std::string_view reason);
  [[nodiscard]] Member* find(const JanusReply& reply);

  TargetSettings settings_;
  TargetTraits traits_;
  net::OsRandom random_;
  sfu::DtlsContext dtls_;
  RtcShared shared_;
  std::unique_ptr<JanusLink> link_;
  JanusAddress control_;  // where rooms are made
  std::map<RoomIndex, Room> rooms_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<MemberIndex> waiting_;  // attached, but not able to go on yet
  std::map<JanusId, MemberIndex> by_handle_;
  std::string failure_;
};

}  // namespace parley::client
