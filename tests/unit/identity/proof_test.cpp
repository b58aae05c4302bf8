// A device's signature as the client makes it and the service checks it.
#include "protocol/proof.hpp"

#include <gtest/gtest.h>

#include "client/core/device_key.hpp"
#include "signaling/identity/authority.hpp"
#include "tests/support/seeded_random.hpp"

namespace parley::signaling {
namespace {

using client::DeviceKey;
using protocol::proof_text;
using protocol::ProofOf;

class ProofTest : public testing::Test {
 protected:
  [[nodiscard]] bool holds(const std::string& text, const std::string& signature) const {
    return is_signed_by(key_.public_key(), as_bytes(text), as_bytes(signature));
  }

  test::SeededRandom random_{1};
  DeviceKey key_ = DeviceKey::generate(random_);
  std::string challenge_ = std::string(protocol::kChallengeBytes, 'c');
  std::string text_ = proof_text(ProofOf::login, "parley.example", challenge_, "credential");
  std::string signature_ = key_.sign(text_);
};

TEST_F(ProofTest, IsTheTextThatIsWrittenInTheSchema) {
  EXPECT_EQ(proof_text(ProofOf::login, "host", "challenge", "what"),
            std::string("parley login 1\0host\0challengewhat", 33));
  EXPECT_EQ(proof_text(ProofOf::enrolment, "host", "challenge", "what"),
            std::string("parley enrol 1\0host\0challengewhat", 33));
}

TEST_F(ProofTest, HoldsForItsTextAlone) {
  EXPECT_EQ(signature_.size(), protocol::kSignatureBytes);
  EXPECT_TRUE(holds(text_, signature_));
  const std::string other_challenge(protocol::kChallengeBytes, 'd');
  EXPECT_FALSE(holds(proof_text(ProofOf::enrolment, "parley.example", challenge_, "credential"),
                     signature_));
  EXPECT_FALSE(
      holds(proof_text(ProofOf::login, "evil.example", challenge_, "credential"), signature_));
  EXPECT_FALSE(holds(proof_text(ProofOf::login, "parley.example", other_challenge, "credential"),
                     signature_));
  EXPECT_FALSE(
      holds(proof_text(ProofOf::login, "parley.example", challenge_, "another"), signature_));
}

TEST_F(ProofTest, NoChangedSignatureHolds) {
  for (std::size_t bit = 0; bit < 8 * signature_.size(); ++bit) {
    std::string changed = signature_;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(holds(text_, changed)) << bit;
  }
  EXPECT_FALSE(holds(text_, ""));
  EXPECT_FALSE(holds(text_, signature_.substr(1)));
  EXPECT_FALSE(holds(text_, signature_ + "x"));
  EXPECT_FALSE(holds(text_, std::string(64, '\0')));
  EXPECT_FALSE(holds(text_, std::string(64, '\xff')));
}

TEST_F(ProofTest, TakesTheTwoKindsOfKeysAndNoOther) {
  EXPECT_TRUE(check_public_key(key_.public_key()).has_value());
  // Ed25519 (RFC 8410 10.1).
  static constexpr std::uint8_t kEd25519[] = {
      0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0x19, 0xbf, 0x44,
      0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50,
      0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1};
  EXPECT_TRUE(check_public_key(kEd25519).has_value());
  // X25519: agrees on keys, signs nothing.
  std::vector<std::uint8_t> x25519(std::begin(kEd25519), std::end(kEd25519));
  x25519[8] = 0x6e;
  EXPECT_FALSE(check_public_key(x25519).has_value());
  EXPECT_FALSE(check_public_key({}).has_value());
  EXPECT_FALSE(check_public_key(std::vector<std::uint8_t>(91, 0x30)).has_value());
}

}  // namespace
}  // namespace parley::signaling
