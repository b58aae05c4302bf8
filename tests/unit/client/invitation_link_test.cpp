#include "client/core/invitation_link.hpp"

#include <gtest/gtest.h>

namespace parley::client {
namespace {

TEST(InvitationLink, ReadsHostPortAndInvitation) {
  const auto link = InvitationLink::parse("https://talk.example.org:8443/#i=AQID_-8");
  ASSERT_TRUE(link.has_value());
  EXPECT_EQ(link->host, "talk.example.org");
  EXPECT_EQ(link->port, 8443);
  EXPECT_EQ(link->invitation, std::string("\x01\x02\x03\xff\xef"));
}

TEST(InvitationLink, WithoutAPortItIsTheOneOfHttps) {
  EXPECT_EQ(InvitationLink::parse("https://talk.example.org/#i=AQID")->port, 443);
}

TEST(InvitationLink, ReadsAddressesOfBothFamilies) {
  EXPECT_EQ(InvitationLink::parse("https://192.0.2.1:1/#i=AQID")->host, "192.0.2.1");
  const auto v6 = InvitationLink::parse("https://[2001:db8::1]:8443/#i=AQID");
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_EQ(v6->port, 8443);
  EXPECT_EQ(InvitationLink::parse("https://[2001:db8::1]/#i=AQID")->port, 443);
}

TEST(InvitationLink, ALinkWithoutInvitationNamesOnlyTheServer) {
  EXPECT_TRUE(InvitationLink::parse("https://talk.example.org")->invitation.empty());
  EXPECT_TRUE(InvitationLink::parse("https://talk.example.org/#about")->invitation.empty());
}

TEST(InvitationLink, DamagedLinksSayWhatIsWrong) {
  for (const char* text :
       {"", "http://talk.example.org/#i=AQID", "https://", "https:///#i=AQID",
        "https://host:0/#i=AQID", "https://host:65536/#i=AQID", "https://host:1x/#i=AQID",
        "https://[::1/#i=AQID", "https://[::1]x/#i=AQID", "https://host/#i=A",
        "https://host/#i=", "https://host/#i=AQ+D"}) {
    const auto link = InvitationLink::parse(text);
    ASSERT_FALSE(link.has_value()) << text;
    EXPECT_TRUE(link.error().message.ends_with('.')) << text;
  }
}

TEST(InvitationLink, OneThatIsTooLongIsRefused) {
  const std::string front = "https://host/#i=";
  const std::string longest = front + std::string(InvitationLink::kMaxLength - front.size(), 'A');
  EXPECT_TRUE(InvitationLink::parse(longest).has_value());
  EXPECT_FALSE(InvitationLink::parse(longest + "A").has_value());
}

}  // namespace
}  // namespace parley::client
