#include "client/load/limit_target.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "client/load/settings.hpp"
#include "codecs/rtp.hpp"

namespace parley::client {
namespace {

void pin_to(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  static_cast<void>(sched_setaffinity(0, sizeof cores, &cores));
}

}  // namespace

LimitTarget::LimitTarget(sfu::SrtpProfile profile, std::optional<int> core)
    : traits_{.name = "limit", .version = "", .sequence_bits = 16, .talkers_hear = false},
      profile_(profile),
      core_(core) {}

Result<std::unique_ptr<Target>> LimitTarget::create(const TargetSettings& settings) {
  const auto profile = profile_setting(settings);
  if (!profile) return std::unexpected(profile.error());
  const auto core = number_setting<int>(settings, "core", -1);
  if (!core) return std::unexpected(core.error());
  return std::unique_ptr<Target>(
      new LimitTarget(*profile, *core < 0 ? std::nullopt : std::optional(*core)));
}

LimitTarget::~LimitTarget() {
  orders_.reset();  // the bare loop ends when nobody can give it orders
  if (child_ > 0) ::waitpid(child_, nullptr, 0);
}

Result<void> LimitTarget::start() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(ErrorCode::io, "no socket pair can be made for the bare loop");
  }
  orders_ = std::make_unique<net::Descriptor>(ends[0]);
  child_ = ::fork();
  if (child_ < 0) return fail(ErrorCode::io, "the bare loop's process cannot be started");
  if (child_ > 0) {
    ::close(ends[1]);
    return {};
  }
  orders_.reset();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (core_) pin_to(*core_);
  run_bare_loop(ends[1], profile_);
  ::_exit(0);
}

bool LimitTarget::order(const BareOrder& order) {
  return ::send(orders_->get(), &order, sizeof order, MSG_NOSIGNAL) ==
         static_cast<ssize_t>(sizeof order);
}

Result<void> LimitTarget::begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now) {
  const auto member = static_cast<MemberIndex>(members_.size());
  members_.push_back({.room = room, .srtp = std::nullopt});
  if (talkers_.size() <= room) talkers_.resize(room + 1);
  BareOrder request{.kind = BareOrder::Kind::add_talker, .room = room, .member = member};
  if (talks) {
    talkers_[room].push_back(member);
  } else {
    auto srtp = sfu::SrtpSession::create(bare_keys(profile_, member));
    if (!srtp) return std::unexpected(srtp.error());
    members_.back().srtp = *std::move(srtp);
    request.kind = BareOrder::Kind::add_listener;
    request.port = socket.local_endpoint().port;
  }
  if (order(request)) return {};
  return fail(ErrorCode::unavailable, "the bare loop has ended");
}

std::optional<Heard> LimitTarget::on_datagram(MemberIndex member, MutableBytes datagram, Now) {
  if (datagram.size() < codecs::kRtpHeaderSize) return std::nullopt;
  ByteReader reader(datagram);
  reader.skip(2);
  const std::uint16_t sequence = reader.u16();
  reader.skip(4);
  const std::uint32_t ssrc = reader.u32();
  const auto& talkers = talkers_[members_[member].room];
  const auto talker = std::ranges::find(talkers, ssrc, bare_ssrc);
  if (talker == talkers.end()) return std::nullopt;
  return Heard{.stream = static_cast<std::uint16_t>(talker - talkers.begin()),
               .sequence = sequence};
}

std::optional<Bytes> LimitTarget::open(MemberIndex member, MutableBytes datagram) {
  if (!members_[member].srtp) return std::nullopt;
  const auto plain = members_[member].srtp->unprotect_rtp(datagram);
  if (!plain) return std::nullopt;
  const auto packet = codecs::parse_rtp(*plain);
  if (!packet) return std::nullopt;
  return packet->payload;
}

void LimitTarget::begin_speech(const SpeechPlan& plan) {
  order({.kind = BareOrder::Kind::speak,
         .room = plan.room,
         .payload_bytes = static_cast<std::uint32_t>(plan.payload_bytes),
         .packets_per_second = plan.packets_per_second,
         .duration = plan.duration});
}

std::optional<SpeechDone> LimitTarget::speech_done() {
  BareResult result{};
  const ssize_t size = ::recv(orders_->get(), &result, sizeof result, MSG_DONTWAIT);
  if (size != static_cast<ssize_t>(sizeof result)) return std::nullopt;
  return SpeechDone{.sent = result.sent,
                    .late = result.late,
                    .worst_lateness = result.worst_lateness,
                    .took = result.took};
}

}  // namespace parley::client
