#include "protocol/ticket.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/secret.hpp"

namespace parley::protocol {
namespace {

constexpr std::string_view kMagic = "PTK1";
constexpr std::size_t kEd25519SignatureBytes = 64;
constexpr std::size_t kSignedBytes = kTicketBytes - kEd25519SignatureBytes;
constexpr std::size_t kSeedBytes = 32;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

struct FreePublicKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, FreePublicKey>;

void write_signed_part(const Ticket& ticket, MutableBytes to) {
  ByteWriter writer(to);
  writer.bytes(as_bytes(kMagic));
  writer.u64(ticket.peer.value);
  writer.u64(ticket.device.value);
  writer.u64(ticket.boot_id);
  writer.u64(static_cast<std::uint64_t>(ticket.not_after.time_since_epoch().count()));
  writer.bytes(ticket.fingerprint);
  PARLEY_CHECK(writer.ok() && writer.size() == kSignedBytes);
}

Ticket read_signed_part(Bytes bytes) {
  ByteReader reader(bytes.subspan(kMagic.size()));
  Ticket ticket;
  ticket.peer = PeerId{reader.u64()};
  ticket.device = DeviceId{reader.u64()};
  ticket.boot_id = reader.u64();
  ticket.not_after = WallTime(Duration(static_cast<std::int64_t>(reader.u64())));
  std::ranges::copy(reader.take(ticket.fingerprint.size()), ticket.fingerprint.begin());
  return ticket;
}

bool is_signed_with(const TicketKey& key, Bytes ticket) {
  const PublicKey pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Context context(EVP_MD_CTX_new());
  if (!pkey || !context) return false;
  const Bytes content = ticket.first(kSignedBytes);
  const Bytes signature = ticket.subspan(kSignedBytes);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), content.data(),
                          content.size()) == 1;
}

}  // namespace

void TicketMint::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

TicketMint::TicketMint(RandomSource& random) {
  std::array<std::uint8_t, kSeedBytes> seed{};
  random.fill(seed);
  key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  wipe(seed);
  std::size_t size = public_key_.size();
  PARLEY_CHECK(key_ != nullptr);
  PARLEY_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), public_key_.data(), &size) == 1);
  PARLEY_CHECK(size == public_key_.size());
}

TicketMint::TicketMint(TicketMint&&) noexcept = default;
TicketMint& TicketMint::operator=(TicketMint&&) noexcept = default;
TicketMint::~TicketMint() = default;

const TicketKey& TicketMint::public_key() const { return public_key_; }

std::string TicketMint::mint(const Ticket& ticket) const {
  std::array<std::uint8_t, kTicketBytes> bytes{};
  const MutableBytes content = MutableBytes(bytes).first(kSignedBytes);
  write_signed_part(ticket, content);
  const Context context(EVP_MD_CTX_new());
  std::size_t size = kEd25519SignatureBytes;
  PARLEY_CHECK(context != nullptr);
  PARLEY_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  PARLEY_CHECK(EVP_DigestSign(context.get(), bytes.data() + kSignedBytes, &size, content.data(),
                              content.size()) == 1);
  PARLEY_CHECK(size == kEd25519SignatureBytes);
  return std::string(as_text(bytes));
}

Result<Ticket> verify_ticket(Bytes ticket, const TicketKey& key, WallTime now) {
  if (ticket.size() != kTicketBytes || as_text(ticket.first(kMagic.size())) != kMagic) {
    return fail(ErrorCode::invalid_argument, "This is not a join ticket.");
  }
  if (!is_signed_with(key, ticket)) {
    return fail(ErrorCode::unauthenticated, "The join ticket is signed with another key.");
  }
  const Ticket content = read_signed_part(ticket.first(kSignedBytes));
  if (now > content.not_after || content.not_after > now + kTicketLife) {
    return fail(ErrorCode::expired, "The join ticket is not of the present minute.");
  }
  return content;
}

}  // namespace parley::protocol
