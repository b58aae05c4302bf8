// A client of the media node for tests: ICE checks, a DTLS client and SRTP, all real; no network,
// no clock. Hands out datagrams and takes datagrams in.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "codecs/rtcp.hpp"
#include "codecs/rtp.hpp"
#include "sfu/core/worker_core.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::test {

inline constexpr std::uint8_t kLevelExtension = 5;
inline constexpr std::uint32_t kFrame = 960;  // 20 ms at 48 kHz

struct TestPeerSettings {
  PeerId id;
  Path path;
  WorkerIndex worker{};
  std::uint8_t slots = 4;
  std::uint8_t payload_type = 111;
  bool sends_levels = true;
};

// A voice packet as it arrived, decrypted.
struct HeardPacket {
  Ssrc ssrc;
  std::uint16_t sequence;
  std::uint32_t timestamp;
  bool marker;
  std::uint8_t payload_type;
  std::vector<std::uint8_t> payload;
};

class TestPeer {
 public:
  // `dtls` and `random` outlive the peer.
  TestPeer(TestPeerSettings settings, const sfu::DtlsContext& dtls, RandomSource& random);

  [[nodiscard]] sfu::PeerOffer offer() const;
  void on_answer(const sfu::PeerAnswer& answer);
  // An ICE check with USE-CANDIDATE; `transaction` random.
  [[nodiscard]] std::vector<std::uint8_t> make_check(bool nominates = true);
  // Anything the node sent. Answers go to `out`. Starts DTLS when the first check is answered.
  void on_datagram(MutableBytes datagram, Timestamp now, PacketBatch& out);
  [[nodiscard]] bool is_connected() const { return srtp_.has_value(); }

  // One frame of voice, encrypted: the next sequence number, 20 ms later.
  [[nodiscard]] std::vector<std::uint8_t> make_voice(Bytes payload, std::uint8_t level = 30);
  // The next voice packet is numbered as if `packets` had been lost.
  void skip_voice(std::uint16_t packets);
  // An RTCP compound packet, encrypted.
  [[nodiscard]] std::vector<std::uint8_t> make_rtcp(Bytes compound);
  void close(PacketBatch& out) { dtls_.close(settings_.path, out); }

  [[nodiscard]] PeerId id() const { return settings_.id; }
  [[nodiscard]] const Path& path() const { return settings_.path; }
  [[nodiscard]] WorkerIndex worker() const { return settings_.worker; }
  void move_to(const Path& path) { settings_.path = path; }
  void place_on(WorkerIndex worker) { settings_.worker = worker; }
  // RTP timestamp of the next voice packet.
  [[nodiscard]] std::uint32_t next_timestamp() const { return timestamp_; }
  void set_next_timestamp(std::uint32_t timestamp) { timestamp_ = timestamp; }
  [[nodiscard]] Ssrc uplink_ssrc() const { return uplink_ssrc_; }
  [[nodiscard]] const std::optional<sfu::PeerAnswer>& answer() const { return answer_; }

  // What came since the last take.
  [[nodiscard]] std::vector<HeardPacket> take_heard();
  [[nodiscard]] std::vector<codecs::RtcpView> take_rtcp();
  [[nodiscard]] std::size_t datagrams_in() const { return datagrams_in_; }
  [[nodiscard]] std::size_t decrypt_errors() const { return decrypt_errors_; }

 private:
  void on_stun(Bytes datagram, Timestamp now, PacketBatch& out);
  void on_rtp(MutableBytes datagram);

  TestPeerSettings settings_;
  RandomSource& random_;
  Ssrc uplink_ssrc_;
  sfu::Fingerprint fingerprint_;
  const sfu::DtlsContext& context_;
  sfu::Dtls dtls_;
  bool dtls_started_ = false;
  std::optional<sfu::SrtpSession> srtp_;
  std::optional<sfu::PeerAnswer> answer_;
  std::uint64_t index_;  // extended sequence number of the next voice packet
  std::uint32_t timestamp_;
  std::vector<HeardPacket> heard_;
  std::vector<codecs::RtcpView> rtcp_;
  std::size_t datagrams_in_ = 0;
  std::size_t decrypt_errors_ = 0;
};

}  // namespace parley::test
