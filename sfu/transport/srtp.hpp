// SRTP and SRTCP of one peer, both directions, one master key each: AEAD_AES_128_GCM and
// AEAD_AES_256_GCM (RFC 7714) by our own code on RFC 3711's rules, AES_CM_128_HMAC_SHA1_80 by
// libsrtp2. Owned by the peer's transport, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sfu/transport/aead.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::sfu {

inline constexpr std::size_t kMaxSrtpTrailer = 32;      // room protect_* needs behind the packet
inline constexpr std::size_t kSrtpReplayWindow = 1024;  // packets (security.md S7)
inline constexpr std::size_t kSrtcpReplayWindow = 128;  // packets; reports are rare
// SSRCs one AEAD session receives RTP from, and RTCP. Packets of a further one are dropped as
// srtp_ssrc_limit: more would let a member fill our memory, less would cut off a client with many
// receivers, each of which reports under its own SSRC.
inline constexpr std::size_t kMaxSrtpSsrcs = 64;

class SrtpSession {
 public:
  // Without keys: only to be assigned to, or to be asked to prefetch.
  SrtpSession();
  // `engine`: must be available; the AEAD profiles use it.
  static Result<SrtpSession> create(const SrtpKeys& keys,
                                    AeadEngine engine = fastest_aead_engine());
  SrtpSession(SrtpSession&&) noexcept;
  SrtpSession& operator=(SrtpSession&&) noexcept;
  ~SrtpSession();

  // Writes header + encrypted payload + tag to `out` (at least header + payload + kMaxSrtpTrailer,
  // overlapping neither); returns the size. `header` is the whole RTP header with its extension.
  // `index` is the packet index of RFC 3711 3.3.1: 48 bits, rollover counter << 16 | the header's
  // sequence number. A stream begins with rollover counter 0. The caller never gives one index
  // twice for one SSRC: a repeated nonce would give the key away. Drop send_error: the index is
  // beyond 48 bits (the peer must make new keys), or the library refused.
  // AEAD: no allocation; reads this object, the expanded key and the packet.
  [[nodiscard]] std::expected<std::size_t, Drop> protect_rtp(Bytes header, Bytes payload,
                                                             std::uint64_t index, MutableBytes out);
  // Asks for the memory of the key that the next protect_rtp reads.
  void prefetch_send() const { send_key_.prefetch(); }

  // In place: returns the plain packet, a prefix of `packet`. After a drop the content of `packet`
  // is worthless. Drops: srtp_auth, srtp_replay, srtp_ssrc_limit, srtp_error (no SRTP packet).
  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtp(MutableBytes packet);
  // `buffer` holds `size` bytes of RTCP and room for the trailer; returns the new size.
  [[nodiscard]] std::expected<std::size_t, Drop> protect_rtcp(MutableBytes buffer,
                                                              std::size_t size);
  // As unprotect_rtp.
  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtcp(MutableBytes packet);

 private:
  struct Cold;

  // What each packet that is sent touches. Without an AEAD the key is empty.
  AeadKey send_key_;
  std::array<std::uint8_t, kAeadIvSize> send_salt_{};
  // Whatever else there is.
  std::unique_ptr<Cold> cold_;
};
static_assert(sizeof(SrtpSession) <= 40, "its owner keeps it in a cache line with others");

}  // namespace parley::sfu
