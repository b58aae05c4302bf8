// A million damaged tickets, and not one is taken.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/ticket.hpp"
#include "tests/support/seeded_random.hpp"

namespace parley::protocol {
namespace {

// Sanitizers make each of them many times dearer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kForgeries = 10'000;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int kForgeries = 10'000;
#else
constexpr int kForgeries = 1'000'000;
#endif
#else
constexpr int kForgeries = 1'000'000;
#endif
constexpr int kParts = 8;
constexpr std::size_t kGoodOnes = 64;
constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};

class Forgery : public testing::TestWithParam<int> {
 protected:
  Forgery() : random(static_cast<std::uint64_t>(GetParam()) + 1), mint(random) {
    while (good.size() < kGoodOnes) {
      Ticket ticket{.peer = PeerId{random.next_u64()},
                    .device = DeviceId{random.next_u64()},
                    .boot_id = random.next_u64(),
                    .not_after = kNow + Duration(up_to(60'000'000))};
      random.fill(ticket.fingerprint);
      good.push_back(mint.mint(ticket));
    }
  }
  std::size_t up_to(std::size_t limit) { return random.next_u64() % limit; }
  char nonzero() { return static_cast<char>(1 + up_to(255)); }

  std::string forge() {
    std::string bytes = good[up_to(good.size())];
    switch (up_to(5)) {
      case 0:
        bytes[up_to(bytes.size())] ^= static_cast<char>(1 << up_to(8));
        break;
      case 1:
        bytes[up_to(bytes.size())] ^= nonzero();
        break;
      case 2:
        bytes.resize(up_to(bytes.size()));
        break;
      case 3:  // the first part of one, the rest of another
        bytes = splice();
        break;
      default:  // somebody else's good words under this signature
        bytes.replace(4, 64, good[up_to(good.size())], 4, 64);
        bytes.back() ^= nonzero();
        break;
    }
    return bytes;
  }
  std::string splice() {
    const std::string& head = good[up_to(good.size())];
    const std::string& tail = good[up_to(good.size())];
    const std::size_t cut = up_to(head.size());
    return head.substr(0, cut) + tail.substr(cut);
  }

  test::SeededRandom random;
  TicketMint mint;
  std::vector<std::string> good;
};

TEST_P(Forgery, IsRefused) {
  for (const std::string& one : good) {
    ASSERT_TRUE(verify_ticket(as_bytes(one), mint.public_key(), kNow).has_value());
  }
  int tried = 0;
  while (tried < kForgeries / kParts) {
    const std::string bytes = forge();
    if (std::ranges::find(good, bytes) != good.end()) continue;
    ++tried;
    const auto read = verify_ticket(as_bytes(bytes), mint.public_key(), kNow);
    ASSERT_FALSE(read.has_value()) << "forgery " << tried;
    ASSERT_TRUE(read.error().code == ErrorCode::unauthenticated ||
                read.error().code == ErrorCode::invalid_argument);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Forgery, testing::Range(0, kParts));

}  // namespace
}  // namespace parley::protocol
