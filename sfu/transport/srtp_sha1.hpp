// The profile AES_CM_128_HMAC_SHA1_80 (RFC 3711, RFC 5764 4.1.2), on libsrtp2: for clients without
// an AEAD. It is slow and allocates in each call. For SrtpSession only, which gives the contract.
#pragma once

#include <expected>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/dtls.hpp"

struct srtp_ctx_t_;  // libsrtp's session

namespace parley::sfu {

class Sha1Srtp {
 public:
  static Result<Sha1Srtp> create(const SrtpKeys& keys);

  // In place: `buffer` holds `size` bytes and room for the trailer.
  [[nodiscard]] std::expected<std::size_t, Drop> protect_rtp(MutableBytes buffer, std::size_t size);
  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtp(MutableBytes packet);
  [[nodiscard]] std::expected<std::size_t, Drop> protect_rtcp(MutableBytes buffer,
                                                              std::size_t size);
  [[nodiscard]] std::expected<MutableBytes, Drop> unprotect_rtcp(MutableBytes packet);

 private:
  struct Free {
    void operator()(srtp_ctx_t_* session) const;
  };
  using Session = std::unique_ptr<srtp_ctx_t_, Free>;

  static Result<Session> make_session(const SrtpMasterKey& master, bool sends);

  Session send_;
  Session receive_;
};

}  // namespace parley::sfu
