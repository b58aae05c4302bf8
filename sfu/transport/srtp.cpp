#include "sfu/transport/srtp.hpp"

#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "base/secret.hpp"

namespace parley::sfu {

namespace {

constexpr unsigned long kReplayWindow = 1024;  // packets (security.md S7)
constexpr std::size_t kMaxMasterKey = 32 + 14;

struct SessionFree {
  void operator()(srtp_ctx_t* session) const { srtp_dealloc(session); }
};
using Session = std::unique_ptr<srtp_ctx_t, SessionFree>;

// The library's own tables are filled once per process.
bool is_library_ready() {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  return ready;
}

// Both RTP and RTCP carry the full tag of their profile: 80 bits of HMAC-SHA1 (RFC 5764 4.1.2), 16
// bytes of GCM (RFC 7714 14.2).
void set_ciphers(SrtpProfile profile, srtp_policy_t& policy) {
  switch (profile) {
    case SrtpProfile::aes128_cm_sha1_80:
      srtp_crypto_policy_set_rtp_default(&policy.rtp);
      srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
      return;
    case SrtpProfile::aead_aes_128_gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
      return;
    case SrtpProfile::aead_aes_256_gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
      return;
  }
}

Result<Session> make_session(SrtpProfile profile, const SrtpMasterKey& master,
                             srtp_ssrc_type_t direction) {
  srtp_policy_t policy{};
  set_ciphers(profile, policy);
  std::array<std::uint8_t, kMaxMasterKey> key{};
  ByteWriter writer(key);
  writer.bytes(master.key.view());
  writer.bytes(master.salt.view());
  if (static_cast<int>(writer.size()) != policy.rtp.cipher_key_len) {
    return fail(ErrorCode::invalid_argument, "The SRTP key has the wrong length for its profile.");
  }
  policy.ssrc = {.type = direction, .value = 0};
  policy.key = key.data();
  policy.window_size = kReplayWindow;
  policy.allow_repeat_tx = 0;
  srtp_t raw = nullptr;
  const srtp_err_status_t status = srtp_create(&raw, &policy);
  wipe(key);
  if (status != srtp_err_status_ok) {
    return fail(ErrorCode::io, "The SRTP library refused a session with its status " +
                                   std::to_string(static_cast<int>(status)) + ".");
  }
  return Session(raw);
}

Drop receive_drop(srtp_err_status_t status) {
  // Not an enumeration of our own: the library has thirty values and five matter here.
  if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old ||
      status == srtp_err_status_pkt_idx_old) {
    return Drop::srtp_replay;
  }
  // With NSS underneath a wrong GCM tag is reported as a failed cipher.
  if (status == srtp_err_status_auth_fail || status == srtp_err_status_cipher_fail) {
    return Drop::srtp_auth;
  }
  return Drop::srtp_error;
}

using Transform = srtp_err_status_t (*)(srtp_t, void*, int*);

std::expected<MutableBytes, Drop> unprotect(Transform transform, srtp_t session,
                                            MutableBytes packet) {
  int size = static_cast<int>(packet.size());
  const srtp_err_status_t status = transform(session, packet.data(), &size);
  if (status != srtp_err_status_ok) return std::unexpected(receive_drop(status));
  return packet.first(static_cast<std::size_t>(size));
}

std::expected<std::size_t, Drop> protect(Transform transform, srtp_t session, MutableBytes buffer,
                                         std::size_t size) {
  PARLEY_CHECK(buffer.size() >= size + kMaxSrtpTrailer);
  int length = static_cast<int>(size);
  if (transform(session, buffer.data(), &length) != srtp_err_status_ok) {
    return std::unexpected(Drop::send_error);
  }
  return static_cast<std::size_t>(length);
}

}  // namespace

struct SrtpSession::Impl {
  Session send;
  Session receive;
};

Result<SrtpSession> SrtpSession::create(const SrtpKeys& keys) {
  if (!is_library_ready()) return fail(ErrorCode::io, "The SRTP library could not be initialised.");
  auto send = make_session(keys.profile, keys.send, ssrc_any_outbound);
  if (!send) return std::unexpected(send.error());
  auto receive = make_session(keys.profile, keys.receive, ssrc_any_inbound);
  if (!receive) return std::unexpected(receive.error());
  auto impl = std::make_unique<Impl>();
  impl->send = std::move(*send);
  impl->receive = std::move(*receive);
  return SrtpSession(std::move(impl));
}

SrtpSession::SrtpSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SrtpSession::SrtpSession(SrtpSession&&) noexcept = default;
SrtpSession& SrtpSession::operator=(SrtpSession&&) noexcept = default;
SrtpSession::~SrtpSession() = default;

// The library keeps its own rollover counter, so the index is only held against the header.
std::expected<std::size_t, Drop> SrtpSession::protect_rtp(Bytes header, Bytes payload,
                                                          std::uint64_t index, MutableBytes out) {
  PARLEY_CHECK(static_cast<std::uint16_t>(index) == (header[2] << 8 | header[3]));
  PARLEY_CHECK(out.size() >= header.size() + payload.size() + kMaxSrtpTrailer);
  std::ranges::copy(header, out.begin());
  std::ranges::copy(payload, out.subspan(header.size()).begin());
  return protect(srtp_protect, impl_->send.get(), out, header.size() + payload.size());
}

std::expected<MutableBytes, Drop> SrtpSession::unprotect_rtp(MutableBytes packet) {
  return unprotect(srtp_unprotect, impl_->receive.get(), packet);
}

std::expected<std::size_t, Drop> SrtpSession::protect_rtcp(MutableBytes buffer, std::size_t size) {
  return protect(srtp_protect_rtcp, impl_->send.get(), buffer, size);
}

std::expected<MutableBytes, Drop> SrtpSession::unprotect_rtcp(MutableBytes packet) {
  return unprotect(srtp_unprotect_rtcp, impl_->receive.get(), packet);
}

}  // namespace parley::sfu
