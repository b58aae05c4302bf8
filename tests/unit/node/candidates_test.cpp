#include "sfu/node/candidates.hpp"

#include <gtest/gtest.h>

namespace parley::sfu {
namespace {

const IpAddress kV4 = IpAddress::parse("192.0.2.1").value();
const IpAddress kV6 = IpAddress::parse("2001:db8::1").value();

TEST(Candidates, HaveThePrioritiesOfTheirRfcs) {
  // RFC 8445 5.1.2.1: 2^24 * 126 + 2^8 * 65535 + 255.
  EXPECT_EQ(candidate_priority(false, 0), 2130706431U);
  EXPECT_EQ(candidate_priority(false, 1), 2130706431U - 256U);
  // RFC 6544 4.2: direction preference 4 in the three highest bits of the local preference.
  EXPECT_EQ(candidate_priority(true, 0), (90U << 24) + (((4U << 13) + 8191U) << 8) + 255U);
}

TEST(Candidates, OfUdpComeBeforeAllOfTcp) {
  EXPECT_GT(candidate_priority(false, 65535), candidate_priority(true, 0));
}

TEST(Candidates, NameEveryAddressWithTheRealPort) {
  const std::vector addresses = {kV4, kV6};
  const auto candidates = make_candidates(addresses, 7501, true);
  ASSERT_EQ(candidates.size(), 4U);
  EXPECT_EQ(candidates[0].endpoint.to_string(), "192.0.2.1:7501");
  EXPECT_EQ(candidates[1].endpoint.to_string(), "[2001:db8::1]:7501");
  EXPECT_FALSE(candidates[1].is_tcp);
  EXPECT_TRUE(candidates[2].is_tcp);
  EXPECT_TRUE(candidates[3].is_tcp);
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    EXPECT_GT(candidates[i - 1].priority, candidates[i].priority);
    EXPECT_NE(candidates[i - 1].foundation, candidates[i].foundation);
  }
}

TEST(Candidates, LeaveTcpOutWhereItIsOff) {
  const std::vector addresses = {kV4, kV6};
  EXPECT_EQ(make_candidates(addresses, 7501, false).size(), 2U);
}

}  // namespace
}  // namespace parley::sfu
