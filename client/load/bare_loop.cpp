#include "client/load/bare_loop.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "client/load/schedule.hpp"
#include "client/load/target.hpp"
#include "client/load/voice_payload.hpp"
#include "codecs/rtp.hpp"
#include "net/clock.hpp"
#include "net/descriptor.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::client {
namespace {

constexpr std::uint8_t kPayloadType = 111;
constexpr int kSendBuffer = 4 << 20;  // as the node's
// Room for one packet: header, payload, trailer.
constexpr std::size_t kSlot = codecs::kRtpHeaderSize + kMaxVoicePayload + sfu::kMaxSrtpTrailer;

struct Listener {
  sockaddr_in address;
  sfu::SrtpSession srtp;
};

struct Talker {
  std::uint32_t member;
  std::uint64_t next_sequence = 0;
};

struct BareRoom {
  std::vector<Talker> talkers;
  std::vector<Listener> listeners;
};

// Packets on their way into one sendmmsg.
class BareBatch {
 public:
  BareBatch() : slab_(kBareBatch * kSlot), headers_(kBareBatch), pieces_(kBareBatch) {
    for (std::size_t i = 0; i < kBareBatch; ++i) {
      pieces_[i].iov_base = slab_.data() + i * kSlot;
      headers_[i].msg_hdr.msg_iov = &pieces_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
      headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    }
  }
  void add(Listener& to, Bytes header, Bytes payload, std::uint64_t index, int fd) {
    const auto size = to.srtp.protect_rtp(header, payload, index,
                                          MutableBytes(slab_).subspan(count_ * kSlot, kSlot));
    PARLEY_CHECK(size.has_value());
    pieces_[count_].iov_len = *size;
    headers_[count_].msg_hdr.msg_name = &to.address;
    if (++count_ == kBareBatch) flush(fd);
  }
  void flush(int fd) {
    std::size_t next = 0;
    while (next < count_) {
      const int sent =
          sendmmsg(fd, headers_.data() + next, static_cast<unsigned>(count_ - next), 0);
      if (sent > 0) next += static_cast<std::size_t>(sent);
      if (sent < 0 && errno != EINTR) next += 1;  // the sink sees that one is missing
    }
    count_ = 0;
  }

 private:
  std::vector<std::uint8_t> slab_;
  std::vector<mmsghdr> headers_;
  std::vector<iovec> pieces_;
  std::size_t count_ = 0;
};

class BareLoop {
 public:
  explicit BareLoop(sfu::SrtpProfile profile)
      : profile_(profile), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    PARLEY_CHECK(socket_.is_open());
    static_cast<void>(
        setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer));
  }

  void add_listener(const BareOrder& order) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(order.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto srtp = sfu::SrtpSession::create(bare_keys(profile_, order.member));
    PARLEY_CHECK(srtp.has_value());
    rooms_[order.room].listeners.push_back({.address = address, .srtp = *std::move(srtp)});
  }
  void add_talker(const BareOrder& order) {
    rooms_[order.room].talkers.push_back({.member = order.member});
  }

  BareResult speak(const BareOrder& order) {
    BareRoom& room = rooms_[order.room];
    payload_.resize(
        std::clamp<std::size_t>(order.payload_bytes, kMinVoicePayload, kMaxVoicePayload));
    return order.packets_per_second > 0 ? speak_on_time(room, order) : speak_at_once(room, order);
  }

 private:
  BareResult speak_on_time(BareRoom& room, const BareOrder& order) {
    const Timestamp start = net::read_monotonic();
    Schedule schedule(start, static_cast<std::uint32_t>(room.talkers.size()),
                      order.packets_per_second, order.duration);
    while (!schedule.is_over()) {
      net::sleep_until(schedule.due());
      Now now = net::read_clock();
      while (schedule.due() <= now.mono) {
        // As a packet that waits in a server's socket: delay counts from when it was due.
        const WallTime due = now.wall - (now.mono - schedule.due());
        fan_out(room, room.talkers[schedule.take(now.mono).talker], due);
        now = net::read_clock();
      }
      batch_.flush(socket_.get());
    }
    return {.sent = schedule.total(),
            .late = schedule.late(),
            .worst_lateness = schedule.worst_lateness(),
            .took = net::read_monotonic() - start};
  }
  BareResult speak_at_once(BareRoom& room, const BareOrder& order) {
    const Timestamp start = net::read_monotonic();
    Now now = net::read_clock();
    std::uint64_t sent = 0;
    for (; now.mono < start + order.duration; now = net::read_clock()) {
      fan_out(room, room.talkers[sent % room.talkers.size()], now.wall);
      batch_.flush(socket_.get());
      ++sent;
    }
    return {.sent = sent, .late = 0, .worst_lateness = Duration(0), .took = now.mono - start};
  }
  void fan_out(BareRoom& room, Talker& talker, WallTime sent_at) {
    const std::uint64_t sequence = talker.next_sequence++;
    write_voice_payload({.talker = talker.member, .sequence = sequence, .sent_at = sent_at},
                        payload_);
    std::array<std::uint8_t, codecs::kRtpHeaderSize> header;
    codecs::write_rtp_header({.payload_type = kPayloadType,
                              .sequence = static_cast<std::uint16_t>(sequence),
                              .timestamp = static_cast<std::uint32_t>(sequence * 960),
                              .ssrc = Ssrc{bare_ssrc(talker.member)}},
                             header);
    for (Listener& listener : room.listeners) {
      batch_.add(listener, header, payload_, sequence, socket_.get());
    }
  }

  sfu::SrtpProfile profile_;
  net::Descriptor socket_;
  std::map<std::uint32_t, BareRoom> rooms_;
  std::vector<std::uint8_t> payload_;
  BareBatch batch_;
};

}  // namespace

sfu::SrtpKeys bare_keys(sfu::SrtpProfile profile, std::uint32_t member) {
  const std::size_t key_size = profile == sfu::SrtpProfile::aead_aes_256_gcm ? 32 : 16;
  const std::size_t salt_size = profile == sfu::SrtpProfile::aes128_cm_sha1_80 ? 14 : 12;
  std::array<std::uint8_t, 32> key{};
  ByteWriter(key).u32(member + 1);
  std::array<std::uint8_t, 14> salt{};
  salt.back() = 1;
  const auto direction = [&] {
    return sfu::SrtpMasterKey{.key = Secret<32>(Bytes(key).first(key_size)),
                              .salt = Secret<14>(Bytes(salt).first(salt_size))};
  };
  return {.profile = profile, .send = direction(), .receive = direction()};
}

void run_bare_loop(int socket, sfu::SrtpProfile profile) {
  BareLoop loop(profile);
  BareOrder order{};
  while (::recv(socket, &order, sizeof order, 0) == static_cast<ssize_t>(sizeof order)) {
    switch (order.kind) {
      case BareOrder::Kind::add_listener:
        loop.add_listener(order);
        break;
      case BareOrder::Kind::add_talker:
        loop.add_talker(order);
        break;
      case BareOrder::Kind::speak: {
        const BareResult result = loop.speak(order);
        if (::send(socket, &result, sizeof result, MSG_NOSIGNAL) < 0) return;
        break;
      }
      case BareOrder::Kind::end:
        return;
    }
  }
}

}  // namespace parley::client
