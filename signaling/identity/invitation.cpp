#include "signaling/identity/invitation.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.hpp"

namespace parley::signaling {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSignatureBytes = 64;
// Keeps a signature made for an invitation from meaning anything elsewhere.
constexpr std::string_view kPurpose = "parley invitation 1";

std::vector<std::uint8_t> with_purpose(Bytes content) {
  std::vector<std::uint8_t> text(kPurpose.size() + content.size());
  ByteWriter writer(text);
  writer.bytes(as_bytes(kPurpose));
  writer.bytes(content);
  return text;
}

std::unexpected<Error> damaged() {
  return fail(ErrorCode::invalid_argument, "This invitation is damaged or was not made here.");
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Result<Invitation> read(Bytes content) {
  ByteReader reader(content);
  Invitation invitation;
  if (reader.u8() != kVersion) return damaged();
  std::ranges::copy(reader.take(invitation.id.value.size()), invitation.id.value.begin());
  invitation.room = RoomId{reader.u64()};
  const std::uint64_t seconds = reader.u64();
  const std::size_t length = reader.u8();
  invitation.display_name = as_text(reader.take(length));
  constexpr auto kLast =
      std::chrono::duration_cast<std::chrono::seconds>(WallTime::max().time_since_epoch());
  if (seconds > static_cast<std::uint64_t>(kLast.count())) return damaged();
  invitation.not_after = WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  const bool complete = reader.ok() && reader.remaining() == 0;
  const bool sound = !invitation.room.is_none() && !invitation.id.is_none() &&
                     is_display_name(invitation.display_name);
  if (!complete || !sound) return damaged();
  return invitation;
}

}  // namespace

void InvitationKey::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

InvitationKey InvitationKey::generate(RandomSource& random) {
  std::array<std::uint8_t, kSeedBytes> seed{};
  random.fill(seed);
  Result<InvitationKey> key = load(seed);
  wipe(seed);
  PARLEY_CHECK(key.has_value());  // every 32 bytes are an Ed25519 seed (RFC 8032 5.1.5)
  return std::move(*key);
}

Result<InvitationKey> InvitationKey::load(Bytes seed) {
  if (seed.size() != kSeedBytes) {
    return fail(ErrorCode::invalid_argument, "An invitation key has exactly 32 bytes.");
  }
  EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size());
  if (key == nullptr) return fail(ErrorCode::io, "OpenSSL offers no Ed25519.");
  return InvitationKey(seed, key);
}

Result<std::vector<std::uint8_t>> InvitationKey::sign(const Invitation& invitation) const {
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(invitation.not_after.time_since_epoch()).count();
  if (invitation.room.is_none() || invitation.id.is_none() || seconds < 0 ||
      !is_display_name(invitation.display_name)) {
    return fail(
        ErrorCode::invalid_argument,
        "An invitation needs an id, a room, an expiry date after 1970 and a name of at most "
        "64 bytes without control characters.");
  }
  std::array<std::uint8_t, kMaxInvitation> buffer{};
  ByteWriter writer(buffer);
  writer.u8(kVersion);
  writer.bytes(invitation.id.value);
  writer.u64(invitation.room.value);
  writer.u64(static_cast<std::uint64_t>(seconds));
  writer.u8(static_cast<std::uint8_t>(invitation.display_name.size()));
  writer.bytes(as_bytes(invitation.display_name));
  PARLEY_CHECK(writer.ok());

  const std::vector<std::uint8_t> text = with_purpose(writer.written());
  std::array<std::uint8_t, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  const Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) != 1) {
    return fail(ErrorCode::io, "OpenSSL refused to sign the invitation.");
  }
  writer.bytes(signature);
  const Bytes written = writer.written();
  return std::vector<std::uint8_t>(written.begin(), written.end());
}

bool InvitationKey::is_signed_by_us(Bytes content, Bytes signature) const {
  const std::vector<std::uint8_t> text = with_purpose(content);
  const Context context(EVP_MD_CTX_new());
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(),
                          text.size()) == 1;
}

Result<Invitation> InvitationKey::verify(Bytes signed_invitation, WallTime now) const {
  if (signed_invitation.size() <= kSignatureBytes || signed_invitation.size() > kMaxInvitation) {
    return damaged();
  }
  const Bytes content = signed_invitation.first(signed_invitation.size() - kSignatureBytes);
  if (!is_signed_by_us(content, signed_invitation.last(kSignatureBytes))) return damaged();
  Result<Invitation> invitation = read(content);
  if (!invitation) return invitation;
  if (now >= invitation->not_after) {
    return fail(ErrorCode::expired, "This invitation has expired.");
  }
  return invitation;
}

InvitationId new_invitation_id(RandomSource& random) {
  InvitationId id;
  random.fill(id.value);
  return id;
}

}  // namespace parley::signaling
