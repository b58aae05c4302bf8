#include "base/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

#include "base/redact.hpp"

namespace parley {
namespace {

using std::string_view_literals::operator""sv;

Endpoint endpoint(std::string_view address, std::uint16_t port) {
  return {.address = IpAddress::parse(address).value_or(IpAddress{}), .port = port};
}

TEST(IpAddress, IsParsedAndWrittenInBothFamilies) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1",
                           "2001:db8:1:2:3:4:5:6"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(address->to_string(), text);
    EXPECT_EQ(address->is_v6, std::string_view(text).contains(':'));
  }
}

TEST(IpAddress, IsNothingElse) {
  for (const std::string_view text :
       {""sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.1 "sv, " 192.0.2.1"sv, "[::1]"sv,
        "fe80::1%eth0"sv, "example.org"sv, "192.0.2.1:80"sv, "0x7f.0.0.1"sv, "192.0.2.1\0.evil"sv,
        "::1\0"sv}) {
    EXPECT_FALSE(IpAddress::parse(text).has_value()) << text;
  }
}

TEST(Endpoint, IsWrittenWithItsPort) {
  EXPECT_EQ(endpoint("192.0.2.1", 5000).to_string(), "192.0.2.1:5000");
  EXPECT_EQ(endpoint("2001:db8::1", 5000).to_string(), "[2001:db8::1]:5000");
}

TEST(Endpoint, DiffersByAddressFamilyAndPort) {
  EXPECT_EQ(endpoint("192.0.2.1", 1), endpoint("192.0.2.1", 1));
  EXPECT_NE(endpoint("192.0.2.1", 1), endpoint("192.0.2.1", 2));
  EXPECT_NE(endpoint("192.0.2.1", 1), endpoint("192.0.2.2", 1));
  EXPECT_NE(endpoint("0.0.0.0", 1), endpoint("::", 1));
}

TEST(Path, WithAConnectionIsTcp) {
  EXPECT_FALSE((Path{.remote = endpoint("192.0.2.1", 1), .local = 0, .connection = 0}).is_tcp());
  EXPECT_TRUE((Path{.remote = endpoint("192.0.2.1", 1), .local = 0, .connection = 1}).is_tcp());
}

TEST(Path, HashesOfNeighboursSpread) {
  std::unordered_set<std::size_t> hashes;
  for (std::uint16_t port = 0; port < 1000; ++port) {
    for (std::uint16_t local = 0; local < 4; ++local) {
      for (std::uint32_t connection = 0; connection < 4; ++connection) {
        hashes.insert(std::hash<Path>{}(
            {.remote = endpoint("2001:db8::1", port), .local = local, .connection = connection}));
      }
    }
  }
  EXPECT_EQ(hashes.size(), 16000U);
}

TEST(Redacted, AnAddressShowsItsNetworkOnly) {
  EXPECT_EQ(redacted(endpoint("192.0.2.77", 5000)), "192.0.2.0/24");
  EXPECT_EQ(redacted(endpoint("2001:db8:1:2:3:4:5:6", 5000)), "2001:db8::/32");
}

TEST(Redacted, ATextShowsTwoPrintableCharactersAndItsLength) {
  EXPECT_EQ(redacted("Alice"), "Al...(5)");
  EXPECT_EQ(redacted("A"), "A...(1)");
  EXPECT_EQ(redacted(""), "...(0)");
  EXPECT_EQ(redacted("\n\x7f\x1b"), "??...(3)");
  EXPECT_EQ(redacted("\xc3\xa4x"), "??...(3)");
}

}  // namespace
}  // namespace parley
