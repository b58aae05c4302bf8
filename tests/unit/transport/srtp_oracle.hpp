// libsrtp2 on the AEAD profiles: what our own path is held against. The node never creates it.
#pragma once

#include <expected>
#include <memory>

#include "base/bytes.hpp"
#include "sfu/transport/drop.hpp"
#include "sfu/transport/dtls.hpp"

struct srtp_ctx_t_;

namespace parley::test {

// One direction of one session: either sends or receives.
class SrtpOracle {
 public:
  SrtpOracle(sfu::SrtpProfile profile, const sfu::SrtpMasterKey& master, bool sends);

  // In place; `buffer` has room for the trailer. Every packet must be acceptable.
  [[nodiscard]] std::size_t protect_rtp(MutableBytes buffer, std::size_t size);
  [[nodiscard]] std::size_t protect_rtcp(MutableBytes buffer, std::size_t size);
  [[nodiscard]] std::expected<MutableBytes, sfu::Drop> unprotect_rtp(MutableBytes packet);
  [[nodiscard]] std::expected<MutableBytes, sfu::Drop> unprotect_rtcp(MutableBytes packet);

 private:
  struct Free {
    void operator()(srtp_ctx_t_* session) const;
  };
  std::unique_ptr<srtp_ctx_t_, Free> session_;
};

}  // namespace parley::test
