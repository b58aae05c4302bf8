// Parley's media node as a target: plays the signaling service towards it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/load/node_link.hpp"
#include "client/load/rtc_endpoint.hpp"
#include "client/load/target.hpp"
#include "net/os_random.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

class ParleyTarget final : public Target {
 public:
  static constexpr Duration kNodeWait = std::chrono::seconds(60);

  // Settings: pki (folder of ca.pem, signaling.pem, signaling.key), control_port (0: any),
  // ready_file (told "control=PORT" once the node may dial), profile (gcm128, gcm256, sha1), slots.
  // Listens at once; start() waits for the node.
  static Result<std::unique_ptr<ParleyTarget>> create(const TargetSettings& settings);
  [[nodiscard]] std::uint16_t control_port() const { return link_->port(); }

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
  struct Member {
    RtcEndpoint rtc;
    RoomIndex room;
    bool talks;
    bool is_refused = false;
    std::vector<std::uint32_t> slot_ssrcs{};
  };

  ParleyTarget(TargetSettings settings, sfu::DtlsContext dtls, std::uint32_t slots,
               std::unique_ptr<NodeLink> link);
  void renew_leases(Timestamp now);
  void on_message(const control::FromNode& message, Now now);
  void on_added(const control::PeerAdded& added, Now now);
  void on_refused(const control::FromNode& message);
  [[nodiscard]] Member* find(std::uint64_t peer_id);

  TargetSettings settings_;
  TargetTraits traits_;
  net::OsRandom random_;
  sfu::DtlsContext dtls_;
  RtcShared shared_;
  std::uint32_t slots_;
  std::unique_ptr<NodeLink> link_;
  std::vector<Member> members_;
  Timestamp next_renewal_{};
  std::string failure_;
};

}  // namespace parley::client
