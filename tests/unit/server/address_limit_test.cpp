#include "signaling/server/address_limit.hpp"

#include <gtest/gtest.h>

namespace parley::signaling {
namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

TEST(AddressLimit, RefusesOneMoreThanAnAddressMayHave) {
  AddressLimit limit(10, 2);
  EXPECT_TRUE(limit.try_add(ip("192.0.2.1")));
  EXPECT_TRUE(limit.try_add(ip("192.0.2.1")));
  EXPECT_FALSE(limit.try_add(ip("192.0.2.1")));
  EXPECT_TRUE(limit.try_add(ip("192.0.2.2")));
  limit.remove(ip("192.0.2.1"));
  EXPECT_TRUE(limit.try_add(ip("192.0.2.1")));
}

TEST(AddressLimit, RefusesOneMoreThanAllMayHave) {
  AddressLimit limit(2, 2);
  EXPECT_TRUE(limit.try_add(ip("192.0.2.1")));
  EXPECT_TRUE(limit.try_add(ip("192.0.2.2")));
  EXPECT_FALSE(limit.try_add(ip("192.0.2.3")));
  EXPECT_EQ(limit.total(), 2U);
}

TEST(AddressLimit, CountsAnIpv6SubscriberOnce) {
  AddressLimit limit(10, 1);
  EXPECT_TRUE(limit.try_add(ip("2001:db8:0:1::1")));
  EXPECT_FALSE(limit.try_add(ip("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(limit.try_add(ip("2001:db8:0:2::1")));
  limit.remove(ip("2001:db8:0:1::7"));
  EXPECT_TRUE(limit.try_add(ip("2001:db8:0:1::1")));
}

}  // namespace
}  // namespace parley::signaling
