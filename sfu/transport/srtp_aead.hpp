// What an AEAD session (RFC 7714) needs for all but the sending of RTP: receiving RTP, and RTCP
// both ways. For SrtpSession only, which gives the contract.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "sfu/transport/aead.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/srtp.hpp"
#include "sfu/transport/srtp_replay.hpp"

namespace parley::sfu {

using AeadSalt = std::array<std::uint8_t, kAeadIvSize>;
using AeadIv = std::array<std::uint8_t, kAeadIvSize>;

// RFC 7714 8.1 and 9.1: two zero bytes, the SSRC as it stands in the packet, and 48 bits: the
// packet index of RTP, or the 31-bit index of RTCP; XOR the salt.
[[nodiscard]] AeadIv make_srtp_iv(const AeadSalt& salt, Bytes ssrc, std::uint64_t index);

// Session key and salt of RTP or RTCP in one direction, not expanded.
struct AeadSessionKey {
  Secret<32> key;
  AeadSalt salt{};
};

struct AeadReceiveKeys {
  AeadSessionKey rtp;
  AeadSessionKey rtcp;
};

class SrtpAead {
 public:
  SrtpAead(AeadEngine engine, AeadSessionKey send_rtcp, AeadReceiveKeys receive)
      : engine_(engine), send_rtcp_(std::move(send_rtcp)), receive_(std::move(receive)) {}

  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtp(MutableBytes packet);
  [[nodiscard]] std::expected<std::size_t, Drop> protect_rtcp(MutableBytes buffer,
                                                              std::size_t size);
  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtcp(MutableBytes packet);

 private:
  // Streams appear when their first packet has proven authentic, never before.
  template <std::size_t kWindow>
  struct Stream {
    Ssrc ssrc;
    ReplayWindow<kWindow> seen;
  };
  template <std::size_t kWindow>
  using Streams = std::vector<Stream<kWindow>>;

  AeadEngine engine_;
  std::uint32_t next_rtcp_index_ = 0;
  AeadSessionKey send_rtcp_;
  AeadReceiveKeys receive_;
  AeadKey receive_rtp_key_;  // expanded with the first packet
  Streams<kSrtpReplayWindow> rtp_streams_;
  Streams<kSrtcpReplayWindow> rtcp_streams_;
};

}  // namespace parley::sfu
