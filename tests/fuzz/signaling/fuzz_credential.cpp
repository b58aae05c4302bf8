// Any bytes, read as a credential, as a public key, as a signature, as the authority's file and as
// a link's text: a value or an error, and only what the authority has signed is accepted. The first
// byte says which of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/base64url.hpp"
#include "base/check.hpp"
#include "client/core/device_key.hpp"
#include "signaling/identity/authority.hpp"
#include "tests/support/seeded_random.hpp"

namespace {

using namespace parley;
using namespace parley::signaling;

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};

struct Organisation {
  test::SeededRandom random{1};
  Authority authority = Authority::create("Ministry", random, kNow).value();
  client::DeviceKey device = client::DeviceKey::generate(random);
  std::string text = "a text that was signed";
  std::string signature = device.sign(text);
  std::vector<std::uint8_t> credential = authority
                                             .issue({.device = DeviceId{1},
                                                     .user = UserId{2},
                                                     .name = "Ann",
                                                     .organisation = "Ministry",
                                                     .serial = 3,
                                                     .not_before = kNow,
                                                     .not_after = kNow + std::chrono::hours(1),
                                                     .public_key = device.public_key()})
                                             .value();
};

Organisation& ours() {
  static Organisation made;
  return made;
}

// The input is a change of the real thing, so that the fuzzer gets behind its first bytes: pairs of
// place (2 bytes) and value.
std::vector<std::uint8_t> changed(Bytes original, Bytes changes) {
  std::vector<std::uint8_t> copy(original.begin(), original.end());
  ByteReader reader(changes);
  while (reader.remaining() >= 3) {
    const std::size_t at = reader.u16() % copy.size();
    copy[at] = reader.u8();
  }
  return copy;
}

void read_credential(Bytes input) {
  PARLEY_CHECK(!ours().authority.verify(input, kNow).has_value());
  const auto near = changed(ours().credential, input);
  PARLEY_CHECK(ours().authority.verify(near, kNow).has_value() == (near == ours().credential));
}

void read_key(Bytes input) {
  const auto near = changed(ours().device.public_key(), input);
  for (const Bytes key : {input, Bytes(near)}) {
    if (check_public_key(key)) continue;
    PARLEY_CHECK(!is_signed_by(key, as_bytes(ours().text), as_bytes(ours().signature)));
  }
}

void read_signature(Bytes input) {
  const auto near = changed(as_bytes(ours().signature), input);
  for (const Bytes signature : {input, Bytes(near)}) {
    const bool is_ours = std::ranges::equal(signature, as_bytes(ours().signature));
    PARLEY_CHECK(is_ours ==
                 is_signed_by(ours().device.public_key(), as_bytes(ours().text), signature));
  }
}

void read_file(Bytes input) { (void)Authority::load(as_text(input)); }

void read_link(Bytes input) {
  const auto bytes = from_base64url(as_text(input));
  PARLEY_CHECK(!bytes || to_base64url(*bytes) == as_text(input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes input = Bytes(data, size).subspan(1);
  constexpr void (*kReaders[])(Bytes) = {read_credential, read_key, read_signature, read_file,
                                         read_link};
  kReaders[data[0] % std::size(kReaders)](input);
  return 0;
}
