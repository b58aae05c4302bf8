// The bare limit as a target: sinks like everybody's, and a forked process that does nothing but
// encrypt and send (bare_loop.hpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/load/bare_loop.hpp"
#include "client/load/target.hpp"
#include "net/descriptor.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::client {

class LimitTarget final : public Target {
 public:
  // Settings: core (the bare loop is pinned to it; none: not pinned), profile.
  static Result<std::unique_ptr<Target>> create(const TargetSettings& settings);
  ~LimitTarget() override;

  Result<void> start() override;
  [[nodiscard]] const TargetTraits& traits() const override { return traits_; }
  [[nodiscard]] int server_pid() const override { return child_; }
  Result<void> begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now now) override;
  [[nodiscard]] JoinState join_state(MemberIndex) const override { return JoinState::ready; }
  [[nodiscard]] std::string failure() const override { return {}; }
  void tick(Now) override {}
  void refresh(Now) override {}
  std::optional<Heard> on_datagram(MemberIndex member, MutableBytes datagram, Now now) override;
  std::optional<Bytes> open(MemberIndex member, MutableBytes datagram) override;
  bool speak(MemberIndex, const LoadFrame&) override { return false; }
  void leave_all(Now) override {}
  [[nodiscard]] bool speaks_itself() const override { return true; }
  void begin_speech(const SpeechPlan& plan) override;
  std::optional<SpeechDone> speech_done() override;

 private:
  struct Member {
    RoomIndex room;
    std::optional<sfu::SrtpSession> srtp;  // of a listener
  };

  LimitTarget(sfu::SrtpProfile profile, std::optional<int> core);
  bool order(const BareOrder& order);

  TargetTraits traits_;
  sfu::SrtpProfile profile_;
  std::optional<int> core_;
  int child_ = 0;
  std::unique_ptr<net::Descriptor> orders_;
  std::vector<Member> members_;
  std::vector<std::vector<MemberIndex>> talkers_;  // of each room, in the order of joining
};

}  // namespace parley::client
