#include "sfu/transport/srtp.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/secret.hpp"
#include "codecs/rtp.hpp"
#include "sfu/transport/srtp_aead.hpp"
#include "sfu/transport/srtp_kdf.hpp"
#include "sfu/transport/srtp_sha1.hpp"

namespace parley::sfu {

namespace {

constexpr std::uint64_t kIndexLimit = std::uint64_t{1} << 48;

// Key sizes of the AEAD profiles; 0 for the other.
std::size_t aead_key_size(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::aes128_cm_sha1_80:
      return 0;
    case SrtpProfile::aead_aes_128_gcm:
      return 16;
    case SrtpProfile::aead_aes_256_gcm:
      return 32;
  }
  return 0;
}

bool derive(const SrtpMasterKey& master, SrtpKeyLabel key_label, SrtpKeyLabel salt_label,
            AeadSessionKey& session) {
  const Bytes master_key = master.key.view();
  const Bytes master_salt = master.salt.view();
  std::array<std::uint8_t, 32> buffer{};
  const MutableBytes key = MutableBytes(buffer).first(master_key.size());
  const bool derived = derive_srtp_key(master_key, master_salt, key_label, key) &&
                       derive_srtp_key(master_key, master_salt, salt_label, session.salt);
  session.key = Secret<32>(key);
  wipe(buffer);
  return derived;
}

}  // namespace

struct SrtpSession::Cold {
  std::variant<SrtpAead, Sha1Srtp> profile;
};

SrtpSession::SrtpSession() = default;
SrtpSession::SrtpSession(SrtpSession&&) noexcept = default;
SrtpSession& SrtpSession::operator=(SrtpSession&&) noexcept = default;
SrtpSession::~SrtpSession() = default;

Result<SrtpSession> SrtpSession::create(const SrtpKeys& keys, AeadEngine engine) {
  SrtpSession session;
  const std::size_t key_size = aead_key_size(keys.profile);
  if (key_size == 0) {
    auto sha1 = Sha1Srtp::create(keys);
    if (!sha1) return std::unexpected(sha1.error());
    session.cold_ = std::make_unique<Cold>(std::move(*sha1));
    return session;
  }
  for (const SrtpMasterKey* master : {&keys.send, &keys.receive}) {
    if (master->key.view().size() != key_size || master->salt.view().size() != kAeadIvSize) {
      return fail(ErrorCode::invalid_argument,
                  "The SRTP key has the wrong length for its profile.");
    }
  }
  AeadSessionKey send_rtp;
  AeadSessionKey send_rtcp;
  AeadReceiveKeys receive;
  using enum SrtpKeyLabel;
  const bool derived = derive(keys.send, rtp_cipher, rtp_salt, send_rtp) &&
                       derive(keys.send, rtcp_cipher, rtcp_salt, send_rtcp) &&
                       derive(keys.receive, rtp_cipher, rtp_salt, receive.rtp) &&
                       derive(keys.receive, rtcp_cipher, rtcp_salt, receive.rtcp);
  if (derived) session.send_key_ = AeadKey(send_rtp.key.view(), engine);
  if (session.send_key_.is_empty()) {
    return fail(ErrorCode::io, "OpenSSL refused to derive or expand the SRTP keys.");
  }
  session.send_salt_ = send_rtp.salt;
  session.cold_ =
      std::make_unique<Cold>(SrtpAead(engine, std::move(send_rtcp), std::move(receive)));
  return session;
}

std::expected<std::size_t, Drop> SrtpSession::protect_rtp(Bytes header, Bytes payload,
                                                          std::uint64_t index, MutableBytes out) {
  PARLEY_CHECK(header.size() >= codecs::kRtpHeaderSize);
  PARLEY_CHECK(static_cast<std::uint16_t>(index) == (header[2] << 8 | header[3]));
  PARLEY_CHECK(out.size() >= header.size() + payload.size() + kMaxSrtpTrailer);
  if (index >= kIndexLimit) return std::unexpected(Drop::send_error);
  std::memcpy(out.data(), header.data(), header.size());
  const MutableBytes body = out.subspan(header.size());
  if (send_key_.is_empty()) {
    // This library counts rollovers itself.
    std::ranges::copy(payload, body.begin());
    return std::get<Sha1Srtp>(cold_->profile).protect_rtp(out, header.size() + payload.size());
  }
  const AeadIv iv = make_srtp_iv(send_salt_, header.subspan(8, 4), index);
  if (!send_key_.seal(iv, header, payload, body)) return std::unexpected(Drop::send_error);
  return header.size() + payload.size() + kAeadTagSize;
}

std::expected<MutableBytes, Drop> SrtpSession::unprotect_rtp(MutableBytes packet) {
  return std::visit([&](auto& profile) { return profile.unprotect_rtp(packet); }, cold_->profile);
}

std::expected<std::size_t, Drop> SrtpSession::protect_rtcp(MutableBytes buffer, std::size_t size) {
  PARLEY_CHECK(buffer.size() >= size + kMaxSrtpTrailer);
  return std::visit([&](auto& profile) { return profile.protect_rtcp(buffer, size); },
                    cold_->profile);
}

std::expected<MutableBytes, Drop> SrtpSession::unprotect_rtcp(MutableBytes packet) {
  return std::visit([&](auto& profile) { return profile.unprotect_rtcp(packet); }, cold_->profile);
}

}  // namespace parley::sfu
