#include "tests/unit/transport/srtp_oracle.hpp"

#include <srtp2/srtp.h>

#include <array>

#include "base/check.hpp"
#include "sfu/transport/srtp.hpp"
#include "sfu/transport/srtp_sha1.hpp"

namespace parley::test {

namespace {

sfu::Drop drop_of(srtp_err_status_t status) {
  if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old) {
    return sfu::Drop::srtp_replay;
  }
  // With NSS underneath a wrong GCM tag is reported as a failed cipher.
  if (status == srtp_err_status_auth_fail || status == srtp_err_status_cipher_fail) {
    return sfu::Drop::srtp_auth;
  }
  return sfu::Drop::srtp_error;
}

// The library can be initialised once per process, which is the SHA1 profile's to do.
bool initialise_library() {
  const std::array<std::uint8_t, 16> zeros{};
  const auto master = [&] {
    return sfu::SrtpMasterKey{.key = Secret<32>(zeros), .salt = Secret<14>(Bytes(zeros).first(14))};
  };
  return sfu::Sha1Srtp::create({.profile = sfu::SrtpProfile::aes128_cm_sha1_80,
                                .send = master(),
                                .receive = master()})
      .has_value();
}

using Transform = srtp_err_status_t (*)(srtp_t, void*, int*);

std::size_t protect(Transform transform, srtp_t session, MutableBytes buffer, std::size_t size) {
  int length = static_cast<int>(size);
  PARLEY_CHECK(transform(session, buffer.data(), &length) == srtp_err_status_ok);
  return static_cast<std::size_t>(length);
}

std::expected<MutableBytes, sfu::Drop> unprotect(Transform transform, srtp_t session,
                                                 MutableBytes packet) {
  int size = static_cast<int>(packet.size());
  const srtp_err_status_t status = transform(session, packet.data(), &size);
  if (status != srtp_err_status_ok) return std::unexpected(drop_of(status));
  return packet.first(static_cast<std::size_t>(size));
}

}  // namespace

void SrtpOracle::Free::operator()(srtp_ctx_t_* session) const { srtp_dealloc(session); }

SrtpOracle::SrtpOracle(sfu::SrtpProfile profile, const sfu::SrtpMasterKey& master, bool sends) {
  static const bool ready = initialise_library();
  PARLEY_CHECK(ready);
  srtp_policy_t policy{};
  for (srtp_crypto_policy_t* part : {&policy.rtp, &policy.rtcp}) {
    if (profile == sfu::SrtpProfile::aead_aes_256_gcm) {
      srtp_crypto_policy_set_aes_gcm_256_16_auth(part);
    } else {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(part);
    }
  }
  std::array<std::uint8_t, 64> key{};
  ByteWriter writer(key);
  writer.bytes(master.key.view());
  writer.bytes(master.salt.view());
  policy.ssrc = {.type = sends ? ssrc_any_outbound : ssrc_any_inbound, .value = 0};
  policy.key = key.data();
  policy.window_size = sfu::kSrtpReplayWindow;
  srtp_t raw = nullptr;
  PARLEY_CHECK(srtp_create(&raw, &policy) == srtp_err_status_ok);
  session_.reset(raw);
}

std::size_t SrtpOracle::protect_rtp(MutableBytes buffer, std::size_t size) {
  return protect(srtp_protect, session_.get(), buffer, size);
}
std::size_t SrtpOracle::protect_rtcp(MutableBytes buffer, std::size_t size) {
  return protect(srtp_protect_rtcp, session_.get(), buffer, size);
}
std::expected<MutableBytes, sfu::Drop> SrtpOracle::unprotect_rtp(MutableBytes packet) {
  return unprotect(srtp_unprotect, session_.get(), packet);
}
std::expected<MutableBytes, sfu::Drop> SrtpOracle::unprotect_rtcp(MutableBytes packet) {
  return unprotect(srtp_unprotect_rtcp, session_.get(), packet);
}

}  // namespace parley::test
