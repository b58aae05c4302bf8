#include "protocol/ticket.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/codecs/hex.hpp"

namespace parley::protocol {
namespace {

using codecs::from_hex;

// The bytes 0, 1, 2 ... as a seed.
class CountingBytes final : public RandomSource {
 public:
  void fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

constexpr WallTime kNotAfter{std::chrono::microseconds(1'767'225'660'000'000)};  // 2026, 1 minute
constexpr Duration kMicrosecond{1};

Ticket known_ticket() {
  Ticket ticket{.peer = PeerId{0x0102030405060708},
                .device = DeviceId{0x1112131415161718},
                .boot_id = 0x2122232425262728,
                .not_after = kNotAfter};
  for (std::size_t i = 0; i < ticket.fingerprint.size(); ++i) {
    ticket.fingerprint[i] = static_cast<std::uint8_t>(0xc0 + i);
  }
  return ticket;
}

class Tickets : public testing::Test {
 protected:
  static ErrorCode refusal(const std::string& bytes, const TicketKey& key,
                           WallTime now = kNotAfter) {
    const auto ticket = verify_ticket(as_bytes(bytes), key, now);
    EXPECT_FALSE(ticket.has_value());
    return ticket ? ErrorCode::io : ticket.error().code;
  }

  CountingBytes seed;
  TicketMint mint{seed};
  TicketMint stranger{seed};
};

// Key and signature were made by `openssl pkeyutl -sign -rawin`.
TEST_F(Tickets, AreTheKnownBytes) {
  const auto key = from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
  EXPECT_TRUE(std::ranges::equal(mint.public_key(), key));
  const auto bytes = from_hex(
      "50544b31 0102030405060708 1112131415161718 2122232425262728 0006474849b3c700"
      "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
      "59dcb75f13c9d45a88c90a7efc934e7bf7db22358cf247e7f33e66296e89593a"
      "b375a93fac2fee288f2103f872eb083f1ce29f0c64ec269f903a4dfa275ae908");
  ASSERT_EQ(bytes.size(), kTicketBytes);
  EXPECT_TRUE(std::ranges::equal(as_bytes(mint.mint(known_ticket())), bytes));
}

TEST_F(Tickets, SayWhatTheyWereMadeOf) {
  const auto read =
      verify_ticket(as_bytes(mint.mint(known_ticket())), mint.public_key(), kNotAfter);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, known_ticket());
}

TEST_F(Tickets, AreSignedWithOneKey) {
  const std::string bytes = mint.mint(known_ticket());
  EXPECT_NE(mint.public_key(), stranger.public_key());
  EXPECT_EQ(refusal(bytes, stranger.public_key()), ErrorCode::unauthenticated);
  EXPECT_EQ(refusal(bytes, TicketKey{}), ErrorCode::unauthenticated);
}

TEST_F(Tickets, AreGoodForTheirLastMinute) {
  const std::string bytes = mint.mint(known_ticket());
  const WallTime begin = kNotAfter - kTicketLife;
  EXPECT_EQ(refusal(bytes, mint.public_key(), begin - kMicrosecond), ErrorCode::expired);
  EXPECT_TRUE(verify_ticket(as_bytes(bytes), mint.public_key(), begin).has_value());
  EXPECT_TRUE(verify_ticket(as_bytes(bytes), mint.public_key(), kNotAfter).has_value());
  EXPECT_EQ(refusal(bytes, mint.public_key(), kNotAfter + kMicrosecond), ErrorCode::expired);
}

TEST_F(Tickets, OfTheEndsOfTimeAreOver) {
  for (const WallTime end : {WallTime::min(), WallTime::max()}) {
    Ticket ticket = known_ticket();
    ticket.not_after = end;
    EXPECT_EQ(refusal(mint.mint(ticket), mint.public_key()), ErrorCode::expired);
  }
}

TEST_F(Tickets, HaveTheirLengthAndTheirFirstBytes) {
  const std::string bytes = mint.mint(known_ticket());
  std::string other_magic = bytes;
  other_magic[3] = '2';
  for (const std::string& bad : {std::string(), bytes.substr(1), bytes + '\0',
                                 bytes.substr(0, kTicketBytes - 1), bytes + bytes, other_magic}) {
    EXPECT_EQ(refusal(bad, mint.public_key()), ErrorCode::invalid_argument);
  }
}

TEST_F(Tickets, ADamagedOneIsRefusedBeforeItsTimeIsRead) {
  std::string bytes = mint.mint(known_ticket());
  bytes[4 + 3 * 8] ^= 1;  // not_after
  EXPECT_EQ(refusal(bytes, mint.public_key()), ErrorCode::unauthenticated);
}

TEST_F(Tickets, AMintThatMovesKeepsItsKey) {
  const TicketKey key = mint.public_key();
  const TicketMint moved(std::move(mint));
  EXPECT_EQ(moved.public_key(), key);
  EXPECT_TRUE(verify_ticket(as_bytes(moved.mint(known_ticket())), key, kNotAfter).has_value());
}

}  // namespace
}  // namespace parley::protocol
