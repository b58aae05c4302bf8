// SRTP and SRTCP (RFC 3711, RFC 7714) of one peer: both directions, one key each, on libsrtp2.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::sfu {

inline constexpr std::size_t kMaxSrtpTrailer = 32;  // room protect_* needs behind the packet

class SrtpSession {
 public:
  static Result<SrtpSession> create(const SrtpKeys& keys);
  SrtpSession(SrtpSession&&) noexcept;
  SrtpSession& operator=(SrtpSession&&) noexcept;
  ~SrtpSession();

  // Writes header + encrypted payload + tag to `out` (at least header + payload + kMaxSrtpTrailer,
  // overlapping neither); returns the size. `index` is the packet index of RFC 3711 3.3.1: 48 bits,
  // rollover counter << 16 | the header's sequence number. A stream begins with rollover counter 0.
  // The caller never gives one index twice for one SSRC: a repeated nonce would give the key away.
  [[nodiscard]] std::expected<std::size_t, Drop> protect_rtp(Bytes header, Bytes payload,
                                                             std::uint64_t index, MutableBytes out);
  // In place: returns the plain packet, a prefix of `packet`.
  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtp(MutableBytes packet);
  // `buffer` holds `size` bytes of RTCP and room for the trailer; returns the new size.
  [[nodiscard]] std::expected<std::size_t, Drop> protect_rtcp(MutableBytes buffer,
                                                              std::size_t size);
  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtcp(MutableBytes packet);

 private:
  struct Impl;
  explicit SrtpSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::sfu
