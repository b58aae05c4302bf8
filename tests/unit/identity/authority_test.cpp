#include "signaling/identity/authority.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/device_key.hpp"
#include "tests/support/seeded_random.hpp"

namespace parley::signaling {
namespace {

using client::DeviceKey;
using std::chrono::hours;
using std::chrono::seconds;

constexpr WallTime kNow{seconds(1'800'000'000)};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kMutations = 500;
#else
constexpr int kMutations = 5'000;
#endif

class AuthorityTest : public testing::Test {
 protected:
  [[nodiscard]] Credential wish() const {
    return {.device = DeviceId{0xfedcba9876543210},
            .user = UserId{42},
            .name = "Zoë",
            .organisation = "Ministry",
            .serial = 7,
            .not_before = kNow,
            .not_after = kNow + hours(24),
            .public_key = key_.public_key()};
  }

  test::SeededRandom random_{1};
  Authority authority_ = std::move(Authority::create("Ministry", random_, kNow).value());
  DeviceKey key_ = DeviceKey::generate(random_);
};

TEST_F(AuthorityTest, SaysWhoseDeviceAKeyIs) {
  const auto der = authority_.issue(wish());
  ASSERT_TRUE(der.has_value()) << der.error().message;
  EXPECT_LE(der->size(), kMaxCredential);
  const auto read = authority_.verify(*der, kNow);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->device, DeviceId{0xfedcba9876543210});
  EXPECT_EQ(read->user, UserId{42});
  EXPECT_EQ(read->name, "Zoë");
  EXPECT_EQ(read->organisation, "Ministry");
  EXPECT_EQ(read->serial, 7U);
  EXPECT_EQ(read->not_after, kNow + hours(24));
  EXPECT_EQ(read->public_key, key_.public_key());
}

TEST_F(AuthorityTest, HoldsFromItsFirstToItsLastSecondAndTheGraceAfterIt) {
  const auto der = authority_.issue(wish());
  ASSERT_TRUE(der.has_value());
  const auto code = [&](WallTime at, seconds grace = {}) {
    const auto read = authority_.verify(*der, at, grace);
    return read ? std::optional<ErrorCode>() : read.error().code;
  };
  EXPECT_EQ(code(kNow - seconds(1)), ErrorCode::expired);
  EXPECT_EQ(code(kNow), std::nullopt);
  EXPECT_EQ(code(kNow + hours(24) - seconds(1)), std::nullopt);
  EXPECT_EQ(code(kNow + hours(24)), ErrorCode::expired);
  EXPECT_EQ(code(kNow + hours(24), hours(1)), std::nullopt);
  EXPECT_EQ(code(kNow + hours(25), hours(1)), ErrorCode::expired);
}

TEST_F(AuthorityTest, AnotherAuthorityOfTheSameNameIsNotBelieved) {
  const auto other = Authority::create("Ministry", random_, kNow);
  const auto der = other->issue(wish());
  ASSERT_TRUE(der.has_value());
  EXPECT_EQ(authority_.verify(*der, kNow).error().code, ErrorCode::unauthenticated);
}

TEST_F(AuthorityTest, NoChangedByteIsBelieved) {
  const auto der = authority_.issue(wish());
  ASSERT_TRUE(der.has_value());
  for (int i = 0; i < kMutations; ++i) {
    auto changed = *der;
    const std::size_t at = random_.next_u32() % changed.size();
    changed[at] ^= static_cast<std::uint8_t>(1U << (random_.next_u32() % 8));
    if (random_.next_u32() % 4 == 0) changed.resize(random_.next_u32() % changed.size());
    if (random_.next_u32() % 4 == 0) changed.push_back(0);
    const auto read = authority_.verify(changed, kNow);
    ASSERT_FALSE(read.has_value()) << "byte " << at;
  }
}

TEST_F(AuthorityTest, SurvivesItsFile) {
  const auto loaded = Authority::load(authority_.pem());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->certificate(), authority_.certificate());
  EXPECT_EQ(loaded->organisation(), "Ministry");
  const auto der = loaded->issue(wish());
  ASSERT_TRUE(der.has_value());
  EXPECT_TRUE(authority_.verify(*der, kNow).has_value());
}

TEST_F(AuthorityTest, RefusesWhatNoCredentialCanSay) {
  const auto refuses = [&](auto change) {
    Credential credential = wish();
    change(credential);
    return !authority_.issue(credential).has_value();
  };
  EXPECT_TRUE(refuses([](Credential& c) { c.name = ""; }));
  EXPECT_TRUE(refuses([](Credential& c) { c.name = "a\nb"; }));
  EXPECT_TRUE(refuses([](Credential& c) { c.device = {}; }));
  EXPECT_TRUE(refuses([](Credential& c) { c.user = {}; }));
  EXPECT_TRUE(refuses([](Credential& c) { c.serial = 0; }));
  EXPECT_TRUE(refuses([](Credential& c) { c.not_after = c.not_before; }));
  EXPECT_TRUE(refuses([](Credential& c) { c.public_key.pop_back(); }));
  EXPECT_FALSE(Authority::create("", random_, kNow).has_value());
  EXPECT_FALSE(Authority::load("").has_value());
}

}  // namespace
}  // namespace parley::signaling
