#include "client/core/invitation_link.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"

namespace parley::client {
namespace {

const std::string kCode = "AQID_-8AAQIDBAUGBwgJCg";

TEST(InvitationLink, ReadsHostPortAndCodeOfBothKinds) {
  for (const char* kind : {"e", "i"}) {
    const auto link =
        InvitationLink::parse(std::string("https://talk.example.org:8443/#") + kind + "=" + kCode);
    ASSERT_TRUE(link.has_value());
    EXPECT_EQ(link->host, "talk.example.org");
    EXPECT_EQ(link->port, 8443);
    EXPECT_EQ(to_base64url(as_bytes(link->invitation)), kCode);
  }
}

TEST(InvitationLink, WithoutAPortItIsTheOneOfHttps) {
  EXPECT_EQ(InvitationLink::parse("https://talk.example.org/#e=" + kCode)->port, 443);
}

TEST(InvitationLink, ReadsAddressesOfBothFamilies) {
  EXPECT_EQ(InvitationLink::parse("https://192.0.2.1:1/#e=" + kCode)->host, "192.0.2.1");
  const auto v6 = InvitationLink::parse("https://[2001:db8::1]:8443/#e=" + kCode);
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_EQ(v6->port, 8443);
  EXPECT_EQ(InvitationLink::parse("https://[2001:db8::1]")->port, 443);
}

TEST(InvitationLink, SignsForTheHostAsBrowsersNameIt) {
  EXPECT_EQ(InvitationLink::parse("https://Talk.Example.ORG:8443")->signed_host(),
            "talk.example.org");
  EXPECT_EQ(InvitationLink::parse("https://192.0.2.1:1")->signed_host(), "192.0.2.1");
  EXPECT_EQ(InvitationLink::parse("https://[2001:DB8::1]:1")->signed_host(), "[2001:db8::1]");
}

TEST(InvitationLink, ALinkWithoutCodeNamesOnlyTheServer) {
  EXPECT_TRUE(InvitationLink::parse("https://talk.example.org")->invitation.empty());
  EXPECT_TRUE(InvitationLink::parse("https://talk.example.org/#about")->invitation.empty());
}

TEST(InvitationLink, DamagedLinksSayWhatIsWrong) {
  for (const std::string& text :
       {std::string(), "http://talk.example.org/#e=" + kCode, std::string("https://"),
        "https:///#e=" + kCode, "https://host:0/#e=" + kCode, "https://host:65536/#e=" + kCode,
        "https://host:1x/#e=" + kCode, "https://[::1/#e=" + kCode, "https://[::1]x/#e=" + kCode,
        std::string("https://host/#e="), "https://host/#e=" + kCode.substr(1),
        "https://host/#e=" + kCode + "AA", "https://host/#i=" + kCode + "=="}) {
    const auto link = InvitationLink::parse(text);
    ASSERT_FALSE(link.has_value()) << text;
    EXPECT_TRUE(link.error().message.ends_with('.')) << text;
  }
}

TEST(InvitationLink, OneThatIsTooLongIsRefused) {
  const std::string front = "https://host/";
  const std::string longest = front + std::string(InvitationLink::kMaxLength - front.size(), 'A');
  EXPECT_TRUE(InvitationLink::parse(longest).has_value());
  EXPECT_FALSE(InvitationLink::parse(longest + "A").has_value());
}

}  // namespace
}  // namespace parley::client
