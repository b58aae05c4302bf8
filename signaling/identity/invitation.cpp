#include "signaling/identity/invitation.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/check.hpp"

namespace parley::signaling {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kSignatureBytes = 64;
// Keeps a signature made for an invitation from meaning anything elsewhere.
constexpr std::string_view kPurpose = "parley invitation 2";

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

bool is_sound(const MemberRights& rights) {
  return floor::Role_IsValid(rights.role) && floor::Tier_IsValid(rights.max_tier) &&
         rights.max_level <= kMaxLevel;
}

bool is_sound(std::span<const Admission> rooms) {
  if (rooms.empty() || rooms.size() > kMaxAdmissions) return false;
  for (auto room = rooms.begin(); room != rooms.end(); ++room) {
    const bool is_repeated = std::ranges::count(rooms, room->room, &Admission::room) > 1;
    if (room->room.is_none() || is_repeated || !is_sound(room->rights)) return false;
  }
  return true;
}

bool is_sound(const Invitation& invitation) {
  return !invitation.id.is_none() && is_display_name(invitation.display_name) &&
         is_display_name(invitation.delegation) && is_sound(std::span(invitation.rooms));
}

void write_text(std::string_view text, ByteWriter& writer) {
  writer.u8(static_cast<std::uint8_t>(text.size()));
  writer.bytes(as_bytes(text));
}

std::string read_text(ByteReader& reader) {
  const std::size_t length = reader.u8();
  return std::string(as_text(reader.take(length)));
}

void write_admission(const Admission& room, ByteWriter& writer) {
  writer.u64(room.room.value);
  writer.u8(static_cast<std::uint8_t>(room.rights.role));
  writer.u8(room.rights.may_talk ? 1 : 0);
  writer.u8(static_cast<std::uint8_t>(room.rights.max_tier));
  writer.u8(room.rights.max_level);
}

// nullopt: not as write_admission() writes it.
std::optional<Admission> read_admission(ByteReader& reader) {
  Admission room{.room = RoomId{reader.u64()}};
  room.rights.role = static_cast<floor::Role>(reader.u8());
  const std::uint8_t may_talk = reader.u8();
  room.rights.may_talk = may_talk == 1;
  room.rights.max_tier = static_cast<floor::Tier>(reader.u8());
  room.rights.max_level = reader.u8();
  if (may_talk > 1) return std::nullopt;
  return room;
}

Result<Invitation> read(Bytes content) {
  ByteReader reader(content);
  Invitation invitation;
  if (reader.u8() != kVersion) return damaged();
  std::ranges::copy(reader.take(invitation.id.value.size()), invitation.id.value.begin());
  const std::uint64_t seconds = reader.u64();
  constexpr auto kLast =
      std::chrono::duration_cast<std::chrono::seconds>(WallTime::max().time_since_epoch());
  if (seconds > static_cast<std::uint64_t>(kLast.count())) return damaged();
  invitation.not_after = WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  invitation.display_name = read_text(reader);
  invitation.delegation = read_text(reader);
  const std::size_t count = reader.u8();
  if (count > kMaxAdmissions) return damaged();
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<Admission> room = read_admission(reader);
    if (!room) return damaged();
    invitation.rooms.push_back(*room);
  }
  const bool complete = reader.ok() && reader.remaining() == 0;
  if (!complete || !is_sound(invitation)) return damaged();
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
  if (seconds < 0 || !is_sound(invitation)) {
    return fail(
        ErrorCode::invalid_argument,
        "An invitation needs an id, 1 to 16 different rooms, an expiry date after 1970, and "
        "a name and a delegation of at most 64 bytes without control characters.");
  }
  std::array<std::uint8_t, kMaxInvitation> buffer{};
  ByteWriter writer(buffer);
  writer.u8(kVersion);
  writer.bytes(invitation.id.value);
  writer.u64(static_cast<std::uint64_t>(seconds));
  write_text(invitation.display_name, writer);
  write_text(invitation.delegation, writer);
  writer.u8(static_cast<std::uint8_t>(invitation.rooms.size()));
  for (const Admission& room : invitation.rooms) write_admission(room, writer);
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
