#include "sfu/transport/srtp_sha1.hpp"

#include <srtp2/srtp.h>

#include <array>
#include <string>
#include <utility>

#include "base/secret.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::sfu {

namespace {

constexpr std::size_t kMasterKey = 16 + 14;

// The library's own tables are filled once per process.
bool is_library_ready() {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  return ready;
}

Drop receive_drop(srtp_err_status_t status) {
  // Not an enumeration of our own: the library has thirty values and four matter here.
  if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old ||
      status == srtp_err_status_pkt_idx_old) {
    return Drop::srtp_replay;
  }
  return status == srtp_err_status_auth_fail ? Drop::srtp_auth : Drop::srtp_error;
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
  int length = static_cast<int>(size);
  if (transform(session, buffer.data(), &length) != srtp_err_status_ok) {
    return std::unexpected(Drop::send_error);
  }
  return static_cast<std::size_t>(length);
}

}  // namespace

void Sha1Srtp::Free::operator()(srtp_ctx_t_* session) const { srtp_dealloc(session); }

// RTP and RTCP both carry 80 bits of HMAC-SHA1 (RFC 5764 4.1.2).
Result<Sha1Srtp::Session> Sha1Srtp::make_session(const SrtpMasterKey& master, bool sends) {
  std::array<std::uint8_t, kMasterKey> key{};
  if (master.key.view().size() + master.salt.view().size() != key.size()) {
    return fail(ErrorCode::invalid_argument, "The SRTP key has the wrong length for its profile.");
  }
  ByteWriter writer(key);
  writer.bytes(master.key.view());
  writer.bytes(master.salt.view());
  srtp_policy_t policy{};
  srtp_crypto_policy_set_rtp_default(&policy.rtp);
  srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
  policy.ssrc = {.type = sends ? ssrc_any_outbound : ssrc_any_inbound, .value = 0};
  policy.key = key.data();
  policy.window_size = kSrtpReplayWindow;
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

Result<Sha1Srtp> Sha1Srtp::create(const SrtpKeys& keys) {
  if (!is_library_ready()) return fail(ErrorCode::io, "The SRTP library could not be initialised.");
  auto send = make_session(keys.send, true);
  if (!send) return std::unexpected(send.error());
  auto receive = make_session(keys.receive, false);
  if (!receive) return std::unexpected(receive.error());
  Sha1Srtp session;
  session.send_ = std::move(*send);
  session.receive_ = std::move(*receive);
  return session;
}

std::expected<std::size_t, Drop> Sha1Srtp::protect_rtp(MutableBytes buffer, std::size_t size) {
  return protect(srtp_protect, send_.get(), buffer, size);
}

std::expected<MutableBytes, Drop> Sha1Srtp::unprotect_rtp(MutableBytes packet) {
  return unprotect(srtp_unprotect, receive_.get(), packet);
}

std::expected<std::size_t, Drop> Sha1Srtp::protect_rtcp(MutableBytes buffer, std::size_t size) {
  return protect(srtp_protect_rtcp, send_.get(), buffer, size);
}

std::expected<MutableBytes, Drop> Sha1Srtp::unprotect_rtcp(MutableBytes packet) {
  return unprotect(srtp_unprotect_rtcp, receive_.get(), packet);
}

}  // namespace parley::sfu
