// Any bytes, read as an invitation, as a link's text, as a session token and as a name: a value or
// an error, and only what the key has signed is accepted. The first byte says which of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/base64url.hpp"
#include "base/check.hpp"
#include "signaling/identity/invitation.hpp"
#include "signaling/identity/token_chain.hpp"
#include "tests/support/seeded_random.hpp"

namespace {

using namespace parley;
using namespace parley::signaling;

// The seeds of the corpus are signed with this key.
const InvitationKey& key() {
  static test::SeededRandom random(1);
  static const InvitationKey made = InvitationKey::generate(random);
  return made;
}

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};

void read_invitation(Bytes input) {
  const auto invitation = key().verify(input, kNow);
  if (!invitation) return;
  // Ed25519 is deterministic, so what is accepted is exactly what we would have written.
  const auto written = key().sign(*invitation);
  PARLEY_CHECK(written.has_value() && std::ranges::equal(*written, input));
}

// Signs whatever content the fuzzer wrote, to get behind the signature check: a field of any value
// either makes an invitation that is read back as it was, or is refused.
void sign_and_read(Bytes input) {
  ByteReader reader(input);
  Invitation invitation;
  std::ranges::copy(reader.take(16), invitation.id.value.begin());
  invitation.not_after = WallTime(std::chrono::seconds(reader.u32()));
  const std::size_t rooms = reader.u8() % (kMaxAdmissions + 2);
  for (std::size_t i = 0; i < rooms; ++i) {
    invitation.rooms.push_back({.room = RoomId{reader.u64()},
                                .rights = {.role = static_cast<floor::Role>(reader.u8()),
                                           .may_talk = reader.u8() != 0,
                                           .max_tier = static_cast<floor::Tier>(reader.u8()),
                                           .max_level = reader.u8()}});
  }
  invitation.delegation = as_text(reader.take(reader.u8()));
  invitation.display_name = as_text(reader.rest());
  const auto written = key().sign(invitation);
  if (!written) return;
  PARLEY_CHECK(written->size() <= kMaxInvitation);
  const auto read = key().verify(*written, WallTime{});
  PARLEY_CHECK(read.has_value() || read.error().code == ErrorCode::expired);
  PARLEY_CHECK(!read || (read->display_name == invitation.display_name &&
                         read->delegation == invitation.delegation &&
                         read->rooms == invitation.rooms && read->id == invitation.id));
}

void read_link(Bytes input) {
  const auto bytes = from_base64url(as_text(input));
  PARLEY_CHECK(!bytes || to_base64url(*bytes) == as_text(input));
}

void show_token(Bytes input) {
  static test::SeededRandom random(2);
  static const TokenChain chain = TokenChain::start(SessionId{7}, random).chain;
  PARLEY_CHECK(!chain.use(input, random).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes input = Bytes(data, size).subspan(1);
  switch (data[0] % 4) {
    case 0:
      read_invitation(input);
      break;
    case 1:
      sign_and_read(input);
      break;
    case 2:
      read_link(input);
      break;
    default:
      show_token(input);
      break;
  }
  return 0;
}
