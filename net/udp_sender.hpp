// The sending side of a UDP socket: a batch leaves in as few system calls and messages as the
// kernel takes. Nothing is copied but addresses: the kernel reads the datagrams where they lie.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/packet_batch.hpp"
#include "net/send_plan.hpp"
#include "net/udp_counters.hpp"

namespace parley::net {

class UdpSender {
 public:
  static constexpr std::size_t kMaxMessages = 1024;  // per call: UIO_MAXIOV of the kernel
  // Segments per call. Voice of many talkers to the same listeners fills it with few messages.
  static constexpr std::size_t kMaxPieces = 4096;
  // Packets that are dropped for one refusal of a full socket, before the next attempt: the kernel
  // gets time to send, and a socket that stays full costs few calls.
  static constexpr std::size_t kDropStep = 64;
  // Segmented messages refused in a row, without one that was taken, after which this socket sends
  // every packet alone: the device (or the kernel) does not do it.
  static constexpr int kMaxRefusedInARow = 16;

  // Works on `socket`, which is not blocking and of one family, and counts into `counters`; both
  // outlive it.
  UdpSender(int socket, bool is_v6, UdpCounters& counters);
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  // See UdpPort::flush.
  void flush(const PacketBatch& batch, std::uint16_t local);

 private:
  // The size of the segments, as the kernel wants it beside a message: a cmsghdr and 16 bits.
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))> bytes;
  };

  void add(const PacketBatch& batch, std::span<const PacketBatch::Entry> entries,
           const SendPlan::Run& run);
  void add_message(const PacketBatch& batch, std::span<const PacketBatch::Entry> entries,
                   std::uint32_t first, std::uint32_t segments);
  void write_name(std::size_t message, const Endpoint& remote);
  void send();
  void count_sent(std::size_t from, std::size_t count);
  // What became of message `at`, which the kernel refused. Returns the messages that are done.
  [[nodiscard]] std::size_t on_refused(std::size_t at, int error);
  [[nodiscard]] std::size_t drop_for_full_buffer(std::size_t at);
  void send_one_by_one(const msghdr& message);

  const int socket_;
  const bool is_v6_;
  UdpCounters& counters_;
  bool can_segment_;
  int refused_in_a_row_ = 0;
  std::size_t messages_ = 0;  // prepared
  std::size_t pieces_used_ = 0;
  // What never changes in these arrays is written once, by the constructor.
  std::array<mmsghdr, kMaxMessages> headers_{};
  std::array<sockaddr_in6, kMaxMessages> names_{};  // or sockaddr_in, which is shorter
  std::array<Control, kMaxMessages> controls_{};
  std::array<iovec, kMaxPieces> pieces_;
  SendPlan plan_;
};

}  // namespace parley::net
